"""The painted backdrop of a setting: a still canvas wider than the frame, made once and cropped by the
camera.

World units: the height of the widest frame is 1, y runs down from 0 to 1, x from -HALF_WIDTH to HALF_WIDTH.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from .light import Light
from .vocabulary import Rgb, mix, turn_hue
from .world import Setting

HALF_WIDTH = 1.42
GROUND = 0.90
HUE_SWING = 0.11

Point = tuple[float, float]


class Canvas:
    """A canvas in world units whose paints are lit and turned in hue by the setting.

    Every drawing method takes `depth` in [0, 1] (how much the weather veils it) or `lit=True` for paint that
    shines.
    """

    def __init__(self, setting: Setting, height: int) -> None:
        self.setting = setting
        self.light = Light.of(setting)
        self.scale = float(height)
        self.image = Image.new("RGB", (round(2 * HALF_WIDTH * height), height))
        self._draw = ImageDraw.Draw(self.image)
        self._glaze = ImageDraw.Draw(self.image, "RGBA")
        hue, horizon, x, size = setting.layout
        self.turn = (hue - 0.5) * HUE_SWING
        self.horizon = 0.55 + 0.15 * horizon
        self.landmark_x = -0.62 + 1.24 * x
        self.landmark_size = size
        self.rng = np.random.default_rng([int(value * 1e6) for value in setting.layout])
        self.dark = setting.time in ("night", "dusk")
        self.snowy = setting.weather == "snow"

    def paint(self, colour: Rgb, depth: float = 0.5, lit: bool = False) -> Rgb:
        """The picture colour of a paint."""
        return colour if lit else self.light.on_set(turn_hue(colour, self.turn), depth)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        s = self.scale
        return [((x + HALF_WIDTH) * s, y * s) for x, y in points]

    def poly(self, points: Sequence[Point], colour: Rgb, depth: float = 0.5, lit: bool = False) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._at(points), fill=self.paint(colour, depth, lit))

    def rect(
        self, x0: float, y0: float, x1: float, y1: float, colour: Rgb, depth: float = 0.5, lit: bool = False
    ) -> None:
        """Fill a rectangle."""
        self._draw.rectangle(self._at([(x0, y0), (x1, y1)]), fill=self.paint(colour, depth, lit))

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: Rgb, depth: float = 0.5, lit: bool = False
    ) -> None:
        """Fill an ellipse."""
        self._draw.ellipse(
            self._at([(x - rx, y - ry), (x + rx, y + ry)]), fill=self.paint(colour, depth, lit)
        )

    def glow(self, x: float, y: float, radius: float, colour: Rgb, strength: float = 1.0) -> None:
        """Add a soft pool of light."""
        for ring in range(6, 0, -1):
            r = radius * ring / 6
            (left, top), (right, bottom) = self._at([(x - r, y - r), (x + r, y + r)])
            self._glaze.ellipse((left, top, right, bottom), fill=(*colour, int(26 * strength)))

    def shade(self, points: Sequence[Point], colour: Rgb, alpha: int) -> None:
        """Glaze a polygon with a transparent colour."""
        self._glaze.polygon(self._at(points), fill=(*colour, alpha))

    def gradient(self, x0: float, y0: float, x1: float, y1: float, top: Rgb, bottom: Rgb) -> None:
        """Fill a rectangle with a vertical gradient of picture colours."""
        (left, upper), (right, lower) = ((round(x), round(y)) for x, y in self._at([(x0, y0), (x1, y1)]))
        rows = np.linspace(top, bottom, max(lower - upper, 1)).astype(np.uint8)
        strip = Image.fromarray(np.ascontiguousarray(rows[:, None, :]))
        self.image.paste(strip.resize((max(right - left, 1), rows.shape[0])), (left, upper))

    def ground(self, y: float, far: Rgb, near: Rgb) -> None:
        """Lay the ground from `y` to the bottom edge; snow covers it outdoors."""
        if self.snowy:
            far, near = mix(far, (226, 232, 242), 0.72), mix(near, (244, 246, 252), 0.80)
        self.gradient(-HALF_WIDTH, y, HALF_WIDTH, 1.0, self.paint(far, 0.7), self.paint(near, 0.15))

    def wall(self, colour: Rgb) -> None:
        """Paint a room's back wall down to the horizon, a little darker at the top."""
        base = self.paint(colour)
        self.gradient(-HALF_WIDTH, 0.0, HALF_WIDTH, self.horizon, mix(base, (0, 0, 0), 0.2), base)

    def sky(self, bottom: float) -> None:
        """Paint the sky with the lights and clouds of the hour."""
        self.gradient(-HALF_WIDTH, 0.0, HALF_WIDTH, bottom, *self.light.sky())
        if self.light.weather != "clear":
            return
        x = float(self.rng.uniform(-0.9, 0.9))
        time = self.light.time
        if time == "night":
            for sx, sy in self.rng.random((46, 2)):
                self.oval(
                    (2 * sx - 1) * HALF_WIDTH, sy * bottom * 0.9, 0.007, 0.007, (236, 240, 255), lit=True
                )
            self.glow(x, 0.16, 0.17, (190, 200, 240), 0.7)
            self.oval(x, 0.16, 0.07, 0.07, (244, 242, 216), lit=True)
            self.oval(x + 0.03, 0.145, 0.06, 0.06, mix(*self.light.sky(), 0.4), lit=True)
            return
        if time == "day":
            self.glow(x, 0.13, 0.16, (255, 250, 210), 0.8)
            self.oval(x, 0.13, 0.07, 0.07, (255, 244, 176), lit=True)
        else:
            sun = (255, 214, 110) if time == "dusk" else (255, 236, 214)
            self.glow(x, bottom - 0.05, 0.34, sun, 1.0)
            self.oval(x, bottom - 0.05, 0.11, 0.11, sun, lit=True)
        cloud = {"day": (250, 252, 255), "dusk": (226, 108, 112), "dawn": (252, 226, 226)}[time]
        for cx, cy, size in self.rng.random((4, 3)):
            cx, cy, r = (2 * cx - 1) * HALF_WIDTH, 0.08 + 0.22 * cy, 0.05 + 0.04 * size
            self.oval(cx, cy, 2.6 * r, 0.7 * r, cloud, lit=True)
            self.oval(cx + 0.3 * r, cy - 0.4 * r, 1.3 * r, 0.8 * r, cloud, lit=True)

    def window(self, x: float, y: float, rx: float, ry: float, frame: Rgb, bars: bool = True) -> None:
        """Cut a window that shows the sky of the hour."""
        self.rect(x - rx - 0.03, y - ry - 0.03, x + rx + 0.03, y + ry + 0.04, frame)
        top, bottom = self.light.sky()
        self.gradient(x - rx, y - ry, x + rx, y + ry, top, bottom)
        if self.light.time == "night":
            self.oval(x + 0.4 * rx, y - 0.4 * ry, 0.035, 0.035, (244, 242, 216), lit=True)
        elif self.light.time != "day":
            self.oval(x - 0.3 * rx, y + 0.5 * ry, 0.06, 0.06, (255, 222, 140), lit=True)
        if bars:
            self.rect(x - 0.012, y - ry, x + 0.012, y + ry, frame)
            self.rect(x - rx, y - 0.012, x + rx, y + 0.012, frame)
        if self.light.time == "day":
            floor = self.horizon
            self.shade(
                [(x - rx, floor), (x + rx, floor), (x + rx + 0.3, 1), (x - rx + 0.12, 1)], (255, 250, 220), 44
            )

    def lamp(self, x: float, y: float, shade: Rgb = (255, 224, 150), reach: float = 0.34) -> None:
        """Light a lamp when it is dark."""
        if self.dark:
            self.glow(x, y, reach, (255, 190, 96), 1.0)
            self.oval(x, y, 0.045, 0.045, (255, 240, 190), lit=True)
        else:
            self.oval(x, y, 0.045, 0.045, shade)


@lru_cache(maxsize=24)
def backdrop(setting: Setting, height: int) -> Image.Image:
    """The canvas of a setting, `height` pixels high and 2 * HALF_WIDTH times as wide. Do not draw on it."""
    from .places import PAINTERS

    canvas = Canvas(setting, height)
    PAINTERS[setting.place](canvas)
    return canvas.image
