"""LPIPS: AlexNet's features of two frames, weighed by the heads that its authors trained (Zhang et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import by_size

BACKBONE = "features."
"""Where the convolutions stand in torchvision's file; the classifier is not used."""


class Lpips:
    """Distances float32 [N, 1] of pairs; version 0.1, the heads as torchmetrics ships them."""

    def __init__(self, state: dict[str, torch.Tensor], device: torch.device) -> None:
        from torchmetrics.functional.image.lpips import _LPIPS

        model = _LPIPS(pretrained=True, net="alex", pnet_rand=True)
        ours = {name.partition(".")[2]: name for name in model.net.state_dict()}
        model.net.load_state_dict({name: state[BACKBONE + layer] for layer, name in ours.items()})
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes pairs uint8 [2, H, W, 3]."""
        rows = []
        for pairs in by_size(inputs):
            images = pairs.to(self._device).float() / 255.0
            rows.append(self._model(images[:, 0], images[:, 1], normalize=True).reshape(-1, 1))
        found: NDArray[np.float32] = torch.cat(rows).cpu().numpy()
        return found


def load(files: tuple[Path, ...], device: torch.device) -> Lpips:
    """From `alexnet-owt-7be5be79.pth`."""
    return Lpips(read_state(files[0]), device)
