"""The kinds of record a manifest holds, as typed views.

A field a view does not name is not in it, and is not lost: it stays in the line (`records.Entry.raw`).
Times are seconds, sizes pixels, paths relative to the media folder.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

EXACT_INTEGER = 2**53
"""Integers stay below it: jq and JavaScript round above."""

ID_PATTERN = r"^[a-z0-9-]{1,64}$(?!\n)"
"""An id names a folder too, so it holds nothing a shell or a file system would read differently."""

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Count = Annotated[int, Meta(ge=0, lt=EXACT_INTEGER)]
Pixels = Annotated[int, Meta(ge=1, le=16_384)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Duration = Annotated[float, Meta(gt=0, le=86_400)]
FrameRate = Annotated[float, Meta(gt=0, le=1000)]


class Failure(Struct, frozen=True):
    """Why a record failed: in which stage, with which class of exception, saying what."""

    stage: str
    type: str
    message: str


class Beat(Struct, frozen=True):
    """A part of a shot with a prompt of its own; the beats of a shot tile its seconds."""

    prompt: str = ""
    seconds: Duration = 4.0


class Line(Struct, frozen=True):
    """A line of dialogue; `character` is a character's id."""

    character: str = ""
    text: str = ""
    parenthetical: str | None = None


class Keyframe(Struct, frozen=True):
    """A still of a shot; `seconds` from the start of the shot."""

    path: str = ""
    seconds: Seconds = 0.0
    role: Literal["start", "end", "reference"] = "reference"
    source: Literal["generated", "clip", "portrait", "file"] = "generated"
    key: str | None = None


class Chunk(Struct, frozen=True):
    """One generated stretch of a take; `mode` 1-4 as FilmWeaver numbers them."""

    key: str
    mode: Annotated[int, Meta(ge=1, le=4)] = 1
    prompt: str = ""
    seed: Count = 0
    frames: Count = 0


class Reference(Struct, frozen=True):
    """A still the shot cache lent to a take; `similarity` is CLIP's cosine of prompt and image."""

    path: str = ""
    similarity: float | None = None
    key: str | None = None


class Verdict(Struct, frozen=True):
    """What `reel score --gate` said of a take: under which gates, and why it did not pass, if it did not."""

    passed: bool
    gates: list[str] = []
    missed: list[str] = []


class Take(Struct, frozen=True):
    """One attempt at a shot: a list of chunks, or a file the user shot or bought."""

    key: str = ""
    path: str = ""
    parent: str | None = None
    chunks: list[Chunk] = []
    frames: Count = 0
    fps: FrameRate = 24.0
    width: Pixels = 832
    height: Pixels = 480
    model: str | None = None
    revision: str | None = None
    mode: Annotated[int, Meta(ge=1, le=4)] | None = None
    shot_cache: list[Reference] = []
    steps: Count | None = None
    wall_seconds: float | None = None
    peak_memory: Count | None = None
    scores: dict[str, Any] = {}
    gate: Verdict | None = None
    locked: bool = False
    source: Literal["generated", "file"] = "generated"


class Movie(Struct, frozen=True, tag_field="kind", tag="movie"):
    """A film; it comes before everything that names it."""

    id: Id
    title: str = ""
    fps: FrameRate = 24.0
    width: Pixels = 832
    height: Pixels = 480
    style: str = ""
    synopsis: str = ""
    seed: Count = 0
    error: Failure | None = None


class Character(Struct, frozen=True, tag_field="kind", tag="character"):
    """Someone in the character bank; `portraits` are paths of stills."""

    id: Id
    movie: Id
    name: str = ""
    look: str = ""
    portraits: list[str] = []
    voice: Any = None
    error: Failure | None = None


class Scene(Struct, frozen=True, tag_field="kind", tag="scene"):
    """A place and a time in the story."""

    id: Id
    movie: Id
    heading: str = ""
    place: str = ""
    time: str = ""
    summary: str = ""
    error: Failure | None = None


class Shot(Struct, frozen=True, tag_field="kind", tag="shot"):
    """What the camera sees between two cuts; `pick` indexes `takes`, `with_` is `with` in JSON."""

    id: Id
    movie: Id
    scene: str | None = None
    order: Count = 0
    prompt: str = ""
    framing: str = ""
    camera: str = ""
    characters: list[str] = []
    seconds: Duration = 4.0
    beats: list[Beat] = []
    dialogue: list[Line] = []
    state: dict[str, str] = {}
    physics: Any = None
    with_: dict[str, Any] = msgspec.field(default_factory=dict, name="with")
    keyframes: list[Keyframe] = []
    takes: list[Take] = []
    pick: Count | None = None
    scores: dict[str, Any] = {}
    error: Failure | None = None

    @property
    def picked(self) -> Take | None:
        """The take that stands for the shot: the picked one, else the first, else none."""
        if self.pick is not None and self.pick < len(self.takes):
            return self.takes[self.pick]
        return self.takes[0] if self.takes else None


class Score(Struct, frozen=True, tag_field="kind", tag="score"):
    """Metrics over a scene (when `scene` names one) or over a whole movie."""

    id: Id
    movie: Id
    scene: str | None = None
    scores: dict[str, Any] = {}
    error: Failure | None = None


class CutShot(Struct, frozen=True):
    """A shot in a finished film: which take, and where in the film it stands."""

    shot: str
    take: str
    start: Seconds = 0.0
    seconds: Seconds = 0.0


class Cut(Struct, frozen=True, tag_field="kind", tag="cut"):
    """A finished film and the timeline it was cut from; `missing` names the shots that are not in it."""

    id: Id
    movie: Id
    path: str = ""
    timeline: list[CutShot] = []
    missing: list[str] = []
    sha256: str | None = None
    frames: Count = 0
    fps: FrameRate = 24.0
    width: Pixels = 832
    height: Pixels = 480
    seconds: Seconds = 0.0
    error: Failure | None = None


Record = Movie | Character | Scene | Shot | Score | Cut
RECORDS: Mapping[str, type[Record]] = {
    "movie": Movie,
    "character": Character,
    "scene": Scene,
    "shot": Shot,
    "score": Score,
    "cut": Cut,
}
HEADERS = frozenset({"movie", "character", "scene"})
