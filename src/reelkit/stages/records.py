"""How a stage goes through a manifest: which records it works on, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from reelkit.errors import RecordError, ReelError, StoppedError, StorageError, UnavailableError
from reelkit.manifest.context import Context
from reelkit.manifest.order import ShotOrder
from reelkit.manifest.records import Entry, Shot
from reelkit.manifest.shards import Selection, Turn
from reelkit.manifest.validation import shot_problems
from reelkit.media.atomic import is_full, no_room
from reelkit.stages.options import StageOptions
from reelkit.stages.progress import Progress


class Work(Protocol):
    """What a stage does with one shot: the record with what was made, or an exception that says why not."""

    def __call__(self, entry: Entry, shot: Shot, context: Context) -> Entry: ...


class Observer(Protocol):
    """Told of every shot in order once it is done with; `foreign` shots are another shard's."""

    def __call__(self, shot: Shot, *, foreign: bool) -> None: ...


def _none(_: Entry) -> bool:
    return False


def each_record(
    entries: Iterable[Entry],
    stage: str,
    options: StageOptions,
    progress: Progress,
    work: Work,
    observe: Observer | None = None,
    header: Callable[[Entry, Context], Entry] | None = None,
    mends: Callable[[Entry], bool] = _none,
) -> Iterator[Entry]:
    """Yield every entry of this shard as soon as it is done.

    A record that `work` (or `header`, which is given headers) cannot do carries the reason in `error` and
    the rest goes on, unless `options.fail_fast`. What another stage failed passes, but for shots that `mends`
    takes on. `StoppedError`, `UnavailableError` and `StorageError` (a full disk) end the stage: they concern
    every record. With `observe`, order matters: a shot out of order is a record error.
    """
    progress.start(stage, None)
    selection = options.selection or Selection()
    context = Context()
    order = None if observe is None else ShotOrder(together=True)

    def attempt(entry: Entry, do: Callable[[Entry], Entry]) -> Entry:
        try:
            return do(entry.clear_error(stage))
        except (StoppedError, UnavailableError, StorageError):
            raise
        except (ReelError, OSError, ValueError) as wrong:
            if is_full(wrong):
                raise no_room(getattr(wrong, "filename", None) or options.media) from wrong
            if options.fail_fast:
                raise RecordError(_where(entry, wrong)) from wrong
            progress.note("warning", _where(entry, wrong))
            return entry.fail(stage, wrong)

    def shot_work(entry: Entry) -> Entry:
        shot = entry.shot()
        context.movie(shot.movie)
        if order is not None and (problem := order.problem(shot)):
            raise RecordError(problem)
        if problems := list(shot_problems(shot)):
            raise RecordError("; ".join(problems))
        return work(entry, shot, context)

    for original in entries:
        entry = original
        turn = selection.turn(entry)
        if entry.is_header:
            if header is not None and not entry.failed_elsewhere(stage):
                context.observe(entry)
                entry = attempt(entry, lambda e: header(e, context))
            context.observe(entry)
        if entry.kind == "shot":
            if turn is Turn.WORK and (not entry.failed_elsewhere(stage) or mends(entry)):
                entry = attempt(entry, shot_work)
            _tell(entry, turn is Turn.DROP, order, observe)
        if turn is not Turn.DROP:
            yield original if options.dry_run else entry


def _tell(entry: Entry, foreign: bool, order: ShotOrder | None, observe: Observer | None) -> None:
    """Let `observe` see the shot as it leaves; a record that cannot be read has nothing to show."""
    if order is None or observe is None:
        return
    try:
        shot = entry.shot()
    except RecordError:
        return
    if order.problem(shot) is None:
        order.passed(shot)
        observe(shot, foreign=foreign)


def _where(entry: Entry, wrong: BaseException) -> str:
    message = str(wrong) or type(wrong).__name__
    return message if entry.where and entry.where in message else entry.describe(message)
