"""Aes: LAION's linear aesthetic head. Its weights do not ship."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from reelkit.errors import UnavailableError

FEATURES = 768
"""Width of the CLIP ViT-L/14 image embedding that the head was trained on."""


class AestheticHead:
    """A linear layer, 768 -> 1, on *unnormalised* CLIP ViT-L/14 embeddings (LAION sa_0_4_vit_l_14_linear).

    VBench normalises and divides by ten: its numbers are not comparable with these.
    """

    def __init__(self, weight: NDArray[np.float32], bias: float) -> None:
        self.weight = weight
        self.bias = bias

    def __call__(self, features: NDArray[np.float32]) -> float:
        """Mean score over frames. features: [N, 768], not normalised."""
        return float(np.mean(features.astype(np.float64) @ self.weight.astype(np.float64) + self.bias))


def load_head(path: Path) -> AestheticHead:
    """Read the head from a `.safetensors` file or LAION's `.pth` (entries `weight` [1, 768], `bias` [1]).

    Raises UnavailableError when the file is missing or holds something else.
    """
    if not path.is_file():
        raise UnavailableError(f"--aes-head {path}: no such file")
    try:
        entries = _read(path)
        weight = np.asarray(entries["weight"], dtype=np.float32).reshape(-1)
        bias = float(np.asarray(entries["bias"], dtype=np.float32).reshape(-1)[0])
    except (KeyError, ValueError, RuntimeError, OSError, EOFError, UnpicklingError, SafetensorError) as error:
        raise UnavailableError(
            f"--aes-head {path}: not a linear head with weight and bias ({str(error)[:200]})"
        ) from error
    if weight.shape != (FEATURES,):
        raise UnavailableError(
            f"--aes-head {path}: {weight.size} weights, but the head for CLIP ViT-L/14 has {FEATURES}"
        )
    return AestheticHead(weight, bias)


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        return load_file(path)
    import torch

    return {name: value.numpy() for name, value in torch.load(path, weights_only=True).items()}
