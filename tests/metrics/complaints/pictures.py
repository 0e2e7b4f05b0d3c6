"""Clips that a test makes: a painted wall to pan over, disks that move, and what may be done to them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]


def wall(seed: int, height: int = 64, width: int = 1024) -> NDArray[np.uint8]:
    """A wide picture of coloured patches of all sizes, uint8 [H, W, 3]."""
    rng = np.random.default_rng(seed)
    tint = rng.integers(60, 180, 3)
    picture = np.zeros((height, width, 3), np.float32) + tint
    for size, strength in ((64, 60), (16, 30), (4, 12)):
        grid = rng.normal(0, strength, (max(1, height // size), width // size, 3)).astype(np.float32)
        picture += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return picture.clip(0, 255).astype(np.uint8)


def pan(seed: int, frames: int, step: float, width: int = 128) -> Frames:
    """A camera that moves `step` pixels a frame over a wall, uint8 [T, 64, width, 3]."""
    picture = wall(seed)
    room = picture.shape[1] - width
    starts = [round(abs((frame * step + room) % (2 * room) - room)) for frame in range(frames)]
    return np.stack([picture[:, start : start + width] for start in starts])


def walker(frames: int, seed: int = 0, radius: int = 8, step: float = 2.0, phase: float = 0.0) -> Frames:
    """A dark disk that walks before a still wall, uint8 [T, 64, 128, 3]."""
    ground = wall(seed)[:, :128]
    made = []
    for frame in range(frames):
        picture = ground.copy()
        cv2.circle(picture, (round((10 + phase + step * frame) % 128), 40), radius, (20, 10, 40), -1)
        made.append(picture)
    return np.stack(made)


def still(frames: int, seed: int = 0) -> Frames:
    """A wall without anything that moves, uint8 [T, 64, 128, 3]."""
    return np.repeat(wall(seed)[None, :, :128], frames, axis=0)


def lifted(frames: Frames, levels: NDArray[np.float64] | float) -> Frames:
    """Every frame's levels raised: one number, or one a frame [T]."""
    by = np.broadcast_to(np.asarray(levels, np.float64), (len(frames),))[:, None, None, None]
    return (frames + by).round().clip(0, 255).astype(np.uint8)


def grainy(frames: Frames, sigma: float, seed: int = 0) -> Frames:
    """Each pixel of each frame with noise of its own."""
    noise = np.random.default_rng(seed).normal(0, sigma, frames.shape)
    return (frames + noise).round().clip(0, 255).astype(np.uint8)
