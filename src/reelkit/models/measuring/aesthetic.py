"""LAION's linear aesthetic head over CLIP ViT-L/14 embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reelkit.models.measuring.network import read_state

FEATURES = 768
"""Width of the CLIP ViT-L/14 image embedding that the head was trained on."""


class AestheticHead:
    """A linear layer, 768 -> 1 (LAION sa_0_4_vit_l_14_linear): float32 [N, 1] of embeddings [768].

    It was trained on embeddings of length one, where it gives about 3 to 7. MovieBench and FilmWeaver feed it embeddings as
    CLIP gives them, some ten times longer, and so report 8 to 35; VBench feeds length one and divides by ten. What is fed
    is the caller's choice, and the two are never to be compared.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, device: torch.device) -> None:
        self._weight, self._bias, self._device = weight.to(device), bias.to(device), device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes rows of CLIP ViT-L/14."""
        rows = torch.from_numpy(np.stack(inputs)).float().to(self._device)
        found: NDArray[np.float32] = torch.nn.functional.linear(rows, self._weight, self._bias).float().cpu().numpy()
        return found


def load(files: tuple[Path, ...], device: torch.device) -> AestheticHead:
    """From LAION's file: `weight` [1, 768] and `bias` [1]; ValueError where it holds another head."""
    state = read_state(files[0])
    weight, bias = state["weight"].float(), state["bias"].float()
    if tuple(weight.shape) != (1, FEATURES):
        raise ValueError(f"weight is {list(weight.shape)}, and the head for CLIP ViT-L/14 is [1, {FEATURES}]")
    return AestheticHead(weight, bias.reshape(1), device)
