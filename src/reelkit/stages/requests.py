"""What an output's key is made of, and how a shot's options and prompt are settled before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from reelkit.errors import RecordError
from reelkit.media.keys import key_of
from reelkit.models import files
from reelkit.models.speed import caches
from reelkit.models.speed.attention import LOSSY
from reelkit.stages.options import OVERRIDES, StageOptions

if TYPE_CHECKING:
    from reelkit.manifest.records import Movie

S = TypeVar("S", bound=StageOptions)

ALGORITHM = 2
"""Raised when the same request would make other pictures."""


class OutputRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides what a still or chunk looks like; its canonical form is its key.

    Neither the device, nor where files lie, nor scores, nor the pick. References, start and parent count
    by key: a generated input by the key it was made under, a user's file by its content.
    """

    output: Literal["still", "chunk"]
    algorithm: int = ALGORITHM
    revision: str
    prompt: str
    negative_prompt: str
    width: int
    height: int
    frames: int
    fps: float
    seed: int
    steps: int | None
    guidance: float | None
    sampler: str | None
    dtype: str
    quantisation: str | None
    step_cache: str | None
    lora: tuple[str, ...]
    attention: str | msgspec.UnsetType = msgspec.UNSET
    """Only a lossy kernel: unset, it is no part of the key."""
    references: tuple[str, ...]
    start: str | None
    parent: str | None
    match: bool = False
    """Whether colour and contrast are those of the parent."""

    @property
    def key(self) -> str:
        """64 hex digits."""
        return key_of(self)


class TakeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A take is its chunks, joined."""

    output: Literal["take"] = "take"
    algorithm: int = ALGORITHM
    chunks: tuple[str, ...]

    @property
    def key(self) -> str:
        """The chunk's own key when there is one chunk: nothing is joined."""
        return self.chunks[0] if len(self.chunks) == 1 else key_of(self)


class FrameRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A frame taken from a clip."""

    output: Literal["frame"] = "frame"
    algorithm: int = ALGORITHM
    clip: str
    index: int

    @property
    def key(self) -> str:
        """64 hex digits."""
        return key_of(self)


def settled(options: S, overrides: Mapping[str, Any]) -> S:
    """The options with a shot's `with` laid over them; an unknown name or a wrong type is a `RecordError`."""
    unknown = sorted(set(overrides) - set(OVERRIDES))
    if unknown:
        raise RecordError(
            f"`with` has no option {', '.join(unknown)}: remove it, or name one of {', '.join(OVERRIDES)}"
        )
    changes = {}
    for name, value in overrides.items():
        try:
            changes[name] = msgspec.convert(value, OVERRIDES[name], strict=True)
        except msgspec.ValidationError as wrong:
            raise RecordError(f"`with.{name}` = {value!r}: {wrong}. Give it the right type.") from wrong
    return msgspec.structs.replace(options, **changes)


def composed(movie: Movie, text: str) -> str:
    """The prompt as the model reads it: the film's style, then what is seen."""
    style = movie.style.strip().rstrip(".")
    return f"{style}. {text.strip()}" if style else text.strip()


def lora_keys(lora: tuple[str, ...]) -> tuple[str, ...]:
    """A LoRA file counts by its content and its strength, what is no file by itself."""
    return tuple(files.keyed("lora", name) for name in lora)


def weights_keys(options: StageOptions) -> dict[str, Any]:
    """How the weights are changed and run, as it counts in a key."""
    quantisation, step_cache = options.quantisation, options.step_cache
    return {
        "quantisation": quantisation and files.keyed("quantisation", quantisation),
        "step_cache": step_cache and caches.keyed(step_cache),
        "lora": lora_keys(options.lora),
        "attention": lossy(options.attention),
    }


def lossy(attention: str | None) -> str | msgspec.UnsetType:
    """The kernel, where it changes pictures by more than rounding."""
    return attention if attention in LOSSY else msgspec.UNSET
