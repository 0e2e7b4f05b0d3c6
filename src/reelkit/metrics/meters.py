"""The parts that a family of metrics is made of: meters that are fed one take, one scene or one movie at a time.

A family is a package `metrics/NAME/` with two modules: `card.py` holds `METRICS`, a tuple of `Metric`, and imports
nothing heavy; `meters.py` holds `FAMILY`, a `Family` whose functions make meters. `metrics/registry.py` lists the names.

One decode of a take feeds all meters of all families: `metrics/passing.py` asks each which networks should look at which
frames, runs every network once over the union, and hands frames and rows on in blocks. So a meter never opens a file,
never runs a network over frames by itself, and holds nothing that grows with the length of the take beyond a few numbers
a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from reelkit.manifest.kinds import Character, Movie, Scene, Shot, Take
    from reelkit.media.store import MediaStore
    from reelkit.metrics.judging.judge import Judge

Frame = NDArray[np.uint8]
"""uint8 [H, W, 3], RGB, at the take's own size."""
Indices = Sequence[int] | NDArray[np.int64]

ENCODER = "encoder"
"""The feature of the text-and-image encoder: rows float32 [N, D] as the encoder gives them, *not* of length one."""


class Looks(Protocol):
    """The part of `reelkit.models.Models` that measuring uses."""

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Rows [N, D] of length one."""
        ...

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Rows [N, D]."""
        ...

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Any:
        """What a network of `models/measuring` says of texts, frames, windows of frames or sounds."""
        ...


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """What meters may use, the same for a whole run."""

    names: frozenset[str]
    """The metrics that are measured: asked for, and everything they need is there."""
    models: Looks
    encoder: str | None = None
    """The text-and-image encoder of `models`; None is the embedded one."""
    weights: Path | None = None
    """Folder of the files that networks need."""
    store: MediaStore | None = None
    judge: Judge | None = None
    embedder: str | None = None
    """A sentence embedder, by path."""
    reference: Path | None = None
    """What sets are compared with: a folder of videos, a video, or a manifest."""
    annotations: Path | None = None
    """What people wrote down (cuts, plans, narrations, identities), as JSON lines."""

    def wants(self, *names: str) -> bool:
        """Whether any of these metrics is measured."""
        return not self.names.isdisjoint(names)

    def network(self, name: str, inputs: Sequence[Any], **options: Any) -> Any:
        """One call of a network, for what is not a frame of the take: a text, a portrait, a crop, a sound."""
        return self.models.measure(name, inputs, self.weights, options)


class ClipInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A take before it is decoded: what the file's head says, and what the manifest says of its shot."""

    path: Path
    frames: int
    """Counted, not estimated."""
    fps: float
    width: int
    height: int
    seconds: float
    has_audio: bool = False
    used: int
    """Frames from the start that stand in the film, 1..frames: the rest is trimmed."""
    shot: Shot
    take: Take | None = None
    """None for a still."""
    movie: Movie | None = None
    scene: Scene | None = None
    cast: Sequence[Character] = ()
    """Who the shot says is in it."""
    bank: Mapping[str, Character] = {}
    """The movie's whole cast by id."""


class Block(NamedTuple):
    """Consecutive frames of a take, and what networks said of them."""

    start: int
    """Number of the first frame."""
    frames: Sequence[Frame]
    rows: Mapping[str, Sequence[tuple[int, NDArray[np.float32]]]]
    """By feature: (frame number, row [D]) in rising order. A window's row stands at its last frame. A block holds rows of
    earlier frames too where a network waited for a full batch; each row comes exactly once."""


class Reading(msgspec.Struct, frozen=True):
    """What one meter found in one take."""

    scores: Mapping[str, float | None] = {}
    """None is: could not be measured."""
    material: Any = None
    """What the family's scene and movie meters need of the take: a few embeddings, counts, never frames."""


class ClipMeter(Protocol):
    """Measures one take. One that also has `rate` and `hear` is given the take's sound first."""

    def looks(self) -> Mapping[str, Indices]:
        """Which features are wanted of which frames: network (or `ENCODER`) to rising frame numbers.

        For a network that looks at windows (pairs, triples, clips) these are the frames that the windows are made of.
        """
        ...

    def add(self, block: Block) -> None:
        """Take the next frames."""
        ...

    def finish(self) -> Reading:
        """After the last frame."""
        ...


@runtime_checkable
class Hears(Protocol):
    """What a `ClipMeter` has besides if it wants the sound."""

    rate: int
    """Hz, to which the sound is resampled."""

    def hear(self, samples: NDArray[np.float32]) -> None:
        """The next samples, float32 [N, C] in -1..1. Not called for a take without sound."""
        ...


class ShotReading(msgspec.Struct, frozen=True, kw_only=True):
    """A measured shot, as scene and movie meters are given it."""

    shot: Shot
    scores: Mapping[str, float]
    """Of all families."""
    material: Any
    """Of the meter's own family; None where the shot had none."""


class GroupMeter(Protocol):
    """Measures a scene or a movie, shot by shot; memory must not grow with frames."""

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """Take the next shot; scores of that shot against the earlier ones, if the family has such."""
        ...

    def values(self) -> Mapping[str, float | None]:
        """The group's scores."""
        ...

    def extras(self) -> Mapping[str, Any]:
        """More fields for the `score` record (a similarity matrix, counts), JSON values; empty for none."""
        ...


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """How a family measures; each function may be None, and may answer None where there is nothing to measure."""

    clip: Callable[[Resources, ClipInfo], ClipMeter | None] | None = None
    scene: Callable[[Resources], GroupMeter | None] | None = None
    movie: Callable[[Resources], GroupMeter | None] | None = None
    script: Callable[[Resources, Any], Mapping[str, float | None]] | None = None
    """Scores of a movie's words: given a `metrics.scripts.script.Script`."""


def every(info: ClipInfo) -> NDArray[np.int64]:
    """All frames that stand in the film."""
    return np.arange(info.used)


def at_rate(info: ClipInfo, per_second: float) -> NDArray[np.int64]:
    """Frames of the film about `per_second` a second, from the first; all where the take has no more than that."""
    step = max(1.0, info.fps / per_second)
    return np.unique(np.floor(np.arange(0, info.used, step)).astype(np.int64))


def evenly(info: ClipInfo, count: int) -> NDArray[np.int64]:
    """`count` frames in the middles of as many equal parts of the film's part; fewer where it has fewer."""
    places = (np.arange(count) + 0.5) * info.used / count
    return np.unique(places.astype(np.int64))


def view(info: ClipInfo, count: int = 8) -> NDArray[np.int64]:
    """Middles of `count` equal parts whose bounds are cut off to whole frames, as VBench shows frames to ViCLIP.

    A take of fewer frames gives fewer numbers, so no whole window; VBench repeats its last frame.
    """
    bounds = np.linspace(0, info.used, min(count, info.used) + 1).astype(np.int64)
    return (bounds[:-1] + bounds[1:] - 1) // 2


def middle(info: ClipInfo) -> int:
    """The keyframe: the frame in the middle of the part that stands in the film."""
    return info.used // 2
