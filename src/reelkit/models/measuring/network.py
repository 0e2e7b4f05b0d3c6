"""A network as measuring calls it, and how one is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Protocol

from reelkit.errors import ReelError, UnavailableError
from reelkit.models.measuring.known import find, networks

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray


class Network(Protocol):
    """Answers for a batch of inputs: rows float32 [N, D], one an input, or as many texts.

    An input is a text, a frame uint8 [H, W, 3], a window uint8 [T, H, W, 3], or a sound float32 [S] at the rate the
    network's module names. Frames of one call may differ in size.
    """

    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32] | list[str]: ...


UNFIT = (OSError, RuntimeError, ValueError, KeyError, EOFError, AttributeError, ImportError, UnpicklingError)
"""What loading raises where a file is not what its name says."""


def load(name: str, weights: Path | None, device: torch.device) -> Network:
    """The network with its weights in float32; UnavailableError where its files are not there or do not fit."""
    from safetensors import SafetensorError

    card = networks()[name]
    files = find(name, weights)
    module, _, attribute = card.loader.partition(":")
    try:
        network: Network = getattr(import_module(module), attribute)(files, device)
    except ReelError:
        raise
    except (*UNFIT, SafetensorError) as error:
        what = " and ".join(str(path) for path in files)
        raise UnavailableError(
            f"{name} cannot be loaded from {what}: {_reason(error)}; get the file from {card.source} again, or take it away "
            "to have its metrics skipped"
        ) from error
    return network


def _reason(error: Exception) -> str:
    """An error's first line; torch's advice to load a file unsafely is not passed on."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    return "it holds no tensors, or more than tensors" if "weights_only" in text else text[:200]


def read_state(path: Path) -> dict[str, Any]:
    """The tensors of a `.safetensors` or of a pickled state dict; one that lies under `state_dict` or `model` is unwrapped.

    Unpickles tensors only, so a file that holds code is refused.
    """
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    import torch

    state = torch.load(path, weights_only=True, map_location="cpu")
    for name in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(name), dict):
            state = state[name]
    if not isinstance(state, dict):
        raise ValueError("no state dict")
    return {str(key).removeprefix("module."): value for key, value in state.items()}
