"""The I3D of FVD: Kinetics-400, as the TorchScript file in which it is passed around."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reelkit.models.measuring.transforms import by_size


class I3D:
    """Rows float32 [N, 400] of windows, before the softmax.

    The file scales levels and pictures by itself (`rescale`, `resize`), as StyleGAN-V calls it; scripts that crop to a
    square first get other numbers.
    """

    def __init__(self, module: Any, device: torch.device) -> None:
        self._module = module.eval().to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes windows uint8 [T, H, W, 3]."""
        rows = [self._rows(windows.to(self._device).transpose(1, 2)) for windows in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows).float().cpu().numpy()
        return found

    def _rows(self, windows: Tensor) -> Tensor:
        found: Tensor = self._module(windows.float(), rescale=True, resize=True, return_features=True)
        return found.flatten(1)


def load(files: tuple[Path, ...], device: torch.device) -> I3D:
    """From `i3d_torchscript.pt`."""
    return I3D(torch.jit.load(files[0], map_location="cpu"), device)
