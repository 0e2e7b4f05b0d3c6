"""The reduced pictures that this family looks at: area averages, so that grain and compression matter less."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Plane = NDArray[np.float32]

EPSILON, KAPPA = np.float32(216 / 24389), np.float32(24389 / 27)
"""Where L* turns from a line into a cube root, and the line's slope (CIE 15)."""
_STEPS = np.arange(256) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    np.array([[0.4124564, 0.2126729, 0.0193339], [0.3575761, 0.7151522, 0.1191920], [0.1804375, 0.0721750, 0.9503041]])
    / _WHITE
).astype(np.float32)
"""Linear sRGB to X, Y, Z over the white's."""


def reduced(frame: Frame, side: int) -> Frame:
    """The frame uint8 [H, W, 3], averaged down so that its longer side has `side` pixels; a smaller one as it is."""
    height, width = frame.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return frame
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def cells(picture: Frame | Plane, width: int, height: int) -> Plane:
    """Means over a grid of `width` x `height` cells: float32 [height, width] or [height, width, 3], levels of 255."""
    return np.asarray(cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA), np.float32)


def luma(frame: Frame) -> Plane:
    """Rec. 601 luma of a frame uint8 [H, W, 3]: float32 [H, W], 0..255."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.float32)


def lab(frame: Frame) -> Plane:
    """CIE 1976 L*a*b* (D65) of an sRGB frame uint8 [H, W, 3]: float32 [H, W, 3], L* 0..100.

    IEC 61966-2-1 and CIE 15; OpenCV's conversion is off by up to a third of a unit.
    """
    ratios = _LINEAR[frame] @ _TO_XYZ
    curved = np.where(ratios > EPSILON, np.cbrt(ratios), ratios * (KAPPA / 116) + np.float32(16 / 116))
    x, y, z = np.moveaxis(curved, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
