"""Colour and contrast from a take's opening to its end, and the step of its colour over the joins of its chunks.

The figures are those of `bench/drift.py`, which measures production models: mean colours in CIE 1976 L*a*b*, their
distance as Delta E (1976: Euclidean), the standard deviation of L* for contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.complaints.small import Plane

Colour = NDArray[np.float64]


class DriftConstants(NamedTuple):
    """What is compared with what."""

    side: int = 128
    """Pixels of the longer side at which colours are read."""
    seconds: float = 1.0
    """Length of the opening and of the end of a take that has no chunks; no more than half of it each."""
    floor: float = 0.02
    """Delta E: steps inside chunks count as at least this, so that a still picture has no infinite ratio."""
    flat: float = 0.5
    """L*: a picture that spreads less has no contrast to compare."""


CONSTANTS = DriftConstants()


class Moments:
    """Mean colour and spread of lightness over all pixels of some frames."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = np.zeros(3)
        self._squares = 0.0

    def add(self, picture: Plane) -> Colour:
        """Take a frame in L*a*b*, float32 [H, W, 3]; its mean colour."""
        values = picture.reshape(-1, 3).astype(np.float64)
        total: Colour = values.sum(0)
        self._count += len(values)
        self._sum += total
        self._squares += float((values[:, 0] ** 2).sum())
        return total / len(values)

    @property
    def colour(self) -> Colour | None:
        """Mean L*, a* and b*; None before the first frame."""
        return self._sum / self._count if self._count else None

    @property
    def spread(self) -> float:
        """Standard deviation of L*."""
        mean = self._sum[0] / self._count
        return float(np.sqrt(max(0.0, self._squares / self._count - mean**2)))


class DriftWatch:
    """Follows the colour of a take of `frames` frames; holds sums only.

    joins: first frames of its second and later chunks, rising. With joins the opening is the first chunk and the end the
    last one; without, the first and the last second.
    """

    def __init__(self, frames: int, fps: float, joins: Sequence[int] = (), constants: DriftConstants = CONSTANTS) -> None:
        self._c = constants
        length = max(1, min(round(fps * constants.seconds), frames // 2))
        self._joins = frozenset(joins)
        self._opens = joins[0] if joins else length
        self._closes = joins[-1] if joins else frames - length
        self._number = 0
        self._opening, self._closing = Moments(), Moments()
        self._before: Colour | None = None
        self._inside, self._across = _Steps(), _Steps()

    def add(self, picture: Plane) -> None:
        """Take the next frame in L*a*b*, float32 [H, W, 3]."""
        part = Moments()
        if self._number < self._opens:
            part = self._opening
        elif self._number >= self._closes:
            part = self._closing
        colour = part.add(picture)
        if self._before is not None and self._joins:
            steps = self._across if self._number in self._joins else self._inside
            steps.add(delta_e(colour, self._before))
        self._before = colour
        self._number += 1

    def colour_drift(self) -> float | None:
        """Delta E of the mean colours of opening and end; None for fewer than two frames."""
        first, last = self._opening.colour, self._closing.colour
        return None if first is None or last is None else delta_e(first, last)

    def contrast_drift(self) -> float | None:
        """|log2| of the ratio of the spreads of L*, in octaves; None where opening or end is flat."""
        if self._opening.colour is None or self._closing.colour is None:
            return None
        first, last = self._opening.spread, self._closing.spread
        return None if min(first, last) < self._c.flat else abs(float(np.log2(last / first)))

    def join_step(self) -> float | None:
        """Mean step of the mean colour over a join, in mean steps inside chunks; None without joins."""
        across, inside = self._across.mean, self._inside.mean
        return None if across is None else across / max(self._c.floor, inside or 0.0)


class _Steps:
    def __init__(self) -> None:
        self.count, self.total = 0, 0.0

    def add(self, step: float) -> None:
        self.count += 1
        self.total += step

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None


def delta_e(one: Colour, other: Colour) -> float:
    """CIE 1976 Delta E of two colours [3] in L*a*b*."""
    return float(np.linalg.norm(one - other))
