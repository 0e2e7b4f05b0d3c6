"""Where a verb's records come from: files or standard input, wrong lines reported and set aside."""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from reelkit.errors import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from reelkit.cli.call import Call
    from reelkit.manifest.records import Entry
    from reelkit.manifest.streams import Reject

STDIN = "-"
SHOT_LINE = re.compile(rb'"kind"\s*:\s*"shot"')
LONGEST = 2**24
"""Bytes of a line that are looked at together."""


def open_input(call: Call, name: str) -> BinaryIO:
    """The bytes of file `name`, or of standard input for `-`; `UnreadableError` names what cannot be read."""
    if name == STDIN:
        return call.env.stdin
    path = call.env.path(name)
    try:
        return path.open("rb")
    except OSError as problem:
        raise UnreadableError(
            f"{path}: {problem.strerror}; give a file that can be read, or - for stdin"
        ) from None


def read(call: Call, names: Iterable[str]) -> Iterator[Entry]:
    """Entries of the manifests in order; every file is opened before the first is read."""
    streams = [(display(name), open_input(call, name)) for name in names]
    return _read(call, streams)


def display(name: str) -> str:
    """How messages call input `name`."""
    return "<stdin>" if name == STDIN else name


def _read(call: Call, streams: list[tuple[str, BinaryIO]]) -> Iterator[Entry]:
    from reelkit.manifest.streams import read_entries

    with Rejects(call) as rejects:
        for name, stream in streams:
            entries = read_entries(stream, name, rejects)
            while True:
                if not ready(stream):
                    call.watch.waiting()
                with call.stop.waiting():
                    entry = next(entries, None)
                if entry is None:
                    break
                yield entry
            if stream is not call.env.stdin:
                stream.close()


def count_shots(call: Call) -> int:
    """How many shots will leave the verb, as far as files can tell beforehand; 0 for standard input.

    Reads them once more; only a shard needs the records and not their lines.
    """
    names = call.operands or [STDIN]
    paths = [call.env.path(name) for name in names]
    if STDIN in names or not all(path.is_file() for path in paths):
        return 0
    selection = call.selection()
    total = 0
    for path in paths:
        with path.open("rb") as stream:
            if selection is None or selection.shard is None:
                lines = iter(partial(stream.readline, LONGEST), b"")
                total += sum(SHOT_LINE.search(line) is not None for line in lines)
                continue
            from reelkit.manifest.streams import read_entries

            entries = read_entries(stream, str(path), lambda reject: None)
            total += sum(entry.kind == "shot" and selection.keeps(entry) for entry in entries)
    return total


def ready(stream: BinaryIO) -> bool:
    """Whether reading may go on at once; false for a pipe that holds nothing now."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError):
        return True


class Rejects:
    """Reports lines that are no records, and writes them to the file of `--rejects`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._path: Path | None = call.path("rejects")
        self._file: BinaryIO | None = None

    def __enter__(self) -> Callable[[Reject], None]:
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("wb")
            except OSError as problem:
                raise UnreadableError(
                    f"{self._path}: cannot be written: {problem.strerror}; choose another file for --rejects"
                ) from None
        return self.report

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def report(self, reject: Reject) -> None:
        """One line that is no record."""
        self._call.tally.reject()
        self._call.log("error", f"{reject.where}: no record: {reject.reason}", where=reject.where)
        if self._file is not None:
            self._file.write(reject.encode() + b"\n")
            self._file.flush()
