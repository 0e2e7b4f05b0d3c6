"""Frozen motion: stretches in which the picture stays what it was, but for noise."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from reelkit.metrics.complaints.small import Frame, Plane, cells, luma, reduced


class StillConstants(NamedTuple):
    """What counts as standing still."""

    seconds: float = 1.0
    """Shortest stretch that counts."""
    side: int = 128
    """Pixels of the longer side at which pictures are compared."""
    cell: int = 8
    """Pixels of a cell's side at that size: something that moves must change the mean of one."""
    visible: float = 4.0
    """Levels of 255: least change of a cell's mean that is motion and not compression."""
    sigmas: float = 5.0
    """How far beyond the noise of a cell's mean it must be."""
    noise: float = 12.0
    """Levels of 255: stronger noise is not believed, it may be motion of something finely patterned."""


CONSTANTS = StillConstants()
MEDIAN_TO_SIGMA = 0.6745
"""Median of |x| of a normal x of standard deviation one."""


class StillWatch:
    """Measures the share of a take in frozen stretches; holds the picture at which the present stretch began.

    Each frame is compared with that picture and not with the one before, so slow motion ends a stretch too. The noise is
    read off the fine detail of their difference (white noise has it, a moved edge is rare in it), so grain does not hide
    a freeze. A person who talks or breathes is seen if it changes a cell, a sixteenth of the picture's width; one far
    away who only blinks is not.
    """

    def __init__(self, fps: float, constants: StillConstants = CONSTANTS) -> None:
        self._c = constants
        self._least = max(2, math.ceil(fps * constants.seconds))
        self._anchor: Plane | None = None
        self._run = 0
        self._frozen = 0
        self._frames = 0

    def add(self, frame: Frame) -> None:
        """Take the next frame, uint8 [H, W, 3]."""
        picture = luma(reduced(frame, self._c.side))
        if self._anchor is not None and not moved(self._anchor, picture, self._c):
            self._run += 1
        else:
            self._close()
            self._anchor, self._run = picture, 1
        self._frames += 1

    def finish(self) -> float | None:
        """Percent of the frames that are part of a frozen stretch; None for less than two frames."""
        self._close()
        self._run = 0
        return 100.0 * self._frozen / self._frames if self._frames > 1 else None

    def _close(self) -> None:
        if self._run >= self._least:
            self._frozen += self._run


def moved(before: Plane, now: Plane, constants: StillConstants = CONSTANTS) -> bool:
    """Whether something visible differs between two lumas, float32 [H, W], beyond what their noise explains."""
    change = now - before
    height, width = change.shape
    fine = np.median(np.abs(np.diff(change, axis=1))) / (MEDIAN_TO_SIGMA * math.sqrt(2)) if width > 1 else 0.0
    noise = min(float(fine), constants.noise) / constants.cell
    grid = cells(change, max(1, width // constants.cell), max(1, height // constants.cell))
    return bool(np.abs(grid).max() > max(constants.visible, constants.sigmas * noise))
