"""Which of an entity's crops stands for its shot: the one that fits, is sharp and is large (EntityBench, `selection`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.locator import Box, Frame


class SelectionConstants(NamedTuple):
    """EntityBench's locked configuration, of what is used here."""

    frames: int = 5
    """Frames of a shot that are looked at."""
    words: int = 12
    """Words of a description that the detector is given."""
    sure: float = 0.25
    """Least score of a detector's box."""
    fits: float = 0.20
    """Least cosine of crop and description for an entity to be present."""
    margin: float = 0.10
    """By how much of its sides a box is widened on each side."""
    sharp: tuple[float, float] = (100.0, 200.0)
    """Middle and width of the sigmoid of the sharpness."""
    large: tuple[float, float] = (2.0, 5.0)
    """Middle and width of the sigmoid of the crop's area, in percent of the frame."""


CONSTANTS = SelectionConstants()


def sampled(frames: int, count: int = CONSTANTS.frames) -> list[int]:
    """`count` frames spread evenly from the second to the last but one; none of a take with fewer frames than that."""
    if frames < count:
        return []
    step = max(1.0, (frames - 3) / max(1, count - 1))
    return [min(int(1 + number * step), frames - 1) for number in range(count)]


def widened(box: Box, width: int, height: int, margin: float = CONSTANTS.margin) -> Box:
    """The box with a margin, cut at the edges of a frame of `width` x `height` pixels."""
    wide, tall = int((box.right - box.left) * margin), int((box.bottom - box.top) * margin)
    return Box(
        max(0, box.left - wide), max(0, box.top - tall), min(width, box.right + wide), min(height, box.bottom + tall)
    )


def sharpness(crop: Frame) -> float:
    """Variance of the second differences along rows and down columns of the mean of the channels; 0 under 3 pixels."""
    grey: NDArray[np.float64] = crop.astype(np.float64).mean(axis=2)
    if min(grey.shape) < 3:
        return 0.0
    return float(np.diff(grey, n=2, axis=1).var() + np.diff(grey, n=2, axis=0).var())


def selection(nearness: float, crop: Frame, frame: Frame, constants: SelectionConstants = CONSTANTS) -> float:
    """Cosine of crop and description, times sigmoids of the crop's sharpness and of its share of the frame."""
    share = 100.0 * crop.shape[0] * crop.shape[1] / (frame.shape[0] * frame.shape[1])
    return nearness * _sigmoid(sharpness(crop), *constants.sharp) * _sigmoid(share, *constants.large)


def _sigmoid(value: float, middle: float, width: float) -> float:
    return float(1.0 / (1.0 + np.exp(-(value - middle) / width)))
