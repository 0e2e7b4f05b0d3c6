"""A pen that draws in figure units and remembers where it drew.

Figure units: the figure's height is 1, x is 0 between the feet, y runs up from the ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PIL import ImageDraw

from .poses import Pose
from .vocabulary import Rgb

Box = tuple[float, float, float, float]
Point = tuple[float, float]


class Pen:
    """Draws in figure units on a picture and remembers how far it drew.

    `box` is the visible part of what was drawn, as (left, top, right, bottom) in picture pixels.
    """

    def __init__(self, draw: ImageDraw.ImageDraw, x: float, ground: float, height: float, pose: Pose) -> None:
        self.draw = draw
        self.x, self.ground, self.height = x, ground, height
        self.lean, self.lift, self.squash = pose.lean, pose.lift, 1.0 - pose.crouch
        self.wall, self.floor = (float(edge) for edge in draw.im.size)
        self.start_box()

    def start_box(self) -> None:
        """Forget what was drawn so far."""
        self.left, self.top, self.right, self.bottom = 1e9, 1e9, -1e9, -1e9

    @property
    def box(self) -> Box:
        """What was drawn since the last `start_box`."""
        return self.left, self.top, self.right, self.bottom

    def at(self, x: float, y: float) -> Point:
        """Picture pixels of a figure point."""
        y *= self.squash
        return self.x + self.height * (x + self.lean * y), self.ground - self.height * (y + self.lift)

    def _reach(self, left: float, top: float, right: float, bottom: float) -> None:
        if top >= self.floor or bottom < 0 or left >= self.wall or right < 0:
            return
        if left < self.left:
            self.left = left
        if top < self.top:
            self.top = top
        if right > self.right:
            self.right = right
        if bottom > self.bottom:
            self.bottom = bottom

    def _reach_shape(self, pixels: Sequence[Point], margin: float = 0.0) -> None:
        floor = self.floor + margin
        if max(y for _, y in pixels) > floor:
            pixels = _above(pixels, floor)
        if pixels:
            xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
            self._reach(min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Rgb) -> None:
        """Fill an ellipse."""
        px, py = self.at(x, y)
        rx, ry = rx * self.height, ry * self.height
        self._reach(px - rx, py - ry, px + rx, py + ry)
        self.draw.ellipse((px - rx, py - ry, px + rx, py + ry), fill=colour)

    def poly(self, points: Sequence[Point], colour: Rgb) -> None:
        """Fill a polygon."""
        pixels = [self.at(x, y) for x, y in points]
        self._reach_shape(pixels)
        self.draw.polygon(pixels, fill=colour)

    def arc(
        self, x: float, y: float, rx: float, ry: float, begin: float, end: float, width: float, colour: Rgb
    ) -> None:
        """Stroke part of an ellipse, in degrees clockwise from three o'clock."""
        px, py = self.at(x, y)
        rx, ry = rx * self.height, ry * self.height
        stroke = max(1, round(width * self.height))
        self.draw.arc((px - rx, py - ry, px + rx, py + ry), begin, end, fill=colour, width=stroke)

    def limb(self, points: Sequence[Point], width: float, colour: Rgb) -> None:
        """Stroke a bent limb with round joints."""
        pixels = [self.at(x, y) for x, y in points]
        r = width * self.height / 2
        stroke = max(1, round(2 * r))
        for begin, end in pairwise(pixels):
            self.draw.line((begin, end), fill=colour, width=stroke)
            self._reach_shape((begin, end), r)
        for px, py in pixels[1:]:
            self.draw.ellipse((px - r, py - r, px + r, py + r), fill=colour)


def _above(shape: Sequence[Point], floor: float) -> list[Point]:
    """The part of a polygon above a line of picture pixels (Sutherland and Hodgman's clipping, one edge)."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip(shape, (*shape[1:], shape[0]), strict=True):
        if y0 <= floor:
            kept.append((x0, y0))
        if (y0 <= floor) != (y1 <= floor):
            kept.append((x0 + (x1 - x0) * (floor - y0) / (y1 - y0), floor))
    return kept


def union(a: Box, b: Box) -> Box:
    """The smallest box around two boxes."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
