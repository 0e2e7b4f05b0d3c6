"""Brightness flicker: how far each frame's brightness stands out of the mean of the two beside it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from reelkit.metrics.complaints.small import Frame, Plane, cells, luma


class FlickerConstants(NamedTuple):
    """Where brightness is read."""

    grid: tuple[int, int] = (8, 4)
    """Cells across and down. The median over them is taken: the whole picture must flicker, not something that moves."""


CONSTANTS = FlickerConstants()


class FlickerWatch:
    """Averages half of |2 x[t] - x[t-1] - x[t+1]| / 2 over a take, x the mean luma; holds three grids.

    An alternation of +-A levels from frame to frame gives A, a sine of amplitude A at w radians a frame
    A (1 - cos w) / pi, a fade nothing. VBench's temporal flickering is another thing: the mean difference of
    neighbouring frames, which all motion enters.
    """

    def __init__(self, constants: FlickerConstants = CONSTANTS) -> None:
        self._c = constants
        self._last: deque[Plane] = deque(maxlen=3)
        self._total, self._count = 0.0, 0

    def add(self, frame: Frame) -> None:
        """Take the next frame, uint8 [H, W, 3]."""
        self._last.append(cells(luma(frame), *self._c.grid))
        if len(self._last) == 3:
            before, here, after = self._last
            self._total += abs(float(np.median(here - (before + after) / 2))) / 2
            self._count += 1

    def value(self) -> float | None:
        """Levels of 255; None for fewer than three frames."""
        return self._total / self._count if self._count else None
