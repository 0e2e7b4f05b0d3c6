"""AMT-S, which draws the frame between two, as VBench's motion smoothness runs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from reelkit.models.measuring.checkout import import_from
from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import by_size

STEP = 16
"""Pictures are padded to a multiple of it by repeating their edges."""
SETTINGS = {"corr_radius": 3, "corr_lvls": 4, "num_flows": 3}
"""AMT-S, as its authors' AMT-S.yaml says."""


class Amt:
    """How far the middle frame of three lies from what its neighbours foretell: float32 [N, 1], mean levels of 255.

    The drawn frame is cut off to whole levels before it is compared, as in VBench. VBench shrinks what does not fit into
    the device's memory; here nothing is shrunk.
    """

    def __init__(self, model: torch.nn.Module, device: torch.device) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes triples uint8 [3, H, W, 3]."""
        rows = [self._distance(triples.to(self._device)) for triples in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows)[:, None].float().cpu().numpy()
        return found

    def _distance(self, triples: Tensor) -> Tensor:
        drawn = self.between(triples[:, 0].float() / 255.0, triples[:, 2].float() / 255.0)
        levels = (drawn.float() * 255.0).clamp(0, 255).floor()
        return (levels - triples[:, 1].float()).abs().mean(dim=(1, 2, 3))

    def between(self, first: Tensor, last: Tensor) -> Tensor:
        """The frame halfway between two, float32 [N, 3, H, W] in 0..1."""
        height, width = first.shape[-2:]
        down, across = -height % STEP, -width % STEP
        edges = (across // 2, across - across // 2, down // 2, down - down // 2)
        half = torch.full((len(first), 1, 1, 1), 0.5, device=first.device)
        pictures = [F.pad(each, edges, mode="replicate") for each in (first, last)]
        drawn: Tensor = self._model(*pictures, half, scale_factor=1.0, eval=True)["imgt_pred"]
        return drawn[..., edges[2] : edges[2] + height, edges[0] : edges[0] + width]


def load(files: tuple[Path, ...], device: torch.device) -> Amt:
    """From `amt-s.pth` and the code in a clone of VBench."""
    weights, clone = files
    model = import_from(clone, "vbench.third_party.amt.networks.AMT-S").Model(**SETTINGS)
    model.load_state_dict(read_state(weights))
    return Amt(model, device)
