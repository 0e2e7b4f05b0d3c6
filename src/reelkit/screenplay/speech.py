"""Dialogue blocks into runs of speech that fit a shot."""

from __future__ import annotations

import math
import re

import msgspec

from reelkit.screenplay.delivery import Delivery, read_parenthetical
from reelkit.screenplay.elements import Part
from reelkit.screenplay.emphasis import plain
from reelkit.screenplay.timing import WORDS_A_SECOND, pause_seconds, spoken_seconds, word_count


class Utterance(msgspec.Struct, frozen=True):
    """Words spoken in one breath and one manner. `text` is empty for a gesture or a pause at the end of a
    block."""

    text: str
    parenthetical: str | None
    delivery: Delivery
    seconds: float


def utterances(parts: tuple[Part, ...], manner: str, longest: float) -> list[Utterance]:
    """What is said in a dialogue block, in stretches of at most `longest` seconds."""
    found: list[Utterance] = []
    asides: list[str] = [manner] if manner else []
    for part in parts:
        text = " ".join(plain(part.text).split())
        if part.kind == "parenthetical":
            asides.append(text.strip("() "))
            continue
        if not re.search(r"\w", text):
            continue
        aside = ", ".join(asides) or None
        delivery = read_parenthetical(aside or "singing" * (part.kind == "lyric"))
        pause = pause_seconds(delivery.pause) if delivery.pause else 0.0
        for number, piece in enumerate(_fitting(text, longest - pause)):
            seconds = min(longest, spoken_seconds(piece) + (pause if number == 0 else 0.0))
            found.append(Utterance(piece, aside if number == 0 else None, delivery, seconds))
        asides = []
    if asides:
        delivery = read_parenthetical(", ".join(asides))
        if delivery.extra or delivery.pause:
            found.append(Utterance("", ", ".join(asides), delivery, min(longest, 1.5)))
    return found


def _fitting(text: str, longest: float) -> list[str]:
    """`text` in pieces that can be spoken in `longest` seconds: cut after sentences, else clauses, else
    words."""
    pieces = [text]
    for cut in (r"(?<=[.!?…])[\"'”’)]*\s+", r"(?<=[,;:–—-])\s+", r"\s+"):
        if all(spoken_seconds(piece) <= longest for piece in pieces):
            break
        smaller = [part for piece in pieces for part in _cut(piece, cut, longest)]
        pieces = _joined(smaller, longest)
    return pieces


def _cut(piece: str, cut: str, longest: float) -> list[str]:
    return [part for part in re.split(cut, piece) if part] if spoken_seconds(piece) > longest else [piece]


def _joined(pieces: list[str], longest: float) -> list[str]:
    """Neighbours put together again while they fit, so that no shot is needlessly short."""
    room = max(1, int((longest - 0.75) * WORDS_A_SECOND))
    total = sum(map(word_count, pieces))
    room = min(room, math.ceil(total / max(1, math.ceil(total / room))) + 2)
    joined: list[str] = []
    count = 0
    for piece in pieces:
        words = word_count(piece)
        if joined and count + words <= room:
            joined[-1] += f" {piece}"
            count += words
        else:
            joined.append(piece)
            count = words
    return joined
