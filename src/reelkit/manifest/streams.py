"""Manifest streams: lines in, entries out, one at a time, and what cannot be an entry to one side."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

import jsonlines
import msgspec
from msgspec import Raw, Struct

from reelkit.errors import UnreadableError
from reelkit.manifest import overlay
from reelkit.manifest.records import Entry

MAX_LINE = 16 * 2**20
"""Bytes of the longest line that is read; a longer one is skipped without being held."""

MAX_DEPTH = 100
"""Brackets within brackets; one number, so that no stage fails on what another has read."""

SKIP_STEP = 2**16
TEXT_PREFIX = 200

_fields = msgspec.json.Decoder(dict[str, Raw])
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Reject(Struct, frozen=True):
    """A line that is no record: `where` is "file:line", `text` how the line begins."""

    where: str
    line: int
    reason: str
    text: str

    def encode(self) -> bytes:
        """One line of JSON without its newline."""
        return overlay.encode(self)


def read_entries(
    stream: BinaryIO, name: str, rejects: Callable[[Reject], None], max_line: int = MAX_LINE
) -> Iterator[Entry]:
    """Entries of a JSONL manifest in order, in memory bounded by `max_line` bytes.

    A byte order mark, CRLF and blank lines are tolerated. A line that is too long, not UTF-8, not one JSON
    object or without identity goes to `rejects`, and reading goes on. UnreadableError if the stream breaks.
    """

    def reject(line: int, reason: str, text: str | bytes) -> None:
        begin = text[:TEXT_PREFIX]
        shown = begin.decode("utf-8", "replace") if isinstance(begin, bytes) else begin
        rejects(Reject(f"{name}:{line}", line, reason, shown))

    lines = _Lines(stream, name, max_line, reject)
    with jsonlines.Reader(lines, loads=_loads) as reader:
        while True:
            try:
                fields = cast(dict[str, Raw], reader.read(skip_empty=True))
            except EOFError:
                return
            except jsonlines.InvalidLineError as exc:
                reject(exc.lineno, _reason(exc), exc.line)
                continue
            try:
                entry = Entry(fields, f"{name}:{lines.number}")
            except ValueError as exc:
                reject(lines.number, str(exc), overlay.encode(fields))
                continue
            yield entry


class EntryWriter:
    """Writes entries as lines, each flushed as soon as it is written, so that stages overlap."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def write(self, entry: Entry) -> None:
        self.stream.write(entry.encode() + b"\n")
        self.stream.flush()


class _Lines:
    """The lines of a stream, none longer than `max_line`; `number` is that of the line in hand."""

    def __init__(
        self, stream: BinaryIO, name: str, max_line: int, reject: Callable[[int, str, bytes], None]
    ) -> None:
        self.stream = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
        self.name, self.max_line, self.reject = name, max_line, reject
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        while line := self._read(self.max_line + 1):
            self.number += 1
            if len(line) <= self.max_line or line.endswith(b"\n"):
                yield line
                continue
            begin, length = line[:TEXT_PREFIX], len(line)
            while line and not line.endswith(b"\n"):
                line = self._read(SKIP_STEP)
                length += len(line)
            reason = f"it is {length:,} bytes long; at most {self.max_line:,} are read"
            self.reject(self.number, reason, begin)
            yield b""  # blank to the reader, whose count of lines then stays ours

    def _read(self, limit: int) -> bytes:
        try:
            return self.stream.readline(limit)
        except OSError as exc:
            raise UnreadableError(f"{self.name}:{self.number + 1}: {exc.strerror or exc}") from exc


def _loads(line: str | bytes) -> Any:
    """The fields of a line, verbatim; a ValueError says why it has none."""
    text = (line if isinstance(line, str) else line.decode()).strip()
    if (depth := _depth(text)) > MAX_DEPTH:
        raise ValueError(f"it is nested {depth:,} deep; at most {MAX_DEPTH} is read")
    try:
        fields = _fields.decode(text)
    except msgspec.ValidationError as exc:
        raise ValueError(f"it is no JSON object: {exc}") from exc
    except msgspec.DecodeError as exc:
        if _SURROGATE.search(text) is not None and _is_json(text):
            raise ValueError("it holds half of a surrogate pair (\\ud8xx), which is no character") from exc
        raise ValueError(f"not JSON: {str(exc).removeprefix('JSON is malformed: ')}") from exc
    except UnicodeEncodeError as exc:
        raise ValueError(f"not UTF-8: {exc.reason}") from exc
    # Equal lengths prove that no key was dropped as a repeat and nothing but the fields was there.
    if len(overlay.encode(fields)) != len(text.encode()) and (key := _repeated_key(text)) is not None:
        raise ValueError(f"the field `{key}` stands twice in it")
    return fields


def _depth(text: str) -> int:
    """How deep brackets nest; the count of opening ones when that is small enough to prove the point."""
    opening = text.count("[") + text.count("{")
    if opening <= MAX_DEPTH:
        return opening
    depth = deepest = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _is_json(text: str) -> bool:
    """Whether msgspec minds nothing in it but escapes of surrogates."""
    try:
        _fields.decode(_SURROGATE.sub(r"\\u00", text))
    except msgspec.DecodeError:
        return False
    return True


def _repeated_key(text: str) -> str | None:
    """A top-level key that stands twice; inside a value the last one stands, as it does for jq."""
    repeated: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        repeated[:] = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]

    json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str)  # the outermost comes last
    return repeated[0] if repeated else None


def _reason(exc: jsonlines.InvalidLineError) -> str:
    cause = exc.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return f"not UTF-8 at byte {cause.start + 1}: {cause.reason}"
    return str(cause) if isinstance(cause, ValueError) else str(exc)
