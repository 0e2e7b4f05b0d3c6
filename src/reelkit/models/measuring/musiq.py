"""MUSIQ trained on SPAQ, as VBench's imaging quality runs it; the network is pyiqa's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reelkit.models.measuring.transforms import by_size

LONGEST = 512
"""Pixels: a picture whose longer side is longer is shrunk to it, bilinear and without antialiasing."""


class Musiq:
    """Quality of each frame, float32 [N, 1] in 0..100."""

    def __init__(self, model: Any, device: torch.device) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        rows = [self._model(shrunk(images.to(self._device))).reshape(-1) for images in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows)[:, None].float().cpu().numpy()
        return found


def shrunk(images: Tensor) -> Tensor:
    """uint8 [N, 3, H, W] as float32 in 0..1, no side longer than LONGEST; sizes are cut off to whole pixels."""
    from torchvision.transforms import functional as transforms

    height, width = images.shape[-2:]
    if max(height, width) > LONGEST:
        scale = LONGEST / max(height, width)
        images = transforms.resize(images.float(), [int(scale * height), int(scale * width)], antialias=False)
    return images.float() / 255.0


def load(files: tuple[Path, ...], device: torch.device) -> Musiq:
    """From the published weights and the package pyiqa."""
    from pyiqa.archs.musiq_arch import MUSIQ

    return Musiq(MUSIQ(pretrained_model_path=str(files[0])), device)
