"""Ids out of names: `Zoë` is `zoe`, `Ольга` is `olga`, and no two things share one."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_LATIN = dict(
    zip(
        "ßæøłđþœðıħ",
        ("ss", "ae", "o", "l", "d", "th", "oe", "d", "i", "h"),
        strict=True,
    )
)
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            ".",
            "y",
            ".",
            "e",
            "yu",
            "ya",
            "i",
            "i",
            "e",
            "g",
        ],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψως",
        [
            "a",
            "b",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
            "s",
        ],
        strict=True,
    )
)
_LETTERS = str.maketrans(_LATIN | {letter: text.strip(".") for letter, text in (_CYRILLIC | _GREEK).items()})
_REST = re.compile(r"[^a-z0-9]+")


def slug(name: str, fallback: str = "x", longest: int = 64) -> str:
    """`name` as an id (`[a-z0-9-]{1,64}`). A name none of whose letters can be written so is `fallback` and
    a hash."""
    folded = unicodedata.normalize("NFC", name).lower().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", folded)
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LETTERS)
    bare = re.sub(r"['’]", "", bare)
    text = _REST.sub("-", bare).strip("-")[:longest].strip("-")
    if text:
        return text
    return f"{fallback}-{hashlib.blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


class Ids:
    """Gives each name an id of its own; a clash gets `-2`, `-3`, and so on."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, name: str, fallback: str) -> str:
        wanted = slug(name, fallback)
        given, number = wanted, 2
        while given in self._taken:
            suffix = f"-{number}"
            given = wanted[: 64 - len(suffix)].rstrip("-") + suffix
            number += 1
        self._taken.add(given)
        return given
