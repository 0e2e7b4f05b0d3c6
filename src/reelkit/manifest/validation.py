"""Whether a record can be meant: what the types cannot tell, because it takes other records or the media."""

from collections.abc import Callable, Iterator

from reelkit.errors import RecordError
from reelkit.manifest.context import Context
from reelkit.manifest.order import ShotOrder
from reelkit.manifest.records import RECORDS, Character, Cut, Entry, Record, Shot

TILING_SLACK = 0.05
"""Seconds by which the beats of a shot may miss its length: about a frame at 24 a second."""


class Validator:
    """Checks records as they pass. Memory is bounded by the headers and by `ShotOrder`."""

    def __init__(self, context: Context, exists: Callable[[str], bool] | None = None) -> None:
        """`context` holds the headers before the record in hand; `exists` tells a media path from a gap."""
        self.context, self.exists = context, exists
        self._order = ShotOrder()

    def check(self, entry: Entry) -> None:
        """RecordError names the line, the record and what is wrong; records of unknown kinds are right."""
        if entry.kind not in RECORDS:
            return
        record = entry.view(RECORDS[entry.kind])
        problems = list(self._problems(entry, record))
        if problems:
            raise RecordError(entry.describe("; ".join(problems)))

    def _problems(self, entry: Entry, record: Record) -> Iterator[str]:
        if not self.context.has_movie(entry.movie):
            yield f"its movie {entry.movie} has no record before it (`reel merge` puts headers first)"
        if isinstance(record, Shot):
            if problem := self._order.problem(record):
                yield problem
            self._order.passed(record)
            yield from shot_problems(record)
        for path in media_paths(record):
            if "\0" in path:
                yield f"the path {path!r} holds a null byte"
            elif self.exists is not None and not self.exists(path):
                yield f"its media file {path} is missing"


def shot_problems(shot: Shot) -> Iterator[str]:
    """What a shot says that does not agree with itself."""
    tiled = sum(beat.seconds for beat in shot.beats)
    if shot.beats and abs(tiled - shot.seconds) > TILING_SLACK:
        yield f"its beats last {tiled:g} s together, and the shot {shot.seconds:g} s"
    if shot.pick is not None and shot.pick >= len(shot.takes):
        yield f"it picks take {shot.pick} of {len(shot.takes)} (takes count from 0)"


def media_paths(record: Record) -> Iterator[str]:
    """Every media path a record names, in its order."""
    if isinstance(record, Character):
        yield from record.portraits
    elif isinstance(record, Cut) and record.path:
        yield record.path
    elif isinstance(record, Shot):
        yield from (keyframe.path for keyframe in record.keyframes if keyframe.path)
        for take in record.takes:
            yield from (path for path in (take.path, *(still.path for still in take.shot_cache)) if path)
