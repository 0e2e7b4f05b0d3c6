"""Colour and contrast carried over a join: what keeps a shot of many chunks from drifting.

A model that is handed pictures encodes and decodes them anew at each extension, and each time comes back a little
darker, flatter or greener; the loss is handed on with the next pictures and adds up. Where it repeats frames that
stand already, the two tell exactly what it did to their colours, and the same is undone in the frames that follow.
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


def matched(
    frames: NDArray[np.uint8], made: NDArray[np.uint8], stands: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """`frames` with the change undone that turned `stands` into `made`; all uint8 [T, H, W, 3].

    Mean and standard deviation of each channel are matched, the source being Reinhard et al. 2001, "Color Transfer
    between Images", in RGB and bounded, because the two differ by little. made, stands: the same moments, as the
    model repeated them and as they stand in the chunk before; where it repeats none, its first frame and the last
    one before it.
    """
    was, now = _moments(stands), _moments(made)
    gain = np.where(np.minimum(was[1], now[1]) < FLAT, 1.0, was[1] / np.maximum(now[1], 1e-6)).clip(*GAIN)
    mean = now[0] + (was[0] - now[0]).clip(-SHIFT, SHIFT)
    levels = (np.arange(256, dtype=np.float64)[:, None] - now[0]) * gain + mean
    table = levels.round().clip(0, 255).astype(np.uint8)
    return np.stack([table[frames[..., channel], channel] for channel in range(3)], axis=-1)


def _moments(frames: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel over all pixels."""
    values = frames.reshape(-1, 3).astype(np.float64)
    return values.mean(0), values.std(0)
