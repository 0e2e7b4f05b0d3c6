"""Whether a record can be meant: what the types cannot tell, because it takes other records or the media."""

from collections.abc import Callable, Iterable, Iterator

from reelkit.errors import RecordError
from reelkit.manifest.context import Context
from reelkit.manifest.records import RECORDS, Character, Cut, Entry, Record, Shot

TILING_SLACK = 0.05
"""Seconds by which the beats of a shot may miss its length: about a frame at 24 a second."""

REMEMBERED_SHOTS = 2**16
"""How many shots back a repeat is known for one; an older one counts as out of order."""


class Validator:
    """Checks records as they pass. Memory is bounded by the headers and `REMEMBERED_SHOTS`."""

    def __init__(self, context: Context, exists: Callable[[str], bool] | None = None) -> None:
        """`context` holds the headers before the record in hand; `exists` tells a media path from a gap."""
        self.context, self.exists = context, exists
        self._last: dict[str, Shot] = {}
        self._seen: dict[tuple[str, str], None] = {}

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
            yield from self._order(record)
            yield from shot_problems(record)
        for path in media_paths(record):
            if "\0" in path:
                yield f"the path {path!r} holds a null byte"
            elif self.exists is not None and not self.exists(path):
                yield f"its media file {path} is missing"

    def _order(self, shot: Shot) -> Iterator[str]:
        name = (shot.movie, shot.id)
        last = self._last.get(shot.movie)
        if name not in self._seen and last is not None and shot.order <= last.order:
            relation = "repeats the order of" if shot.order == last.order else "comes too late: after"
            yield f"its order {shot.order} {relation} shot {last.id} ({last.order}); `reel merge` sorts shots"
        self._seen.pop(name, None)
        self._seen[name] = None
        if len(self._seen) > REMEMBERED_SHOTS:
            del self._seen[next(iter(self._seen))]
        if last is None or shot.order > last.order:
            self._last[shot.movie] = shot


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


def validate(
    entries: Iterable[Entry], stage: str = "validate", exists: Callable[[str], bool] | None = None
) -> Iterator[Entry]:
    """The entries, those that are wrong with an `error` of `stage`, those made right since without it."""
    context = Context()
    validator = Validator(context, exists)
    for entry in entries:
        context.observe(entry)
        try:
            validator.check(entry)
        except RecordError as exc:
            yield entry if entry.failed_elsewhere(stage) else entry.fail(stage, exc)
        else:
            yield entry.clear_error(stage)
