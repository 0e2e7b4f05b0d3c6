"""A model as a load: from its files where they are here, else from the catalogue. Reads heads of files, no weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from reelkit.errors import UnavailableError
from reelkit.models import catalogue
from reelkit.models.diffusion import PipelineFamily
from reelkit.models.family import Family, family_of
from reelkit.models.known import HALF, Known, known
from reelkit.models.projection import Facts
from reelkit.models.requests import GenerateRequest, ModelCard

PLAIN = GenerateRequest(model="", prompt="x", width=1, height=1, frames=1, seed=0, out="")
"""A request that leaves steps and guidance to the model."""
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
        return Described(entry.card(model), published(entry, itemsize), entry.steps, here=False)
    family = family_of(folder)
    catalogue.require_whole(folder)
    facts = _measured(family, folder, itemsize)
    return Described(family.card(), facts, _steps(family), here=True)


def published(entry: Known, itemsize: int) -> Facts:
    """A model's load by the catalogue's figures."""
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
    rest = sum(catalogue.weight_bytes(folder / part, itemsize) for part in _parts(family)) - denoiser
    layers = sum(int(config.get(name) or 0) for name in ("num_layers", "n_layers", "num_single_layers", "layers"))
    return Facts(
        denoiser=denoiser,
        text=text,
        rest=max(0, rest),
        layers=max(1, layers),
        width=_width(config),
        space=card.multiple if card.native is None else 16,
        time=card.frame_rule.multiple,
        passes=_passes(family),
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


def _steps(family: Family) -> int:
    """Of a request that names none."""
    if isinstance(family, PipelineFamily):
        return family.steps_of(PLAIN)
    return int(getattr(getattr(family, "index", None), "steps", 50))


def _passes(family: Family) -> int:
    """Forwards a step of a request that names no guidance."""
    return 2 if not isinstance(family, PipelineFamily) or family.guided(PLAIN) else 1


def _parts(family: Family) -> list[str]:
    """Folders beside the text encoder that are loaded: those that the index names."""
    left_out = {*getattr(family, "text_parts", ("text_encoder",)), *getattr(family, "unused_parts", ())}
    left_out.add("transformer_ref")  # MiniMax-H3's of another task: a request loads one of the two
    index = msgspec.json.decode(catalogue.index_file(family.folder).read_bytes(), type=dict[str, Any])
    return [name for name, entry in index.items() if isinstance(entry, list) and name not in left_out]
