"""CLIP as torchmetrics' CLIPScore looks: OpenAI's own preprocessing, which antialiases, where VBench's does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as transforms

from reelkit.models.measuring.clip import Clip, clip_state
from reelkit.models.measuring.transforms import CLIP_DEVIATION, CLIP_MEAN, by_size

SIDE = 224


class AntialiasedClip(Clip):
    """Rows float32 [N, D] of frames or of texts, *not* of length one; a text is cut at 77 tokens."""

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames or texts, not both in one call."""
        if inputs and isinstance(inputs[0], str):
            return super().__call__(inputs)
        rows = [self._model.encode_image(openai_clip(images).to(self._device)) for images in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows).float().cpu().numpy()
        return found


def openai_clip(images: Tensor) -> Tensor:
    """uint8 [N, 3, H, W] as OpenAI's processor prepares it: shorter side 224, bicubic and antialiased, the middle cut out.

    Levels are whole numbers of 0..255 between the two directions too, as in PIL and in transformers.
    """
    small = transforms.resize(images, [SIDE], interpolation=InterpolationMode.BICUBIC, antialias=True)
    levels = transforms.center_crop(small, [SIDE]).float() / 255.0
    return transforms.normalize(levels, list(CLIP_MEAN), list(CLIP_DEVIATION))


def load(files: tuple[Path, ...], device: torch.device) -> AntialiasedClip:
    """CLIP ViT-B/16 from `ViT-B-16.pt`."""
    return AntialiasedClip("ViT-B-16", clip_state(files[0]), device)
