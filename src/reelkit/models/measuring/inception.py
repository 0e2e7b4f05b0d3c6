"""Two Inception-v3 networks: TensorFlow's of 2015, by which FID is counted, and torchvision's classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import Inception3
from torchvision.transforms import functional as transforms

from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import IMAGENET_DEVIATION, IMAGENET_MEAN, by_size

SIDE = 299
EARLY, POOL, LOGITS = 192, 2048, 1008
"""Parts of a row of the FID network: the 192 features after the second pooling, the 2048 last, and the logits."""
AVERAGED = ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b")
"""Blocks whose pooling branch takes a mean."""


class _Unpadded(nn.Module):
    """Takes means that counted the zeros of the padding, and hands on means of what is inside, as TensorFlow's are."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, means: Tensor) -> Tensor:
        inside = functional.avg_pool2d(torch.ones_like(means[:1, :1]), kernel_size=3, stride=1, padding=1)
        found: Tensor = self.branch(means / inside)
        return found


class _MaxPooled(nn.Module):
    """The last block, whose pooling branch takes a maximum in TensorFlow's network of 2015."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        branch = self.block.branch_pool(functional.max_pool2d(x, kernel_size=3, stride=1, padding=1))
        return torch.cat([self.block(x)[:, : -branch.shape[1]], branch], dim=1)


class FidInception:
    """Rows float32 [N, 192 + 2048 + 1008] of frames: early features, last features, logits without their bias.

    What torchmetrics' FrechetInceptionDistance (`feature=192`, `feature=2048`) and InceptionScore (`logits_unbiased`) look
    at: each frame squeezed to 299x299, bilinear and antialiased.
    """

    def __init__(self, state: dict[str, Tensor], device: torch.device) -> None:
        model = Inception3(num_classes=LOGITS, aux_logits=False, transform_input=False, init_weights=False)
        model.load_state_dict(state)
        for name in AVERAGED:
            block = getattr(model, f"Mixed_{name}")
            block.branch_pool = _Unpadded(block.branch_pool)
        model.Mixed_7c = _MaxPooled(model.Mixed_7c)
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        rows = [self._rows(images.to(self._device).float()) for images in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows).cpu().numpy()
        return found

    def _rows(self, images: Tensor) -> Tensor:
        x = functional.interpolate(images, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)
        x = (x - 128) / 128
        early = x
        for name, part in self._model.named_children():
            x = part(x)
            if name == "maxpool2":
                early = x.mean(dim=(2, 3))
            if name == "avgpool":
                break
        pooled = x.flatten(1)
        return torch.cat([early, pooled, pooled @ self._model.fc.weight.T], dim=1)


class Classes:
    """Class probabilities float32 [N, 1000] of frames, by torchvision's inception_v3.

    Frames are scaled so that the shorter side is 299 pixels, bilinear and antialiased, and cropped in the middle.
    """

    def __init__(self, state: dict[str, Tensor], device: torch.device) -> None:
        model = Inception3(aux_logits=True, transform_input=False, init_weights=False)
        model.load_state_dict(state)
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes frames."""
        rows = [self._model(_cropped(images.to(self._device))).softmax(dim=-1) for images in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows).float().cpu().numpy()
        return found


def _cropped(images: Tensor) -> Tensor:
    height, width = images.shape[-2:]
    scale = SIDE / min(height, width)
    size = (max(SIDE, round(height * scale)), max(SIDE, round(width * scale)))
    x = functional.interpolate(images.float() / 255.0, size=size, mode="bilinear", antialias=True).clamp(0, 1)
    top, left = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
    return transforms.normalize(x[..., top : top + SIDE, left : left + SIDE], list(IMAGENET_MEAN), list(IMAGENET_DEVIATION))


def load_fid(files: tuple[Path, ...], device: torch.device) -> FidInception:
    """From `pt_inception-2015-12-05-6726825d.pth`, whose tensors torch-fidelity publishes under `weights-` too."""
    return FidInception(read_state(files[0]), device)


def load_classes(files: tuple[Path, ...], device: torch.device) -> Classes:
    """From `inception_v3_google-0cc3c7bd.pth`."""
    return Classes(read_state(files[0]), device)
