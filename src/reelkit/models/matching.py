"""Colour and contrast carried over a join: what keeps a shot of many chunks from drifting.

Each chunk comes back a little darker, flatter or greener than the one it continues, all of it at the join, and the next
chunk begins from there. Two frames on either side of a join are a frame apart, so whatever differs between their mean
colours beyond that is the model's doing, and the same is undone in all of the new frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAIN = (0.8, 1.25)
"""Bounds of a correction of contrast: beyond them the pictures differ by more than drift."""
SHIFT = 24.0
"""Bound of a correction of the mean, in levels of 255."""
FLAT = 2.0
"""A channel whose levels spread less than this (standard deviation, of 255) has no contrast to match."""


def matched(frames: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """New frames uint8 [T, H, W, 3] in the colours of `before` [H, W, 3], the frame that they follow.

    Mean and standard deviation of each channel of the first frame are matched and all frames moved alike; the source is
    Reinhard et al. 2001, "Color Transfer between Images", here in RGB and bounded, because the two differ by little.
    """
    was, now = _moments(before), _moments(frames[0])
    gain = np.where(np.minimum(was[1], now[1]) < FLAT, 1.0, was[1] / np.maximum(now[1], 1e-6)).clip(*GAIN)
    mean = now[0] + (was[0] - now[0]).clip(-SHIFT, SHIFT)
    levels = (np.arange(256, dtype=np.float64)[:, None] - now[0]) * gain + mean
    table = levels.round().clip(0, 255).astype(np.uint8)
    return np.stack([table[frames[..., channel], channel] for channel in range(3)], axis=-1)


def _moments(frame: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel over all pixels."""
    values = frame.reshape(-1, 3).astype(np.float64)
    return values.mean(0), values.std(0)
