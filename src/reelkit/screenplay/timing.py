"""How long things take: about a page a minute, speech at speaking rate."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Protocol, TypeVar

WORDS_A_SECOND = 2.5
"""Speaking rate of unhurried dialogue."""
ACTION_WORDS_A_SECOND = 4.0
"""What a page of description comes to when the page lasts a minute."""
STEP = 0.25
"""Planned lengths are multiples of it, in seconds."""
SHORTEST = 1.5
ESTABLISHING = 3.0


class Timed(Protocol):
    """Anything that takes its time."""

    @property
    def seconds(self) -> float: ...


T = TypeVar("T", bound=Timed)


def spoken_seconds(text: str) -> float:
    """Length of a line of dialogue, with a breath at its end."""
    return _stepped(max(1.0, word_count(text) / WORDS_A_SECOND) + 0.5)


def action_seconds(text: str) -> float:
    """Length of what a sentence of description shows."""
    return _stepped(max(SHORTEST, 0.5 + word_count(text) / ACTION_WORDS_A_SECOND))


def pause_seconds(text: str) -> float:
    """Length of `(beat)`, `A long beat.`"""
    return 3.0 if re.search(r"\blong\b", text, re.IGNORECASE) else 1.0


def word_count(text: str) -> int:
    return len(re.findall(r"[\w'’-]*\w", text))


def share(seconds: float, weights: list[float]) -> list[float]:
    """Split `seconds` in proportion to `weights`, so that the parts add up to it in floating point too."""
    total = sum(weights) or float(len(weights))
    parts: list[float] = []
    used = 0.0
    for weight in weights[:-1]:
        left = seconds - used - STEP * (len(weights) - len(parts) - 1)
        part = max(min(STEP, seconds / len(weights)), min(_stepped(seconds * weight / total), left))
        parts.append(part)
        used += part
    return [*parts, float(Fraction(str(seconds)) - sum(Fraction(str(part)) for part in parts))]


def runs(found: Iterable[T], longest: float, whole: bool) -> list[list[T]]:
    """Neighbours put into shots of at most `longest` seconds; `whole` keeps all of them in one."""
    made: list[list[T]] = []
    for one in found:
        if made and (whole or sum(other.seconds for other in made[-1]) + one.seconds <= longest):
            made[-1].append(one)
        else:
            made.append([one])
    return made


def _stepped(seconds: float) -> float:
    return round(seconds / STEP) * STEP
