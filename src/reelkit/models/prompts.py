"""Prompt embeddings, remembered on disk by text, encoder and revision, so that a rerun loads no text encoder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelkit.media.atomic import write_bytes_atomic
from reelkit.media.keys import key_of

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = "prompts"
MOST_BYTES = 4 * 2**30
"""How much is kept; beyond it, what was used longest ago goes."""
CUT = "length of "
"""Metadata: how many rows a tensor had before the zeros at its end were left out."""

Embedding = dict[str, "Tensor"]


def remembered(
    texts: Sequence[str],
    identity: Mapping[str, Any],
    folder: Path | None,
    compute: Callable[[Sequence[str]], Sequence[Embedding]],
) -> list[Embedding]:
    """An embedding for each text: from disk, or computed together and kept.

    identity: whatever else decides them: encoder, revision, precision, algorithm. folder: None remembers nothing.
    """
    keys = [key_of({"text": text, "identity": dict(identity)}) for text in texts]
    found = [_recall(folder, key) for key in keys]
    missing = [index for index, one in enumerate(found) if one is None]
    if missing:
        made = compute([texts[index] for index in missing])
        for index, embedding in zip(missing, made, strict=True):
            found[index] = {name: tensor.detach().cpu() for name, tensor in embedding.items()}
            _keep(folder, keys[index], found[index] or {})
    return [one for one in found if one is not None]


def _recall(folder: Path | None, key: str) -> Embedding | None:
    if folder is None:
        return None
    from safetensors import SafetensorError, safe_open

    path = folder / f"{key}.safetensors"
    try:
        with safe_open(path, "pt") as file:
            lengths = file.metadata() or {}
            found = {name: _padded(file.get_tensor(name), lengths.get(CUT + name)) for name in file.keys()}  # noqa: SIM118
        os.utime(path)
    except (OSError, SafetensorError, ValueError):
        return None
    return found


def _keep(folder: Path | None, key: str, embedding: Embedding) -> None:
    """Not remembering is no failure: the next run computes again."""
    if folder is None:
        return
    from safetensors.torch import save

    cut = {name: _trimmed(tensor) for name, tensor in embedding.items()}
    lengths = {CUT + name: str(tensor.shape[1]) for name, tensor in embedding.items() if tensor.ndim > 1}
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes_atomic(folder / f"{key}.safetensors", save(cut, lengths))
        _prune(folder)


def _trimmed(tensor: Tensor) -> Tensor:
    """[1, L, ...] without the rows of zeros at its end, which text encoders pad with."""
    if tensor.ndim < 2 or not tensor.is_floating_point():
        return tensor.contiguous()
    filled = (tensor != 0).flatten(2).any(-1).any(0) if tensor.ndim > 2 else (tensor != 0).any(0)
    length = int(filled.nonzero().max()) + 1 if filled.any() else 0
    return tensor[:, :length].contiguous()


def _padded(tensor: Tensor, length: str | None) -> Tensor:
    if length is None or tensor.shape[1] >= int(length):
        return tensor
    zeros = tensor.new_zeros(tensor.shape[0], int(length) - tensor.shape[1], *tensor.shape[2:])
    import torch

    return torch.cat([tensor, zeros], dim=1)


def _prune(folder: Path) -> None:
    files = sorted(((path.stat(), path) for path in folder.glob("*.safetensors")), key=lambda each: each[0].st_mtime)
    total = sum(stat.st_size for stat, _ in files)
    for stat, path in files:
        if total <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= stat.st_size
