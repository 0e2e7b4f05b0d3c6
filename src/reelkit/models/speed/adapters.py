"""LoRA files: small weights beside a model's own, each with a strength, never merged into them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import catalogue, files
from reelkit.models.speed.denoisers import denoisers, kind, loaded

if TYPE_CHECKING:
    from reelkit.models.diffusion import PipelineFamily

OPTION = "lora"
TEXT_KEYS = ("text_encoder", "lora_te", "te1_", "te2_", "conditioner.")
"""How the names of weights for a text encoder begin, in diffusers' files and in others'."""


class Adapter(NamedTuple):
    """path: a safetensors file. strength: of its part in the output. part: the one that takes it, empty for all."""

    path: Path
    strength: float
    part: str


def adapters(options: Mapping[str, Any]) -> list[Adapter]:
    """What was given, in order."""
    found = [files.named(OPTION, str(text)) for text in options.get(OPTION) or ()]
    return [
        Adapter(Path(one.path), 1.0 if one.number is None else one.number, one.before.rstrip("="))
        for one in found
        if one is not None
    ]


def refuse(family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """RecordError or UnavailableError for a file that is not there or cannot be meant for this model."""
    given = adapters(options)
    if not given:
        return
    parts = denoisers(family)
    if not hasattr(kind(family.loads_as or family.name), "load_lora_weights"):
        raise RecordError("diffusers loads no LoRA into its kind of model: leave --lora out")
    for one in given:
        if one.part and one.part not in parts:
            raise RecordError(f"--lora {one.part}=...: it has no {one.part}, only {' and '.join(parts)}")
        if one.path.is_dir():
            raise UnavailableError(f"--lora {one.path} is a folder: give the .safetensors file in it")
        if not one.path.is_file():
            raise UnavailableError(
                f"--lora {one.path}: there is no such file; what lies on a hub must be fetched first, by you"
            )
        names = catalogue.tensor_bytes(one.path)
        if not names:
            raise UnavailableError(f"--lora {one.path} is no safetensors file with weights: convert it, or fetch it again")
        if any(name.startswith(TEXT_KEYS) for name in names):
            raise RecordError(
                f"--lora {one.path} also changes the text encoder, whose embeddings are remembered without it: "
                "give a LoRA of the image or video part alone"
            )


def settle(pipe: Any, family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """Load the files and set their strengths; UnavailableError for one that fits nowhere."""
    given = adapters(options)
    if not given:
        return
    models = loaded(pipe, family)
    taken: dict[str, dict[str, float]] = {part: {} for part in models}
    for index, one in enumerate(given):
        name = f"lora{index}"
        for part in [one.part] if one.part else models:
            _load(pipe, one.path, name, second=part == "transformer_2")
            if name in getattr(models[part], "peft_config", {}):
                taken[part][name] = one.strength
        if not any(name in each for each in taken.values()):
            raise UnavailableError(
                f"--lora {one.path} holds nothing for this model ({_some(catalogue.tensor_bytes(one.path))}): "
                "name one that was trained for it"
            )
    for part, strengths in taken.items():
        if strengths:
            models[part].set_adapters(list(strengths), list(strengths.values()))


def _load(pipe: Any, path: Path, name: str, second: bool) -> None:
    from safetensors import SafetensorError

    where = {"load_into_transformer_2": True} if second else {}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Already found a `peft_config`")  # several at once are meant
            pipe.load_lora_weights(
                str(path), adapter_name=name, local_files_only=True, use_safetensors=True, **where
            )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise UnavailableError(f"--lora {path} does not fit this model: {error}") from error


def _some(names: Iterable[str]) -> str:
    return ", ".join([*islice(names, 2), "..."])
