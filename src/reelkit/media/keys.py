"""Keys: the names of outputs, made from what they were made of; and the seeds of chunks.

A key hashes the decoded, typed request and never JSON text, which other tools rewrite (jq writes 4.0 as 4).
"""

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from reelkit.errors import UnreadableError
from reelkit.manifest.plain import plain

SEED_BYTES = 6
"""48 bits: a JSON number holds 53 exactly."""

Name = tuple[str, int, int]
"""A file as it stood when it was hashed: path, size in bytes, time of change in nanoseconds."""

_hashed: dict[Name, str] = {}
_read: dict[Path, int] = {}
"""How many bytes of each memory this process has read."""


def canonical(value: Any) -> bytes:
    """One byte string for one value: numbers by value, mappings and structs by sorted name, text as UTF-8.

    Each part carries its type and length, so no two values run together. An integral number is one number
    whether it was written 4 or 4.0: where a field is typed, the struct has decided which it is already, and
    where it is not, the text must not decide. ValueError for NaN and infinities, TypeError for other types.
    """
    return b"".join(_parts(msgspec.to_builtins(value, str_keys=True, enc_hook=plain, order="deterministic")))


def key_of(request: Struct | Mapping[str, Any]) -> str:
    """SHA-256 of the request's canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(request)).hexdigest()


def chunk_seed(movie_seed: int, movie: str, shot: str, take: int, chunk: int) -> int:
    """The seed of a chunk, below 2**48: its own, and the same in every run."""
    digest = hashlib.blake2b(canonical([movie_seed, movie, shot, take, chunk])).digest()
    return int.from_bytes(digest[:SEED_BYTES])


def file_key(path: Path, memory: Path | None = None) -> str:
    """SHA-256 of a file's content, remembered by path, size and time of change.

    memory: a file that remembers for later runs too, a line a file; writers of it may be many, and where it
    can be neither read nor written nothing is remembered. UnreadableError if `path` cannot be read.
    """
    try:
        path = path.resolve()
        state = path.stat()
        name = (str(path), state.st_size, state.st_mtime_ns)
        if name not in _hashed and memory is not None:
            _recall(memory)
        if name not in _hashed:
            with path.open("rb") as file:
                _hashed[name] = hashlib.file_digest(file, "sha256").hexdigest()
            if memory is not None:
                _remember(memory, name, _hashed[name])
    except OSError as exc:
        raise UnreadableError(f"{path}: {exc.strerror or exc}") from exc
    return _hashed[name]


def _recall(memory: Path) -> None:
    """Take in the lines that were added since this process last looked; of one name the last line stands.

    What is no line of ours, a torn one or another version's, is passed over: it costs one more hashing.
    """
    begin = _read.get(memory, 0)
    try:
        with memory.open("rb") as file:
            if begin > os.fstat(file.fileno()).st_size:  # someone made it anew
                begin = 0
            file.seek(begin)
            lines, newline, _ = file.read().rpartition(b"\n")
    except OSError:
        return
    _read[memory] = begin + len(lines) + len(newline)
    for line in lines.split(b"\n"):
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            path, size, time, digest = msgspec.json.decode(line, type=tuple[str, int, int, str])
            _hashed[path, size, time] = digest


def _remember(memory: Path, name: Name, digest: str) -> None:
    """Add a line in one write, which is whole or torn and never mixed with another's; no room is no harm."""
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(memory, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            line = msgspec.json.encode((*name, digest)) + b"\n"
            os.write(handle, b"\n" + line if torn else line)
        finally:
            os.close(handle)


def _parts(value: Any) -> Iterator[bytes]:
    if value is None:
        yield b"n"
    elif isinstance(value, bool):
        yield b"t" if value else b"f"
    elif isinstance(value, int | float):
        yield b"%s;" % _number(value).encode()
    elif isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        yield b"s%d:%s" % (len(text), text)
    elif isinstance(value, list | tuple):
        yield b"l%d:" % len(value)
        for item in value:
            yield from _parts(item)
    else:
        yield b"m%d:" % len(value)
        for name in sorted(value):
            yield from _parts(name)
            yield from _parts(value[name])


def _number(value: int | float) -> str:
    if isinstance(value, int):
        return f"i{value}"
    if not math.isfinite(value):
        raise ValueError(f"{value} has no place in a request")
    return f"i{int(value)}" if value.is_integer() else f"d{value!r}"
