"""What a model family is to the loader: one file below `families/`, one class, and the clip that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from reelkit.errors import UnavailableError
from reelkit.models import catalogue
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from reelkit.models.cache import Needs
    from reelkit.models.encoder import Encoder


class Sound(NamedTuple):
    """samples: float32 [samples, channels] within -1..1. rate: Hz."""

    samples: NDArray[np.float32]
    rate: int


@dataclass(frozen=True)
class Clip:
    """What a family made.

    frames: uint8 [T, H, W, 3] RGB, new ones only. handed_on: the tensors that a later chunk's `history` names, by
    name; they are kept as they are. fps: a rate other than the one asked for. sound: as long as the frames.
    """

    frames: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]
    handed_on: Mapping[str, torch.Tensor] = field(default_factory=dict)
    fps: float | None = None
    sound: Sound | None = None


class Shelf(Protocol):
    """What the loader lends to a family: memory for its parts, the device, encoders, remembered prompts."""

    def place(self, dtype: str | None = None) -> tuple[torch.device, torch.dtype]:
        """Device, and what to compute in: as asked, else as the loader was opened."""
        ...

    def lend(self, name: str, size: int | Needs, load: Callable[[], Any]) -> AbstractContextManager[Any]:
        """What `load` gives, of `size` bytes, loaded once and held while there is room; never let go while lent."""
        ...

    def encoder(self, name: str | None) -> AbstractContextManager[Encoder]:
        """A text-and-image encoder."""
        ...


class Family(Protocol):
    """One checkpoint folder. Only `generate` reads weights, and imports torch unless an option of `speed` must ask it."""

    pipelines: ClassVar[tuple[str, ...]]
    """The `_class_name`s of the folders it runs."""
    tail: ClassVar[int]
    """Frames of the past that an extension is handed as pictures and repeats; 0 where it is handed latents."""

    folder: Path

    def __init__(self, folder: Path) -> None: ...

    @property
    def variant(self) -> str:
        """What decides its pictures and stands in none of the folder's files: a word of the revision, or nothing."""
        ...

    def card(self) -> ModelCard:
        """What it can do; the loader fills in name and revision."""
        ...

    def check(self, request: GenerateRequest) -> None:
        """Refuse what it cannot draw; the RecordError names the nearest request it can."""
        ...

    def generate(self, shelf: Shelf, request: GenerateRequest, on_step: OnStep) -> Clip:
        """Draw. `on_step` is called after each denoising step and may raise, which ends the work there."""
        ...


def family_of(folder: Path) -> Family:
    """The family of the checkpoint in `folder`, by the files it holds; UnavailableError where none runs it."""
    name = catalogue.pipeline_name(folder)
    found = families().get(name)
    if found is None:
        raise UnavailableError(
            f"{folder}: it holds a {name}, which no family here runs; they run {', '.join(sorted(families()))}"
        )
    return found(folder)


@cache
def families() -> Mapping[str, type[Family]]:
    """Every family by the pipelines it runs; a file in `families/` is all that adds one."""
    return {name: kind for kind in _classes() for name in kind.pipelines}


def _classes() -> Iterator[type[Family]]:
    from reelkit.models import families as package

    for module in iter_modules(package.__path__):
        found = import_module(f"{package.__name__}.{module.name}")
        for kind in vars(found).values():
            own = isinstance(kind, type) and kind.__module__ == found.__name__
            if own and kind.__dict__.get("pipelines"):
                yield kind
