"""RAFT, as VBench's dynamic degree runs it: how fast the fastest parts of a picture move."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import by_size

UPDATES = 20
"""Iterations of the flow, as VBench."""
FASTEST = 0.05
"""Share of the pixels whose mean speed counts."""
STEP = 8
"""RAFT's features are an eighth as wide as the picture, which is padded to a multiple by repeating its edges."""
LEAST = 128
"""Pixels: the correlation pyramid has no room in less, so smaller pictures are padded to it."""

NAMES: tuple[tuple[str, str], ...] = (
    (r"^(f|c)net\.conv1\.", r"\1net.convnormrelu.0."),
    (r"^(f|c)net\.norm1\.", r"\1net.convnormrelu.1."),
    (r"^(f|c)net\.conv2\.", r"\1net.conv."),
    (r"(layer\d\.\d)\.conv(\d)\.", r"\1.convnormrelu\2.0."),
    (r"(layer\d\.\d)\.norm([12])\.", r"\1.convnormrelu\2.1."),
    (r"^fnet\.", "feature_encoder."),
    (r"^cnet\.", "context_encoder."),
    (r"^update_block\.encoder\.conv([cf])([12])\.", r"update_block.motion_encoder.conv\1\2.0."),
    (r"^update_block\.encoder\.conv\.", "update_block.motion_encoder.conv.0."),
    (r"motion_encoder\.convc", "motion_encoder.convcorr"),
    (r"motion_encoder\.convf", "motion_encoder.convflow"),
    (r"^update_block\.gru\.conv([zrq])([12])\.", r"update_block.recurrent_block.convgru\2.conv\1."),
    (r"^update_block\.mask\.0\.", "mask_predictor.convrelu.0."),
    (r"^update_block\.mask\.2\.", "mask_predictor.conv."),
)
"""From princeton-vl's names to torchvision's, one after the other."""


class Raft:
    """Mean speed of the fastest 5 % of pixels between two frames, in pixels: float32 [N, 1]."""

    def __init__(self, state: Mapping[str, Tensor], device: torch.device) -> None:
        from torchvision.models.optical_flow import raft_large

        model = raft_large(weights=None)
        model.load_state_dict(renamed(state))
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes pairs uint8 [2, H, W, 3]."""
        rows = [self._speeds(pairs.to(self._device)) for pairs in by_size(inputs)]
        found: NDArray[np.float32] = torch.cat(rows)[:, None].float().cpu().numpy()
        return found

    def _speeds(self, pairs: Tensor) -> Tensor:
        flow = self.flow(pairs[:, 0], pairs[:, 1])
        speed = flow.square().sum(dim=1).sqrt().flatten(1)
        return speed.topk(max(1, int(speed.shape[1] * FASTEST))).values.mean(dim=1)

    def flow(self, before: Tensor, after: Tensor) -> Tensor:
        """The flow [N, 2, H', W'] in pixels of the padded pictures, from uint8 [N, 3, H, W] to the next.

        VBench takes its share of pixels with the padding, and so does this.
        """
        first, second = (padded(image.float() * (2 / 255.0) - 1.0) for image in (before, after))
        flows: list[Tensor] = self._model(first, second, num_flow_updates=UPDATES)
        return flows[-1]


def padded(image: Tensor) -> Tensor:
    """The picture with repeated edges, evenly on both sides, so that RAFT can halve it."""
    height, width = image.shape[-2:]
    down, across = (max(-side % STEP, LEAST - side) for side in (height, width))
    return F.pad(image, (across // 2, across - across // 2, down // 2, down - down // 2), mode="replicate")


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict of princeton-vl's RAFT under torchvision's names, which it may have already."""
    found = {}
    for name, value in state.items():
        if re.search(r"\.norm[34]\.", name):  # the same tensors stand under `downsample.1`
            continue
        for pattern, replacement in NAMES:
            name = re.sub(pattern, replacement, name)
        found[name] = value
    return found


def load(files: tuple[Path, ...], device: torch.device) -> Raft:
    """From `raft-things.pth`."""
    return Raft(read_state(files[0]), device)
