"""How near a frame is to the frame that it is to reproduce."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

MOST_DECIBELS = 100.0
"""What equal frames count, whose ratio is infinite; no greater ratio counts more."""
SIDE, SIGMA = 11, 1.5
"""Of SSIM's Gaussian window, in pixels."""
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(a: Frame, b: Frame) -> float:
    """Peak signal-to-noise ratio of two frames uint8 [H, W, 3] in dB, over all pixels and channels, at most MOST_DECIBELS."""
    difference = a.astype(np.int32) - b
    error = float(np.mean(difference * difference))
    return MOST_DECIBELS if error == 0 else min(MOST_DECIBELS, float(10 * np.log10(255.0**2 / error)))


def ssim(a: Frame, b: Frame) -> float:
    """Structural similarity of two frames uint8 [H, W, 3], mean over pixels and channels, at most 1.

    Wang et al. 2004 with a Gaussian window and mirrored edges, as torchmetrics computes it on colour; OpenCV's separable
    filter makes it some times faster. In float64, for in float32 flat pictures are not quite like themselves.
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    mean_x, mean_y = _blurred(x), _blurred(y)
    spread_x = np.maximum(_blurred(x * x) - mean_x * mean_x, 0)
    spread_y = np.maximum(_blurred(y * y) - mean_y * mean_y, 0)
    shared = _blurred(x * y) - mean_x * mean_y
    above = (2 * mean_x * mean_y + C1) * (2 * shared + C2)
    below = (mean_x * mean_x + mean_y * mean_y + C1) * (spread_x + spread_y + C2)
    return float(np.mean(above / below))


def _blurred(x: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = cv2.GaussianBlur(x, (SIDE, SIDE), SIGMA, borderType=cv2.BORDER_REFLECT_101)  # type: ignore[assignment]
    return found
