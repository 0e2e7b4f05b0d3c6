"""A model as a load: from its files where they are here, else from the catalogue. Reads heads of files, no weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from reelkit.errors import UnavailableError
from reelkit.models import catalogue
from reelkit.models.family import Family, family_of
from reelkit.models.known import HALF, Known, known
from reelkit.models.projection import Facts
from reelkit.models.requests import ModelCard

AUTOENCODER = 600_000_000
"""Bytes of an autoencoder and the like, for a model that is not here."""


class Described(msgspec.Struct, frozen=True):
    """A model's card, load and steps; here: whether its weights are on this machine."""

    card: ModelCard
    facts: Facts
    steps: int
    here: bool


def describe(model: str, itemsize: int) -> Described:
    """A model by name or path, its weights in `itemsize` bytes a number; UnavailableError for what nobody knows."""
    entry = known().get(model)
    try:
        folder = catalogue.locate(model)
    except UnavailableError:
        if entry is None:
            raise
        return Described(entry.card(model), _published(entry, itemsize), entry.steps, here=False)
    family = family_of(folder)
    facts = _measured(family, folder, itemsize)
    return Described(family.card(), facts, int(getattr(family, "steps", 0) or _own_steps(family)), here=True)


def _published(entry: Known, itemsize: int) -> Facts:
    billion = 10**9 * itemsize
    return Facts(
        denoiser=int(entry.denoiser * billion) * entry.experts,
        text=int(entry.text * billion),
        rest=AUTOENCODER * itemsize // HALF,
        layers=entry.layers,
        width=entry.width,
        space=entry.space,
        time=entry.time,
        passes=entry.passes,
        experts=entry.experts,
        itemsize=itemsize,
    )


def _measured(family: Family, folder: Path, itemsize: int) -> Facts:
    card = family.card()
    denoisers = [folder / name for name in getattr(family, "denoisers", ("transformer",)) if (folder / name).is_dir()]
    texts = [folder / name for name in getattr(family, "text_parts", ("text_encoder",))]
    denoiser, text = (sum(catalogue.weight_bytes(part, itemsize) for part in parts) for parts in (denoisers, texts))
    config = _config(denoisers[0]) if denoisers else {}
    layers = sum(int(config.get(name) or 0) for name in ("num_layers", "n_layers", "num_single_layers", "layers"))
    return Facts(
        denoiser=denoiser,
        text=text,
        rest=catalogue.weight_bytes(folder, itemsize) - denoiser - text,
        layers=max(1, layers),
        width=_width(config),
        space=card.multiple if card.native is None else 16,
        time=card.frame_rule.multiple,
        passes=2 if float(getattr(family, "guidance", 2.0)) > 1 else 1,
        experts=max(1, len(denoisers)),
        itemsize=itemsize,
    )


def _config(part: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = msgspec.json.decode((part / "config.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
    return found


def _width(config: Mapping[str, Any]) -> int:
    heads, head = config.get("num_attention_heads"), config.get("attention_head_dim")
    if isinstance(heads, int) and isinstance(head, int):
        return heads * head
    return int(next((config[name] for name in ("dim", "width", "hidden_size") if isinstance(config.get(name), int)), 1024))


def _own_steps(family: Family) -> int:
    return int(getattr(getattr(family, "index", None), "steps", 50))
