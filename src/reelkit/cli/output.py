"""Where a verb's data goes: standard output line by line, or one file that is replaced at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.manifest.records import Entry
    from reelkit.manifest.streams import EntryWriter


class FailedFast(Exception):
    """`--fail-fast` met a record that failed."""


class ClosedPipe(Exception):
    """The reader of standard output went away (`| head`)."""


def deliver(call: Call, pump: Callable[[Callable[[Entry], None]], None]) -> None:
    """Have `pump` write its records, each with one call; whoever reads has it when the call returns.

    With `--manifest-out` they go to a file that is replaced only when `pump` ends without an exception. Of processes that
    share a picture out among GPUs the first one speaks.
    """
    from reelkit.manifest.streams import EntryWriter

    if int(str(call.values.get("context_parallel", 1))) > 1 and int(call.env.environ.get("RANK") or 0) > 0:
        pump(lambda entry: None)
        return
    target = call.path("manifest_out")
    if target is None:
        pump(_careful(EntryWriter(call.env.stdout)))
        return
    from reelkit.media.atomic import is_special, write_atomic

    if is_special(target):
        with target.open("wb") as stream:
            pump(_careful(EntryWriter(stream)))
        return

    def fill(part: Path) -> None:
        with part.open("wb") as stream:
            pump(EntryWriter(stream).write)

    try:
        write_atomic(target, fill)
    except BaseException:
        call.log("warning", f"{target} was not written: the input was not read to its end")
        raise


def _careful(writer: EntryWriter) -> Callable[[Entry], None]:
    def write(entry: Entry) -> None:
        try:
            writer.write(entry)
        except BrokenPipeError:
            raise ClosedPipe from None

    return write


def write_rows(call: Call, rows: list[Any], table: Callable[[list[Any]], str] | None = None) -> None:
    """`rows` as JSON lines on a stdout that is no terminal, as a table on stderr; where no table is wanted
    (quiet, JSON logs, none given) always as lines."""
    import msgspec

    if table is not None and call.env.stdout_isatty and not call.log.quiet and not call.log.as_json:
        call.log.table(table(rows))
        return
    write_bytes(call, b"".join(msgspec.json.encode(row, enc_hook=str) + b"\n" for row in rows))
    if table is not None:
        call.log.table(table(rows))


def write_bytes(call: Call, content: bytes) -> None:
    """Data on standard output; `ClosedPipe` if nobody reads it."""
    try:
        call.env.stdout.write(content)
        call.env.stdout.flush()
    except BrokenPipeError:
        raise ClosedPipe from None
