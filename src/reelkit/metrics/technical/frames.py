"""Measures of the file itself, without a network: length, blank frames, frozen frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLACK = 16.0
"""A frame whose brightest channel value stays under this (of 255) is black."""
FLAT = 2.0
"""A frame whose channel values all spread less than this (standard deviation, of 255) is one flat colour."""
STILL = 0.25
"""Two frames that differ by less than this on average (of 255) are the same picture."""


class FrameWatch:
    """Counts blank and frozen frames as they stream by; holds one small frame."""

    def __init__(self) -> None:
        self.frames = 0
        self._blank = 0
        self._frozen = 0
        self._last: NDArray[np.float32] | None = None

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Take the next frame, uint8 [H, W, 3]."""
        step = max(1, min(frame.shape[:2]) // 64)
        small = frame[::step, ::step].astype(np.float32)
        if is_blank(small):
            self._blank += 1
        if self._last is not None and float(np.abs(small - self._last).mean()) < STILL:
            self._frozen += 1
        self._last = small
        self.frames += 1

    def blank_frames(self) -> float | None:
        """Percent of frames that are blank; None before the first frame."""
        return 100.0 * self._blank / self.frames if self.frames else None

    def frozen_frames(self) -> float | None:
        """Percent of frames (after the first) that repeat the one before; None with fewer than two."""
        return 100.0 * self._frozen / (self.frames - 1) if self.frames > 1 else None


def is_blank(frame: NDArray[np.float32] | NDArray[np.uint8]) -> bool:
    """Whether a frame [H, W, 3] in 0..255 is black or one flat colour."""
    values = frame.reshape(-1, frame.shape[-1])
    return bool(values.max() < BLACK or values.std(axis=0).max() < FLAT)


def duration_error(seconds: float, planned: float) -> float:
    """Distance in seconds of a take's length from the plan."""
    return abs(seconds - planned)
