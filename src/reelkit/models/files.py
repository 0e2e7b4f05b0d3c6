"""Options whose text names a file, as `look.safetensors:0.8` or `gguf:small.gguf`: where it lies, and its key."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import NamedTuple

from reelkit.media.keys import file_key, key_of
from reelkit.models.catalogue import FINGERPRINTS, user_cache

PREFIXES = {
    "lora": ("", "transformer=", "transformer_2=", "unet="),
    "quantisation": ("gguf:",),
    "step_cache": ("magcache:",),
}
"""What may stand before a file in each option; where none of them does, the text names no file."""
NUMBERED = ("lora", "step_cache")
"""Options whose file may be followed by a number."""


class Named(NamedTuple):
    """Text taken apart. before: a prefix. path: as it was given. number: what follows it, if anything does."""

    before: str
    path: str
    number: float | None


def named(option: str, text: str, folder: Path = Path()) -> Named | None:
    """The file that an option's text names, None where it names none.

    A name that holds a colon is a whole name where `folder` holds such a file.
    """
    prefixes = sorted(PREFIXES.get(option, ()), key=len, reverse=True)
    before = next((prefix for prefix in prefixes if text.startswith(prefix)), None)
    if before is None:
        return None
    if before and "" in prefixes and _there(folder / text):
        before = ""
    rest = text[len(before) :]
    head, colon, tail = rest.rpartition(":")
    if option in NUMBERED and colon and head and _number(tail) is not None and not _there(folder / rest):
        return Named(before, head, _number(tail))
    return Named(before, rest, None)


def located(option: str, text: str, folder: Path) -> str:
    """The text with its file in `folder`, where that holds it, else as it is."""
    found = named(option, text, folder)
    if found is None or not found.path or not _there(folder / found.path):
        return text
    number = text[len(found.before) + len(found.path) :]
    return f"{found.before}{folder / found.path}{number}"


def keyed(option: str, text: str) -> str:
    """The text as it counts in a key: a file by its content, wherever it lies, a strength of 1 like none."""
    found = named(option, text)
    if found is None or not found.path or not _there(Path(found.path)):
        return text
    path, memory = Path(found.path), user_cache(FINGERPRINTS)
    if path.is_dir():
        if not found.before.startswith("gguf"):
            return text
        content = key_of({each.name: file_key(each, memory) for each in path.glob("*.gguf")})
    else:
        content = file_key(path, memory)
    number = "" if found.number in (None, 1.0) else f":{found.number!r}"
    return f"{found.before}{content}{number}"


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for a path
        return False


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
