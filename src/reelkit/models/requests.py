"""What stages ask of models, and what models answer: values only, so that they can cross a process boundary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Role = Literal["video", "image", "encoder"]
OnStep = Callable[[int, int], None]
"""Called with (steps done, steps in all) after each denoising step; an exception from it cancels the request."""


class FrameRule(msgspec.Struct, frozen=True):
    """Lengths a model makes, in frames: offset + k * multiple for k = 0, 1, ..., up to `most`."""

    multiple: int = 1
    offset: int = 1
    most: int | None = None

    def holds(self, frames: int) -> bool:
        """Whether it can be so long."""
        return self.at_least(frames) == frames

    def at_least(self, frames: int) -> int:
        """The shortest length of `frames` or more, or the longest there is."""
        steps = max(0, -(-(frames - self.offset) // self.multiple))
        length = self.offset + steps * self.multiple
        return length if self.most is None else min(length, self.most)

    def nearest(self, frames: int) -> int:
        """The length nearest to `frames`, the longer of two as near."""
        above = self.at_least(frames)
        below = max(self.offset, above - self.multiple)
        return below if frames - below < above - frames else above


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a model can do, known before its weights are read.

    revision: fingerprint of the weights. fps: frames a second of its own, None if it takes the movie's.
    chunk_frames: frames of a first chunk and of a later one. modes: FilmWeaver's 1-4. native: (width, height) it
    draws whatever the movie's size, None if it draws the movie's.
    """

    name: str
    revision: str = ""
    family: str = ""
    fps: float | None = None
    frame_rule: FrameRule = FrameRule()
    """Lengths of a first chunk."""
    later_rule: FrameRule | None = None
    """Lengths of an extension, counted without what it repeats; None: multiples of `frame_rule`'s."""
    chunk_frames: tuple[int, int] = (1, 1)
    modes: tuple[int, ...] = ()
    max_references: int = 0
    start: bool = False
    """Whether its mode 3 begins from the shot's own start keyframe; false: from the references of the shot cache."""
    reach: int = 0
    """Frames of the past that an extension looks at, or has cached in latents."""
    repeats: int = 0
    """Frames of the past that an extension is handed as pictures and repeats; 0: it is handed latents."""
    native: tuple[int, int] | None = None
    multiple: int = 8
    clips: bool = True
    stills: bool = True
    sound: bool = False
    """Whether clips come with sound of their own."""

    @property
    def growth(self) -> FrameRule:
        """Lengths of an extension."""
        step = self.frame_rule.multiple
        return self.later_rule or FrameRule(multiple=step, offset=step)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size it draws for a movie of width x height pixels."""
        if self.native is not None:
            return self.native
        step = self.multiple
        return max(step, round(width / step) * step), max(step, round(height / step) * step)


class GenerateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One still or one chunk of a shot. Paths are absolute.

    references: stills of the shot cache. history: what the chunks before this one handed on, oldest first. start: the
    shot's start keyframe. out: path without suffix; the loader writes `.safetensors` beside `.mp4` or `.png`.
    options: what has no field of its own, see `reelkit.models.speed`.
    """

    model: str
    prompt: str
    negative_prompt: str = ""
    width: int
    height: int
    frames: int
    """New ones: an extension repeats none of the past."""
    seed: int
    steps: int | None = None
    guidance: float | None = None
    references: list[str] = []
    history: list[str] = []
    start: str | None = None
    out: str
    still: bool = False
    options: dict[str, Any] = {}

    @property
    def mode(self) -> int:
        """FilmWeaver's number, by which cache is empty: 1 none given, 2 temporal, 3 shot, 4 both."""
        shot = bool(self.references) or self.start is not None
        return 1 + bool(self.history) + 2 * shot


class GenerateReply(msgspec.Struct, frozen=True, kw_only=True):
    """What was made. peak_memory: bytes."""

    frames: int
    fps: float
    width: int
    height: int
    wall_seconds: float
    peak_memory: int


class Models(Protocol):
    """The one interface to weights."""

    def describe(self, model: str, role: Role) -> ModelCard:
        """A model's card; UnavailableError where there is none by that name."""
        ...

    def check(self, request: GenerateRequest) -> None:
        """Refuse what the model cannot do, before any weight is read; RecordError names the nearest it can."""
        ...

    def generate(self, request: GenerateRequest, on_step: OnStep | None = None) -> GenerateReply:
        """Make a still or a chunk and write its files."""
        ...

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one."""
        ...

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D] of image files or arrays uint8 [H, W, 3], of length one if `normalise`."""
        ...

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32] | list[str]:
        """What a network of `reelkit.models.measuring` says of each input: rows float32 [N, D], or as many texts.

        inputs: texts, frames uint8 [H, W, 3], windows uint8 [T, H, W, 3] or sounds float32 [S], as the network takes them.
        weights: the folder of networks' files, None for the user's. UnavailableError where a file is not there.
        """
        ...
