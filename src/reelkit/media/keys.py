"""Keys: the names of outputs, made from what they were made of; and the seeds of chunks.

A key hashes the decoded, typed request and never JSON text, which other tools rewrite (jq writes 4.0 as 4).
"""

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import msgspec
from msgspec import Struct

from reelkit.errors import UnreadableError
from reelkit.media.atomic import write_bytes_atomic

SEED_BYTES = 6
"""48 bits: a JSON number holds 53 exactly."""

_hashed: dict[tuple[str, int, int], str] = {}


def canonical(value: Any) -> bytes:
    """One byte string for one value: numbers by value, mappings and structs by sorted name, text as UTF-8.

    Each part carries its type and length, so no two values run together. An integral number is one number
    whether it was written 4 or 4.0: where a field is typed, the struct has decided which it is already, and
    where it is not, the text must not decide. ValueError for NaN and infinities, TypeError for other types.
    """
    return b"".join(_parts(msgspec.to_builtins(value, str_keys=True, enc_hook=_plain, order="deterministic")))


def key_of(request: Struct | Mapping[str, Any]) -> str:
    """SHA-256 of the request's canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(request)).hexdigest()


def chunk_seed(movie_seed: int, movie: str, shot: str, take: int, chunk: int) -> int:
    """The seed of a chunk, below 2**48: its own, and the same in every run."""
    digest = hashlib.blake2b(canonical([movie_seed, movie, shot, take, chunk])).digest()
    return int.from_bytes(digest[:SEED_BYTES])


def file_key(path: Path, memory: Path | None = None) -> str:
    """SHA-256 of a file's content, remembered by path, size and time of change.

    memory: a file that remembers for later runs too; writers of it may be many. UnreadableError if `path`
    cannot be read.
    """
    try:
        path = path.resolve()
        state = path.stat()
        name = (str(path), state.st_size, state.st_mtime_ns)
        if name not in _hashed and memory is not None:
            _hashed.update(_recall(memory))
        if name not in _hashed:
            with path.open("rb") as file:
                _hashed[name] = hashlib.file_digest(file, "sha256").hexdigest()
            if memory is not None:
                _remember(memory, name, _hashed[name])
    except OSError as exc:
        raise UnreadableError(f"{path}: {exc.strerror or exc}") from exc
    return _hashed[name]


def _recall(memory: Path) -> dict[tuple[str, int, int], str]:
    """What the memory holds; nothing where it is missing or broken, for it can be made again."""
    try:
        rows = msgspec.json.decode(memory.read_bytes(), type=list[tuple[str, int, int, str]])
    except (OSError, msgspec.DecodeError):
        return {}
    return {(path, size, time): digest for path, size, time, digest in rows}


def _remember(memory: Path, name: tuple[str, int, int], digest: str) -> None:
    """Add a line; of two processes that add at once one may lose its line, which costs one more hashing."""
    known = {row[0]: (*row, key) for row, key in _recall(memory).items()}
    known[name[0]] = (*name, digest)
    write_bytes_atomic(memory, msgspec.json.encode(sorted(known.values())))


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


def _plain(value: Any) -> Any:
    """Paths as text, and scalars and arrays of numpy or torch as numbers, without importing either."""
    if isinstance(value, PurePath):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in a request")
