"""What a scene heading says: inside or outside, where, and when."""

from __future__ import annotations

import re

import msgspec

from reelkit.screenplay.emphasis import plain

_PREFIX = re.compile(
    r"^(INT\.?\s*/\s*EXT|EXT\.?\s*/\s*INT|I\s*/\s*E|E\s*/\s*I|INT|EXT|EST)(?:\.|\s)\s*", re.IGNORECASE
)
_SPLIT = re.compile(r"\s+[-–—]+\s*|\s*[–—]+\s+|\s*--+\s*")
_TIMES = (
    (r"pre-?dawn|dawn|sunrise|first light|daybreak", "dawn"),
    (r"dusk|sunset|twilight|magic hour|golden hour|sundown", "dusk"),
    (r"morning", "morning"),
    (r"afternoon", "afternoon"),
    (r"evening", "evening"),
    (r"midnight|night", "night"),
    (r"day|noon|midday", "day"),
)
_TIME = tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), name) for pattern, name in _TIMES)
_RELATIVE = re.compile(
    r"\b(?:continuous|same(?: time)?|later|moments? later|cont'?d|simultaneous|intercut|flashback|present)\b",
    re.IGNORECASE,
)
_TITLES = re.compile(r"\b(?:title|titles|credits|superimpose|super)\b", re.IGNORECASE)
_CAMERA = re.compile(
    r"\b(?:pov|p\.o\.v|point of view|close on|close[- ]up|angle on|insert|reverse|back "
    r"to|wide (?:shot|on)|view)\b",
    re.IGNORECASE,
)


class Setting(msgspec.Struct, frozen=True):
    """Where and when a scene plays. `inside` is `INT`, `EXT`, `INT./EXT` or empty; `time` is lower case or
    empty."""

    heading: str = ""
    inside: str = ""
    place: str = ""
    time: str = ""
    later: bool = False
    """The heading says that time has passed."""
    new_day: bool = False

    @property
    def slugline(self) -> str:
        """`EXT. BEACH - DAY`: the heading with the time it really is, for prompts."""
        where = " - ".join(part for part in (self.place, self.time) if part)
        return (f"{self.inside}. {where}" if self.inside else where).strip().upper()

    @property
    def is_titles(self) -> bool:
        return not self.inside and bool(_TITLES.search(self.heading))

    @property
    def is_exterior(self) -> bool:
        return "EXT" in self.inside


def read_setting(heading: str, before: Setting | None) -> Setting:
    """Read a heading; `CONTINUOUS`, `LATER` or no time at all takes the time of the scene `before`."""
    text = " ".join(plain(heading).split())
    prefix = _PREFIX.match(text)
    inside = ""
    if prefix:
        found = re.sub(r"[\s.]", "", prefix.group(1)).upper()
        inside = {"I/E": "INT./EXT", "E/I": "INT./EXT", "EST": "EXT"}.get(
            found, "INT./EXT" if "/" in found else found
        )
    pieces = [
        piece.strip() for piece in _SPLIT.split(text[prefix.end() :] if prefix else text) if piece.strip()
    ]
    clock, relative = "", False
    while len(pieces) > 1 or (pieces and prefix and len(pieces) == 1 and _is_only_time(pieces[0])):
        named = _time_of(pieces[-1])
        unsettled = bool(_RELATIVE.search(pieces[-1]))
        if not named and not unsettled:
            break
        clock, relative = clock or named, relative or unsettled
        pieces.pop()
    spoken = text.lower()
    later = bool(re.search(r"\blater\b|\bnext\b", spoken))
    new_day = bool(
        re.search(
            r"\b(?:next|following) (?:day|morning|night)|\b(?:days?|weeks?|months?|years?) later", spoken
        )
    )
    if not clock and before and (relative or not prefix or before.inside):
        clock = before.time
    return Setting(text, inside, " - ".join(pieces), clock, later or new_day, new_day)


def is_camera_heading(heading: str) -> bool:
    """Whether a forced heading names a view of the scene that is already playing rather than a new place."""
    return not _PREFIX.match(heading) and bool(_CAMERA.search(heading)) and not _TITLES.search(heading)


def _time_of(piece: str) -> str:
    if len(piece.split()) > 4:
        return ""
    return next((name for pattern, name in _TIME if pattern.search(piece)), "")


def _is_only_time(piece: str) -> bool:
    return any(pattern.fullmatch(piece) for pattern, _ in _TIME) or bool(_RELATIVE.fullmatch(piece))
