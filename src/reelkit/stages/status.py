"""`reel status`: where a batch stands, movie by movie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.errors import RecordError
from reelkit.manifest.validation import media_paths
from reelkit.media.store import MediaStore
from reelkit.stages.chunking import plan_frames

if TYPE_CHECKING:
    from reelkit.manifest.records import Entry, Shot


class MovieStatus(msgspec.Struct, kw_only=True):
    """Counts of shots of one movie, and its seconds."""

    movie: str
    title: str = ""
    shots: int = 0
    keyframes: int = 0
    """Shots with at least one still."""
    takes: int = 0
    """Shots with at least one take."""
    finished: int = 0
    """Shots whose picked take fills the plan."""
    locked: int = 0
    scored: int = 0
    failed: int = 0
    """Shots that carry an error."""
    missing: int = 0
    """Shots whose record names media that is not there."""
    planned_seconds: float = 0.0
    made_seconds: float = 0.0
    wall_seconds: float = 0.0
    errors: dict[str, int] = msgspec.field(default_factory=dict)
    """Failures by stage."""


def status(entries: Iterable[Entry], media: Path | None = None) -> Iterator[MovieStatus]:
    """Yield one row a movie in order of appearance; with `media`, files are looked for too.

    Of a record that repeats in the stream the last stands.
    """
    store = None if media is None else MediaStore(media)
    rows: dict[str, MovieStatus] = {}
    last = {entry.identity: entry for entry in entries if entry.movie}
    for entry in last.values():
        row = rows.setdefault(entry.movie, MovieStatus(movie=entry.movie))
        error = entry.error
        if error is not None:
            row.errors[error.stage] = row.errors.get(error.stage, 0) + 1
        try:
            if entry.kind == "movie":
                row.title = entry.movie_record().title
            elif entry.kind == "shot":
                row.shots += 1
                row.failed += error is not None
                _count(row, entry.shot(), store)
        except RecordError:
            if error is None:
                row.failed += entry.kind == "shot"
                row.errors["manifest"] = row.errors.get("manifest", 0) + 1
    yield from rows.values()


def _count(row: MovieStatus, shot: Shot, store: MediaStore | None) -> None:
    row.planned_seconds += shot.seconds
    row.keyframes += bool(shot.keyframes)
    row.takes += bool(shot.takes)
    row.locked += any(take.locked for take in shot.takes)
    row.wall_seconds += sum(take.wall_seconds or 0.0 for take in shot.takes)
    take = shot.picked
    if take is not None:
        row.finished += take.frames >= plan_frames(shot.seconds, take.fps)
        row.made_seconds += take.frames / take.fps
    row.scored += bool(shot.scores) or (take is not None and bool(take.scores))
    row.missing += store is not None and not all(store.exists(path) for path in media_paths(shot))
