"""Where a character is in a frame: the interface, and a locator that needs nothing but the encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Embed = Callable[[Sequence[Frame]], NDArray[np.float32]]


class Box(NamedTuple):
    """A rectangle in pixels, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def crop(self, frame: Frame) -> Frame:
        """The part of `frame` [H, W, 3] inside the box."""
        return frame[self.top : self.bottom, self.left : self.right]

    def overlap(self, other: Box) -> float:
        """Intersection over union with another box, 0..1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        inside = max(0, width) * max(0, height)
        return inside / (self.area + other.area - inside) if inside else 0.0

    @property
    def area(self) -> int:
        """Pixels inside."""
        return (self.right - self.left) * (self.bottom - self.top)


class Locator(Protocol):
    """Finds characters in one frame. A detector implements this, as does `EncoderLocator`."""

    def __call__(self, frame: Frame, descriptions: NDArray[np.float32]) -> list[Box | None]:
        """One box or None for each character.

        frame: uint8 [H, W, 3]; descriptions: [C, D], one unit embedding a character (look, or portrait).
        None means not found, and the caller measures nothing for that character.
        """
        ...


class Windows(NamedTuple):
    """The grid of windows that the encoder locator tries."""

    heights: tuple[float, ...] = (1.0, 0.7, 0.45)
    """Window heights as shares of the frame's height."""
    aspects: tuple[float, ...] = (0.5, 1.0)
    """Window widths as shares of the window's height: a standing figure, a head and shoulders."""
    stride: float = 0.5
    """Step between windows as a share of the window's side."""


MARGIN = 0.01
"""Least cosine by which a window must beat the whole frame to count as a find."""
SEPARATE = 0.5
"""Two characters may not share boxes that overlap more than this (intersection over union)."""


class EncoderLocator:
    """A *definition* of reelkit, not a detector: the window most like the character, against the whole frame.

    Each window of a fixed grid is embedded; a window's gain for a character is its cosine to that character's
    description less the cosine of the whole frame, and, with several characters, less the mean of the same
    gain for the others. Gains are served greatest first; one under MARGIN is no find. It favours windows that
    look like the description, so numbers built on it compare systems with one another under the same encoder
    and do not compare with a table made with a detector.
    """

    def __init__(self, embed: Embed, windows: Windows = Windows(), margin: float = MARGIN) -> None:  # noqa: B008
        self._embed = embed
        self._windows = windows
        self._margin = margin

    def __call__(self, frame: Frame, descriptions: NDArray[np.float32]) -> list[Box | None]:
        """See `Locator`."""
        found: list[Box | None] = [None] * len(descriptions)
        height, width = frame.shape[:2]
        boxes = list(grid(width, height, self._windows))
        if not boxes or not len(descriptions):
            return found
        images = self._embed([frame, *(box.crop(frame) for box in boxes)])
        near = images.astype(np.float64) @ descriptions.astype(np.float64).T
        gains = contrast(near[1:] - near[0])
        taken: list[Box] = []
        for flat in np.argsort(-gains, axis=None, kind="stable"):
            window, character = np.unravel_index(flat, gains.shape)
            if gains[window, character] < self._margin:
                break
            box = boxes[int(window)]
            if found[character] is None and all(box.overlap(other) <= SEPARATE for other in taken):
                found[character] = box
                taken.append(box)
        return found


def contrast(gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gains [N, C] less the mean gain of the other characters; unchanged with one character."""
    characters = gains.shape[1]
    if characters < 2:
        return gains
    others = (gains.sum(axis=1, keepdims=True) - gains) / (characters - 1)
    return gains - others


def grid(width: int, height: int, windows: Windows) -> Iterator[Box]:
    """Windows over a frame of `width` x `height` pixels, largest first, edges included, without the whole."""
    for share in windows.heights:
        for aspect in windows.aspects:
            tall = max(1, round(height * share))
            wide = max(1, round(tall * aspect))
            if wide > width or (wide, tall) == (width, height):
                continue
            for top in _steps(height, tall, windows.stride):
                for left in _steps(width, wide, windows.stride):
                    yield Box(left, top, left + wide, top + tall)


def _steps(length: int, side: int, stride: float) -> list[int]:
    """Evenly spaced starts from 0 to length - side, no further apart than `stride` sides."""
    room = length - side
    count = 1 + int(np.ceil(room / max(1.0, side * stride))) if room else 1
    return sorted({round(i * room / max(1, count - 1)) for i in range(count)})
