"""Character cues: `STEEL (O.S.) (CONT'D)` is Steel, heard and not seen."""

from __future__ import annotations

import re

import msgspec

from reelkit.screenplay.emphasis import plain

_EXTENSION = re.compile(r"\(([^()]*)\)?")
_HEARD = re.compile(
    r"^(?:v\.?\s?o\.?|o\.?\s?[sc]\.?|voice[- ]?over|off[- ]?(?:screen|camera)|pre-?lap|filtered|narrat\w+|"
    r"(?:on|over|through|from) .*)$",
    re.IGNORECASE,
)
_NARRATION = re.compile(r"^(?:v\.?\s?o\.?|voice[- ]?over|pre-?lap|narrat\w+)$", re.IGNORECASE)
_CONTINUED = re.compile(r"^(?:cont['’]?d\.?|continu\w+|more|subtitled?)$", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:/|&|\+|,|\bAND\b)\s*")


class Cue(msgspec.Struct, frozen=True):
    """Who speaks (`names`: several when they speak as one), and how: `heard` only, as `narration`, in a
    `manner`."""

    names: tuple[str, ...]
    heard: bool = False
    narration: bool = False
    manner: str = ""


def read_cue(text: str) -> Cue:
    """Read a cue line. A name is upper case unless the writer forced another (`@McCLANE`)."""
    bare = " ".join(plain(text).split())
    heard = narration = False
    manner = ""
    for extension in _EXTENSION.findall(bare):
        inner = extension.strip()
        for piece in (inner, *inner.split("/")):
            heard = heard or bool(_HEARD.match(piece.strip()))
            narration = narration or bool(_NARRATION.match(piece.strip()))
        if inner and not _HEARD.match(inner) and not _CONTINUED.match(inner):
            manner = inner
    whole = _EXTENSION.sub("", bare).strip(" :.^") or bare
    return Cue((whole,), heard, narration, manner)


def joint_names(name: str) -> tuple[str, ...]:
    """`DAN AND JACK`, `DAN/JACK` as two names."""
    return tuple(piece for piece in _JOINT.split(name) if piece)


def display_name(name: str) -> str:
    """`MRS. O'BRIEN` as `Mrs. O'Brien`; a word that is not all capitals stays as it is written."""
    return re.sub(
        r"[^\W\d_]+(?:['’][^\W\d_]+)*",
        lambda word: _word(word.group()) if word.group().isupper() else word.group(),
        name,
    )


def _word(word: str) -> str:
    head, mark, tail = word.partition("'" if "'" in word else "’")
    if not mark or len(tail) == 1:
        return head.capitalize() + mark + tail.lower()
    return head.capitalize() + mark + tail.capitalize()
