"""Subtitles from the dialogue: timed at speaking rate inside each shot, at most two lines of 42."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from fractions import Fraction

import msgspec
import pysubs2

from reelkit.cutting.timeline import Span

LINE_LENGTH = 42
"""Characters a line."""
LINES = 2
"""Lines a subtitle."""
SPEAKING_RATE = 15.0
"""Characters a second of unhurried speech."""
SHORTEST = 1.0
"""Seconds a subtitle stands at least, where its shot has the time."""
GAP = 0.08
"""Seconds of nothing between two subtitles, where the shot has the time."""


class Subtitle(msgspec.Struct, frozen=True):
    """One text on the screen, in seconds of the film."""

    start: float
    end: float
    text: str
    """One or two lines, divided by a newline."""


def subtitles(spans: Sequence[Span], rate: Fraction) -> list[Subtitle]:
    """Every subtitle of the film, in order; a dissolve's middle parts those of its two shots. rate: frames a second."""
    found: list[Subtitle] = []
    for index, span in enumerate(spans):
        follower = spans[index + 1].lead if index + 1 < len(spans) else 0
        start, end = float((span.start + Fraction(span.lead, 2)) / rate), float((span.end - Fraction(follower, 2)) / rate)
        found += time_lines([line.text for line in span.piece.dialogue], start, end)
    return found


def time_lines(lines: Iterable[str], start: float, end: float) -> list[Subtitle]:
    """Spoken lines as subtitles between `start` and `end`, one after another.

    Each stands as long as its speech takes (SHORTEST at least). What the speech leaves of the shot comes half
    before and half after it, up to half a second; where the shot is too short, all shrink alike.
    """
    texts = [text for line in lines for text in split_text(line)]
    if not texts or end <= start:
        return []
    times = [max(SHORTEST, len(text.replace("\n", " ")) / SPEAKING_RATE) for text in texts]
    room = end - start
    needed = sum(times) + GAP * (len(texts) - 1)
    scale = min(1.0, room / needed)
    clock = start + min(0.5, max(0.0, room - needed) / 2)
    timed = []
    for text, seconds in zip(texts, times, strict=True):
        stop = min(end, clock + seconds * scale)
        timed.append(Subtitle(clock, stop, text))
        clock = stop + GAP * scale
    return timed


def split_text(text: str) -> list[str]:
    """A spoken line as subtitle texts, each at most LINES lines of LINE_LENGTH characters."""
    words = " ".join(text.replace("{", "(").replace("}", ")").split())
    if not words:
        return []
    parts = -(-len(words) // (LINES * LINE_LENGTH))
    while True:
        share = max(
            LINE_LENGTH, -(-len(words) // parts) + LINE_LENGTH // 4 if parts > 1 else LINE_LENGTH * LINES
        )
        blocks = [_two_lines(block) for block in textwrap.wrap(words, min(share, LINES * LINE_LENGTH))]
        if all(block is not None for block in blocks):
            return [block for block in blocks if block is not None]
        parts += 1
        if parts > len(words):
            rows = textwrap.wrap(words, LINE_LENGTH)
            return ["\n".join(rows[i : i + LINES]) for i in range(0, len(rows), LINES)]


def _two_lines(text: str) -> str | None:
    """The text on one line, or on two of like length; None when it takes more than LINES."""
    if len(text) <= LINE_LENGTH:
        return text
    for width in range(-(-len(text) // LINES), LINE_LENGTH + 1):
        rows = textwrap.wrap(text, width)
        if len(rows) <= LINES:
            return "\n".join(rows)
    return None


def as_srt(found: Iterable[Subtitle]) -> str:
    """The subtitles as SubRip text."""
    document = pysubs2.SSAFile()
    for subtitle in found:
        event = pysubs2.SSAEvent(start=round(subtitle.start * 1000), end=round(subtitle.end * 1000))
        event.plaintext = subtitle.text
        document.append(event)
    return document.to_string("srt")
