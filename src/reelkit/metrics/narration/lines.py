"""Lines of narration, `h:m:s|h:m:s|text` with names in [brackets]."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from reelkit.errors import RecordError

TIME = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d(?:\.\d+)?)", re.ASCII)
NAME = re.compile(r"\[([^\[\]]+)\]")


class Narrated(msgspec.Struct, frozen=True):
    """What is said between two times of the film, in seconds."""

    start: float
    end: float
    text: str

    @property
    def names(self) -> list[str]:
        """The official names that it says, in their order, each once."""
        return list(dict.fromkeys(name.strip() for name in NAME.findall(self.text)))


def parsed(line: str) -> Narrated:
    """A line of narration; RecordError says what is wrong with it."""
    parts = line.strip().split("|", 2)
    if len(parts) != 3:
        raise RecordError(f"narration {line!r} is not start|end|text")
    start, end = _seconds(parts[0], line), _seconds(parts[1], line)
    if end < start:
        raise RecordError(f"narration {line!r} ends before it begins")
    text = parts[2].strip()
    if not text:
        raise RecordError(f"narration {line!r} says nothing")
    return Narrated(start, end, text)


def written(narrated: Narrated) -> str:
    """The line that `parsed` reads."""
    return f"{_clock(narrated.start)}|{_clock(narrated.end)}|{narrated.text}"


def spoken(lines: Iterable[str]) -> str:
    """The words of the lines in order of time, one a row."""
    return "\n".join(each.text for each in sorted(map(parsed, lines), key=lambda narrated: narrated.start))


def _seconds(time: str, line: str) -> float:
    found = TIME.fullmatch(time.strip())
    if found is None:
        raise RecordError(f"narration {line!r}: {time.strip()!r} is no time h:m:s")
    hours, minutes, seconds = found.groups()
    return round(int(hours) * 3600 + int(minutes) * 60 + float(seconds), 3)


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 1000:02d}" + (f".{rest % 1000:03d}" if rest % 1000 else "")
