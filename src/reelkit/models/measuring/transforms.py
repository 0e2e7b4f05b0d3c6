"""Frames as networks take them: torch tensors, resized and normalised as the published scripts do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as transforms

CLIP_MEAN, CLIP_DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def stacked(frames: Sequence[NDArray[np.uint8]]) -> Tensor:
    """Frames of one size as uint8 [N, 3, H, W], or windows as uint8 [N, T, 3, H, W]."""
    return torch.from_numpy(np.stack(frames)).movedim(-1, -3)


def by_size(inputs: Sequence[Any]) -> Iterator[Tensor]:
    """Consecutive inputs of one shape together, as `stacked`."""
    for _, group in groupby(inputs, key=lambda each: each.shape):
        yield stacked(list(group))


def vbench_clip(images: Tensor, side: int = 224) -> Tensor:
    """[..., 3, H, W] in 0..255 as CLIP takes it in VBench: float32 [..., 3, side, side].

    The shorter side is resized, bicubic and without antialiasing, and the middle is cut out. Of uint8 the levels are
    rounded in between (so VBench shows frames to ViCLIP), of float32 they are not, and may pass 0 and 255 (so it shows them
    to CLIP). OpenAI's own preprocessing antialiases; of frames much larger than `side` the two see different pictures.
    """
    flat = images.flatten(0, -4)
    flat = transforms.resize(flat, [side], interpolation=InterpolationMode.BICUBIC, antialias=False)
    flat = transforms.center_crop(flat, [side]).float() / 255.0
    return transforms.normalize(flat, list(CLIP_MEAN), list(CLIP_DEVIATION)).unflatten(0, images.shape[:-3])


def vbench_dino(images: Tensor, side: int = 224) -> Tensor:
    """[..., 3, H, W] in 0..255 as DINO takes it in VBench: the shorter side is `side`, bilinear, not antialiased, nothing cut."""
    images = transforms.resize(images.float(), [side], antialias=False) / 255.0
    return transforms.normalize(images, list(IMAGENET_MEAN), list(IMAGENET_DEVIATION))
