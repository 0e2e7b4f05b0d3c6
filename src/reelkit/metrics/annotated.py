"""What people wrote down: a file of JSON lines, in which every family reads the lines that have its own field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from reelkit.errors import RecordError, UnreadableError

T = TypeVar("T", bound=msgspec.Struct)


def annotated(path: Path, field: str, as_type: type[T]) -> Sequence[T]:
    """The lines that have `field`, as structs; lines without it are other families' and may look like anything.

    A file is read once, until it changes. UnreadableError where it cannot be read, RecordError (with the line's number)
    where a line is no JSON object or one with the field does not fit.
    """
    try:
        changed = path.stat().st_mtime_ns
        return _fitting(path, changed, field, as_type)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error


@lru_cache(maxsize=8)
def _fitting(path: Path, changed: int, field: str, as_type: type[T]) -> tuple[T, ...]:
    found = []
    for number, line in _lines(path, changed):
        if field in line:
            try:
                found.append(msgspec.convert(line, as_type))
            except msgspec.ValidationError as error:
                raise RecordError(f"{path}:{number}: {error}") from error
    return tuple(found)


@lru_cache(maxsize=2)
def _lines(path: Path, changed: int) -> tuple[tuple[int, Mapping[str, Any]], ...]:
    read: list[tuple[int, Mapping[str, Any]]] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    read.append((number, msgspec.json.decode(line, type=dict[str, Any])))
                except msgspec.DecodeError as error:
                    raise RecordError(f"{path}:{number}: {error}; annotations are JSON objects, one a line") from error
    return tuple(read)
