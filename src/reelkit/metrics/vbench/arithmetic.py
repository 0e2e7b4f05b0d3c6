"""VBench's arithmetic: consistency along a take, what counts as moving, and the totals."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.similarity import unit


class Chain:
    """Mean over frames of (cosine to the frame before + cosine to the first) / 2, each taken as 0 where it is negative.

    Source: VBench's subject_consistency.py and background_consistency.py. Holds two embeddings.
    """

    def __init__(self) -> None:
        self.total = 0.0
        self.count = 0
        self._first: NDArray[np.float64] | None = None
        self._before: NDArray[np.float64] | None = None

    def add(self, row: NDArray[np.float32]) -> None:
        """Take the next frame's embedding [D]."""
        now = unit(row)
        if self._first is None or self._before is None:
            self._first = now
        else:
            self.total += (max(0.0, float(now @ self._before)) + max(0.0, float(now @ self._first))) / 2
            self.count += 1
        self._before = now

    def value(self) -> float | None:
        """The mean, 0..1; None for less than two frames."""
        return self.total / self.count if self.count else None


class LongChain:
    """VBench-Long's two branches: a `Chain` inside each clip, and one over the clips' first frames, fused half and half.

    clip_frames: length of a clip. Frames that are left at the end are filled up from before to a whole clip, so a clip may
    overlap the one before it; a take shorter than a clip is one clip. A take of one clip has no second branch, and its value
    is the first's. Source: VBench-Long's utils.py, but for its table of quantiles, which belongs to other networks; there
    a second branch of exactly 0 is taken for absent, here it counts. Holds the embeddings of one clip.
    """

    def __init__(self, clip_frames: int) -> None:
        self._tail: deque[NDArray[np.float32]] = deque(maxlen=max(2, clip_frames))
        self._open = 0
        self._slow: list[float] = []
        self._fast = Chain()

    def add(self, row: NDArray[np.float32]) -> None:
        """Take the next frame's embedding [D]."""
        self._tail.append(row)
        self._open += 1
        if self._open == self._tail.maxlen:
            self._close()

    def value(self) -> float | None:
        """The fused value, 0..1, after the last frame; None for less than two frames."""
        if self._open:
            self._close()
        if not self._slow:
            return None
        slow, fast = float(np.mean(self._slow)), self._fast.value()
        return slow if fast is None else (slow + fast) / 2

    def _close(self) -> None:
        inside = Chain()
        for row in self._tail:
            inside.add(row)
        value = inside.value()
        if value is not None:
            self._slow.append(value)
            self._fast.add(self._tail[0])
        self._open = 0


def moves(speeds: Sequence[float], frames: int, shorter_side: int) -> bool:
    """Whether enough steps of a take are fast: VBench's dynamic degree.

    speeds: mean flow of the fastest 5 % of pixels between neighbours of the `frames` sampled, pixels. A step is fast above 6
    pixels per 256 of the shorter side; round(frames / 4) of them are enough. Source: dynamic_degree.py; a take of so few
    frames that none is asked for moves as soon as it has a step.
    """
    threshold = 6.0 * shorter_side / 256.0
    enough = round(4 * (frames / 16.0))
    fast = 0
    for speed in speeds:
        fast += speed > threshold
        if fast >= enough:
            return True
    return False


class Dimension(NamedTuple):
    """How a dimension enters VBench's totals."""

    low: float
    high: float
    weight: float = 1.0


QUALITY: Mapping[str, Dimension] = {
    "subject_consistency": Dimension(0.1462, 1.0),
    "background_consistency": Dimension(0.2615, 1.0),
    "temporal_flickering": Dimension(0.6293, 1.0),
    "motion_smoothness": Dimension(0.706, 0.9975),
    "aesthetic_quality": Dimension(0.0, 1.0),
    "imaging_quality": Dimension(0.0, 1.0),
    "dynamic_degree": Dimension(0.0, 1.0, 0.5),
}
SEMANTIC: Mapping[str, Dimension] = {
    "object_class": Dimension(0.0, 1.0),
    "multiple_objects": Dimension(0.0, 1.0),
    "human_action": Dimension(0.0, 1.0),
    "color": Dimension(0.0, 1.0),
    "spatial_relationship": Dimension(0.0, 1.0),
    "scene": Dimension(0.0, 0.8222),
    "appearance_style": Dimension(0.0009, 0.2855),
    "temporal_style": Dimension(0.0, 0.364),
    "overall_consistency": Dimension(0.0, 0.364),
}
QUALITY_WEIGHT, SEMANTIC_WEIGHT = 4.0, 1.0


def normalised(value: float, dimension: Dimension) -> float:
    """A dimension's value between VBench's least and greatest; beyond them it is not clipped, as there."""
    return (value - dimension.low) / (dimension.high - dimension.low)


def weighted(values: Mapping[str, float], dimensions: Mapping[str, Dimension]) -> float:
    """Weighted mean of the normalised values of all `dimensions`; KeyError where one is not there."""
    total = sum(normalised(values[name], each) * each.weight for name, each in dimensions.items())
    return total / sum(each.weight for each in dimensions.values())


def total(quality: float, semantic: float) -> float:
    """(4 quality + semantic) / 5. Source: VBench's cal_final_score.py."""
    return (quality * QUALITY_WEIGHT + semantic * SEMANTIC_WEIGHT) / (QUALITY_WEIGHT + SEMANTIC_WEIGHT)
