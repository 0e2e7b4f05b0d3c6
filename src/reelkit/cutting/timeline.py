"""The cut list: which frames of the film each shot fills, rounded so that nothing drifts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import msgspec

from reelkit.manifest.kinds import CutShot, Line

Transition = Literal["cut", "dissolve", "fade"]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A take that goes into the film, and for how long."""

    shot: str
    scene: str | None
    take: str
    """The take's key."""
    path: Path
    seconds: Fraction
    """Length in the film, from the take's first frame."""
    available: Fraction = Fraction(0)
    """Length of the file."""
    dialogue: tuple[Line, ...] = ()
    has_audio: bool = False


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A piece placed in the film. Frames count from the film's first."""

    piece: Piece
    start: int
    """First frame."""
    end: int
    """One past the last frame."""
    lead: int = 0
    """Frames at the start that overlap the piece before (a dissolve)."""
    fade: int = 0
    """Frames of a fade from and to black inside this piece, at each end that meets another piece."""

    @property
    def frames(self) -> int:
        """How many frames of the film show this piece."""
        return self.end - self.start


def exact(seconds: float) -> Fraction:
    """Seconds as a fraction, so that sums of many do not drift (0.1 is a tenth)."""
    return Fraction(seconds).limit_denominator(1_000_000)


def lay_out(
    pieces: Sequence[Piece], rate: Fraction, transition: Transition = "cut", transition_seconds: float = 0.5
) -> list[Span]:
    """Place the pieces one after another; each cut is the exact time rounded to a frame.

    A dissolve overlaps two neighbours by `transition_seconds`, at most half of the shorter, so the film is
    that much shorter. A fade takes its time inside the pieces: half at the end of one, half at the start
    of the next. A piece that would be shorter than a frame gets one.
    """
    spans: list[Span] = []
    start = Fraction(0)
    wanted = exact(transition_seconds)
    previous: Piece | None = None
    for piece in pieces:
        lead = fade = Fraction(0)
        if transition == "dissolve" and previous is not None:
            lead = min(wanted, previous.seconds / 2, piece.seconds / 2)
        if transition == "fade":
            fade = min(wanted / 2, piece.seconds / 2)
        start -= lead
        before = spans[-1] if spans else None
        first = round_half_up(start * rate)
        last = round_half_up((start + piece.seconds) * rate)
        if before is not None:
            first = max(first, before.start + before.lead) if lead else before.end
            last = max(last, before.end)
        last = max(first + 1, last)
        overlap = max(0, before.end - first) if before is not None else 0
        spans.append(Span(piece=piece, start=first, end=last, lead=overlap, fade=round_half_up(fade * rate)))
        start += piece.seconds
        previous = piece
    return spans


def round_half_up(value: Fraction) -> int:
    """The nearest integer, halves upwards (Python's round goes to even)."""
    return int((value + Fraction(1, 2)) // 1)


def cut_shots(spans: Sequence[Span], rate: Fraction) -> list[CutShot]:
    """The timeline for the `cut` record, in seconds of the film."""
    return [
        CutShot(
            shot=span.piece.shot,
            take=span.piece.take,
            start=round(float(span.start / rate), 6),
            seconds=round(float(span.frames / rate), 6),
        )
        for span in spans
    ]
