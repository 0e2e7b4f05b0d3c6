"""What a report keeps of a run: a few hundred bytes a shot, whatever the length of the films."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from reelkit.errors import GateError, RecordError
from reelkit.manifest.kinds import Take
from reelkit.manifest.records import Entry, Shot
from reelkit.manifest.streams import read_entries
from reelkit.media.store import MediaStore
from reelkit.metrics.registry import METRICS

Name = tuple[str, str]
"""Movie and id."""


class Run(msgspec.Struct, frozen=True):
    """One scored manifest: what to call it, its records or the file that holds them, and its media folder."""

    label: str
    entries: Iterable[Entry] | Path
    media: Path


class ShotFacts(msgspec.Struct, frozen=True):
    """What the page shows of a shot. Paths are as the manifest has them, relative to the media folder."""

    movie: str
    id: str
    scene: str | None
    order: int
    prompt: str
    framing: str
    characters: tuple[str, ...]
    clip: str
    """Of the take that stands for the shot; empty without one."""
    still: str
    """Its first keyframe, for a shot without a take."""
    frames: int
    seconds: float
    pick: int | None
    takes: int
    missed: tuple[str, ...]
    """Gates that the take misses, and other takes' reasons."""
    passed: bool | None
    error: str
    scores: Mapping[str, float]


class GroupFacts(msgspec.Struct, frozen=True):
    """What the page shows of a scene or, with `scene` None, a movie."""

    movie: str
    scene: str | None
    shots: int
    scores: Mapping[str, float]
    error: str = ""
    similarity: tuple[tuple[str, ...], tuple[tuple[float | None, ...], ...]] | None = None
    """Shot ids, and [N][N] similarities."""


class Collector:
    """Takes the records of a scored run as they stream by, and keeps what a report needs of each.

    Where a record repeats an identity the last stands. A record that cannot be read is counted in `unread`.
    """

    def __init__(self, label: str, media: Path) -> None:
        self.label, self.store = label, MediaStore(media)
        self.shots: dict[Name, ShotFacts] = {}
        self.groups: dict[Name, GroupFacts] = {}
        self.titles: dict[str, str] = {}
        self.headings: dict[Name, str] = {}
        self.names: dict[Name, str] = {}
        self.provenance: list[Mapping[str, Any]] = []
        self.skipped: dict[str, None] = {}
        """Lines that say which metric was not measured and why, in the order in which they came."""
        self.unread: list[str] = []

    def add(self, entry: Entry) -> None:
        """Keep what the page needs of the record."""
        try:
            self._add(entry)
        except RecordError as error:
            self.unread.append(str(error))

    def skip(self, reason: str) -> None:
        """Keep why a metric was not measured, in a line."""
        self.skipped[reason] = None

    def _add(self, entry: Entry) -> None:
        if entry.kind == "shot":
            self.shots[entry.movie, entry.id] = _shot(entry.shot())
        elif entry.kind == "score":
            self._score(entry)
        elif entry.kind == "movie":
            self.titles[entry.id] = entry.movie_record().title or entry.id
        elif entry.kind == "scene":
            self.headings[entry.movie, entry.id] = entry.scene().heading
        elif entry.kind == "character":
            self.names[entry.movie, entry.id] = entry.character().name or entry.id

    def _score(self, entry: Entry) -> None:
        record = entry.score()
        told = _field(entry, "provenance", dict[str, Any]) or {}
        if not told and (encoder := _field(entry, "encoder", str)):
            told = {"encoder": encoder}
        for reason in _reasons(told.pop("skipped", None)):
            self.skip(reason)
        if told and told not in self.provenance:
            self.provenance.append(told)
        self.groups[entry.movie, entry.id] = GroupFacts(
            movie=entry.movie,
            scene=record.scene,
            shots=_field(entry, "shots", int) or 0,
            scores=numbers(record.scores),
            error="" if record.error is None else record.error.message,
            similarity=_similarity(entry),
        )

    def scenes(self) -> list[GroupFacts]:
        """Score records of scenes, in the order of the manifest."""
        return [group for group in self.groups.values() if group.scene is not None]

    def movies(self) -> list[GroupFacts]:
        """Score records of movies."""
        return [group for group in self.groups.values() if group.scene is None]

    def measured(self) -> set[str]:
        """Names that any record has a number for."""
        scores = [facts.scores for facts in self.shots.values()] + [facts.scores for facts in self.groups.values()]
        return {name for each in scores for name in each}


def collect(runs: Sequence[Run | Collector]) -> list[Collector]:
    """The runs, read to their ends; labels that repeat get a number."""
    collectors: list[Collector] = []
    taken: set[str] = set()
    for run in runs:
        collector = run if isinstance(run, Collector) else _read(run)
        label, count = collector.label or "run", 1
        while collector.label in taken or not collector.label:
            count += bool(collector.label)
            collector.label = label if count == 1 else f"{label} ({count})"
        taken.add(collector.label)
        collectors.append(collector)
    return collectors


def metric_names(runs: Sequence[Collector]) -> list[str]:
    """Metrics that any run has a number for: those of the registry in its order, then others by name."""
    found = set().union(*(run.measured() for run in runs))
    known = [metric.name for metric in METRICS if metric.name in found]
    return known + sorted(found.difference(known))


def numbers(scores: Mapping[str, Any]) -> dict[str, float]:
    """Those scores that are finite numbers; what could not be measured is absent, never zero."""
    return {
        name: float(value)
        for name, value in scores.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _read(run: Run) -> Collector:
    collector = Collector(run.label, run.media)
    for entry in _entries(run.entries, collector):
        collector.add(entry)
    return collector


def _entries(given: Iterable[Entry] | Path, collector: Collector) -> Iterator[Entry]:
    if not isinstance(given, Path):
        yield from given
        return
    with given.open("rb") as stream:
        yield from read_entries(
            stream, str(given), lambda reject: collector.unread.append(f"{reject.where}: {reject.reason}")
        )


def _shot(shot: Shot) -> ShotFacts:
    take = shot.picked
    missed = [f"take {n}: {why}" for n, each in enumerate(shot.takes) if each.gate is not None for why in each.gate.missed]
    return ShotFacts(
        movie=shot.movie,
        id=shot.id,
        scene=shot.scene,
        order=shot.order,
        prompt=shot.prompt,
        framing=", ".join(part for part in (shot.framing, shot.camera) if part),
        characters=tuple(shot.characters),
        clip=take.path if take else "",
        still=shot.keyframes[0].path if shot.keyframes else "",
        frames=take.frames if take else 0,
        seconds=_seconds(take) or shot.seconds,
        pick=shot.pick,
        takes=len(shot.takes),
        missed=tuple(missed),
        passed=take.gate.passed if take is not None and take.gate is not None else None,
        error="" if shot.error is None or (missed and shot.error.type == GateError.__name__) else shot.error.message,
        scores=numbers(shot.scores or (take.scores if take else {})),
    )


def _seconds(take: Take | None) -> float:
    return take.frames / take.fps if take is not None else 0.0


def _field(entry: Entry, name: str, type: Any) -> Any:
    """A field that the record's type does not know; None where it is absent or of another type."""
    try:
        return msgspec.json.decode(entry.raw.get(name, b"null"), type=type | None)
    except msgspec.DecodeError:
        return None


def _similarity(entry: Entry) -> Any:
    given = _field(entry, "similarity", Similarity)
    if given is None or len(given.shots) != len(given.matrix) or any(len(row) != len(given.shots) for row in given.matrix):
        return None
    return tuple(given.shots), tuple(tuple(row) for row in given.matrix)


class Similarity(msgspec.Struct, frozen=True):
    """How a score record writes the similarities of its shots: N ids, [N][N] numbers, null where there is none."""

    shots: list[str]
    matrix: list[list[float | None]]


def _reasons(given: Any) -> list[str]:
    if isinstance(given, Mapping):
        return [f"{name}: {reason}" for name, reason in given.items()]
    return [str(each) for each in given] if isinstance(given, list) else []
