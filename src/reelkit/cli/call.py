"""One invocation of a verb: its values, its streams, and the loop that runs a stage over a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reelkit.cli.output import FailedFast, deliver, write_rows
from reelkit.cli.settings import Value
from reelkit.cli.signals import StopSignals
from reelkit.cli.tally import Tally
from reelkit.cli.watch import Watch
from reelkit.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from reelkit.cli.environment import Environment
    from reelkit.cli.logs import Log
    from reelkit.cli.spec import Verb
    from reelkit.manifest.records import Entry
    from reelkit.manifest.shards import Selection
    from reelkit.models import Models

T = TypeVar("T")
Stage = Callable[[Iterable["Entry"], Watch], Iterator["Entry"]]


class Call:
    """What a verb's `run` gets."""

    def __init__(
        self,
        env: Environment,
        verb: Verb,
        values: dict[str, Value],
        operands: list[str],
        log: Log,
        other_values: Callable[[str], dict[str, Value]],
    ) -> None:
        self.env = env
        self.verb = verb
        self.values = values
        self.operands = operands
        self.log = log
        self.other_values = other_values
        """What another verb would run with here: `why` asks for what `shot` would do."""
        grace = 0.0 if values.get("dry_run") else values.get("grace", 0.0)  # then nothing is ever in hand
        self.stop = StopSignals(grace if isinstance(grace, float) else 0.0, env.signals)
        self.tally = Tally(env.clock)
        self.watch = Watch(log)

    def has(self, name: str) -> bool:
        """Whether switch `name` is on."""
        return bool(self.values.get(name, False))

    def path(self, name: str) -> Path | None:
        """The path given as option `name`."""
        value = self.values.get(name)
        return value if isinstance(value, Path) else None

    def options(self, kind: type[T], **more: Any) -> T:
        """The stage's option struct, filled by name with this call's values and then with `more`."""
        return fill(kind, self.values, **more)

    def stage_options(self, kind: type[T], **more: Any) -> T:
        """Like `options`, with the selection and the stop that batch stages take."""
        return self.options(kind, selection=self.selection(), should_stop=self.stop.requested, **more)

    def selection(self) -> Selection | None:
        """The shots of `--only` and `--shard`; None is all."""
        only, shard = self.values.get("only", ()), self.values.get("shard")
        if not only and shard is None:
            return None
        from reelkit.manifest.shards import Selection, Shard

        assert isinstance(only, tuple)
        part = Shard.parse(str(shard), self.env.environ) if shard is not None else None
        return Selection(only=only, shard=part)

    def models(self) -> Models:
        """The loader, in the host that stages share unless REEL_HOST is off; nothing heavy is read before it is asked."""
        hosted = self.env.environ.get("REEL_HOST") or "on"
        if hosted not in ("on", "off"):
            raise UsageError(f"REEL_HOST={hosted}: give on (the host that stages share) or off (in this process)")
        device, dtype = (str(self.values.get(name, "auto")) for name in ("device", "dtype"))
        # What torchrun starts are ranks that compute together, each with a device of its own.
        if hosted == "off" or self.env.environ.get("WORLD_SIZE", "1") != "1":
            from reelkit.models import open_models

            return open_models(device, dtype)
        from reelkit.host import HostedModels

        return HostedModels(device, dtype, self.env.environ)

    def entries(self, names: Iterable[str] | None = None) -> Iterator[Entry]:
        """The records of the manifests given, or of standard input; wrong lines are reported and counted."""
        from reelkit.cli.input import read

        return read(self, names or self.operands or ["-"])

    def run(self, stage: Stage, *, follow: bool = True, several: bool | None = None, silent: bool = False) -> int:
        """Run `stage` over the manifest and write what it yields; the exit status.

        With `follow` false every record counts as done: verbs that make a manifest rather than add to one. several:
        whether more than one may be given, as the verb's operand says if None. silent: standard output is for something
        else, and only `--manifest-out` gets the records.
        """
        if not (bool(self.verb.operand and self.verb.operand.many) if several is None else several):
            self.require_one(self.operands)
        if follow and self.watch.screen is not None:
            from reelkit.cli.input import count_shots

            self.watch.expected(count_shots(self))
        entries = self.entries() if follow else iter(())
        selection = self.selection()
        keeps = selection.keeps if selection is not None else _every
        unseen = dict.fromkeys(selection.only if selection is not None else ())
        if unseen:
            entries = _ticked(entries, unseen)

        def pump(write: Callable[[Entry], None]) -> None:
            for entry in stage(self.tally.reading(entries, keeps), self.watch):
                write(entry)
                failed = self.tally.written(entry, self.verb.name)
                self._report(entry, failed)
                if failed and self.has("fail_fast"):
                    raise FailedFast
                self.stop.check()

        with suppress(FailedFast):
            if silent and self.path("manifest_out") is None:
                pump(_nowhere)
            else:
                deliver(self, pump)
        for glob in unseen:
            self.log("warning", f"--only {glob}: no shot has that id")
        return self.status()

    def require_one(self, inputs: list[str]) -> None:
        """UsageError where several inputs are given to a verb that reads one."""
        if len(inputs) > 1 and self.verb.operand is not None:
            joins = "; `reel merge` joins several" if self.verb.operand.noun == "manifest" else ""
            raise UsageError(f"{inputs[1]}: one {self.verb.operand.noun} at a time{joins}")

    def rows(self, rows: Iterable[object], table: Callable[[list[Any]], str]) -> int:
        """Write `rows` as JSON lines for a pipe and as a table for a person; the exit status."""
        kept = list(rows)
        self.watch.close()
        write_rows(self, kept, table)
        return self.status()

    def status(self) -> int:
        """What the shell is told of the records."""
        return ExitStatus.RECORDS_FAILED if self.tally.failed else ExitStatus.OK

    def _report(self, entry: Entry, failed: bool) -> None:
        name = f"{entry.movie}/{entry.id}" if entry.kind != "movie" else entry.id
        seconds = self.tally.lap()
        fields: dict[str, object] = {"kind": entry.kind, "movie": entry.movie, "id": entry.id}
        if failed:
            error = entry.error
            message = error.message if error is not None else "failed"
            kind = f"{error.type}: " if error is not None and error.type != "RecordError" else ""
            self.watch.failed(message)
            where = f"{entry.where}: " if entry.where and entry.where not in message else ""
            self.log("error", f"{where}{entry.kind} {name}: {kind}{message}", **fields)
        elif self.tally.last_changed:
            text = f"{entry.kind} {name} done ({seconds:.1f} s)"
            self.log("debug", text, seconds=round(seconds, 3), **fields)
        self.watch.finished(self.tally.done + self.tally.failed, self.tally.passed_shots)


def fill(kind: type[T], values: dict[str, Value], **more: Any) -> T:
    """A msgspec struct of `kind` from the values whose names are its fields."""
    fields: tuple[str, ...] = kind.__struct_fields__  # type: ignore[attr-defined]
    known = {name: value for name, value in values.items() if name in fields}
    return kind(**{**known, **more})


def _ticked(entries: Iterator[Entry], unseen: dict[str, None]) -> Iterator[Entry]:
    """The entries, unchanged; globs that one of the shots matches leave `unseen`."""
    from reelkit.manifest.shards import matches

    for entry in entries:
        if unseen and entry.kind == "shot":
            for glob in [glob for glob in unseen if matches((glob,), entry.movie, entry.id)]:
                del unseen[glob]
        yield entry


def _nowhere(_: Entry) -> None:
    return


def _every(_: Entry) -> bool:
    return True
