"""How the hour and the weather colour the world: sky, light on the set, light on the figures."""

from __future__ import annotations

from dataclasses import dataclass

from .vocabulary import Rgb, mix
from .world import Setting

SKIES: dict[str, tuple[Rgb, Rgb]] = {
    "day": ((70, 156, 240), (202, 234, 250)),
    "dusk": ((88, 44, 128), (255, 138, 62)),
    "night": ((8, 12, 40), (36, 48, 104)),
    "dawn": ((142, 160, 218), (255, 206, 196)),
}
SET_LIGHT = {
    "day": (1.0, 1.0, 1.0),
    "dusk": (0.92, 0.58, 0.52),
    "night": (0.32, 0.40, 0.68),
    "dawn": (0.94, 0.78, 0.86),
}
ROOM_LIGHT = {
    "day": (1.0, 1.0, 1.0),
    "dusk": (0.90, 0.64, 0.50),
    "night": (0.50, 0.46, 0.66),
    "dawn": (0.90, 0.80, 0.92),
}
FIGURE_LIGHT = {
    "day": (1.0, 1.0, 1.0),
    "dusk": (1.0, 0.80, 0.72),
    "night": (0.66, 0.69, 0.92),
    "dawn": (1.0, 0.90, 0.94),
}
BRIGHTNESS = {"day": 1.0, "dusk": 0.66, "night": 0.42, "dawn": 0.86}
WEATHER_LIGHT = {"clear": 1.0, "rain": 0.76, "snow": 0.98, "fog": 0.94}
VEIL: dict[str, Rgb] = {
    "clear": (0, 0, 0),
    "rain": (112, 124, 142),
    "snow": (216, 222, 232),
    "fog": (206, 210, 212),
}
SKY_VEIL = {"clear": 0.0, "rain": 0.74, "snow": 0.66, "fog": 0.80}
DEPTH_VEIL = {"clear": 0.0, "rain": 0.22, "snow": 0.16, "fog": 0.78}
FIGURE_VEIL = {"clear": 0.0, "rain": 0.06, "snow": 0.04, "fog": 0.24}


def scale(colour: Rgb, light: tuple[float, float, float], gain: float = 1.0) -> Rgb:
    """Light a colour."""
    return (
        min(255, int(colour[0] * light[0] * gain)),
        min(255, int(colour[1] * light[1] * gain)),
        min(255, int(colour[2] * light[2] * gain)),
    )


@dataclass(frozen=True)
class Light:
    """The light of one setting, as functions from paint to picture colours."""

    time: str
    weather: str
    interior: bool

    @classmethod
    def of(cls, setting: Setting) -> Light:
        """The light of a setting."""
        return cls(setting.time, setting.weather, setting.interior)

    @property
    def veil(self) -> Rgb:
        """The colour that distance fades into."""
        grey = VEIL[self.weather]
        return mix(scale(grey, (1.0, 1.0, 1.0), BRIGHTNESS[self.time]), SKIES[self.time][1], 0.30)

    def sky(self) -> tuple[Rgb, Rgb]:
        """The colours of the sky at the zenith and at the horizon."""
        top, bottom = SKIES[self.time]
        share = SKY_VEIL[self.weather]
        return mix(top, mix(self.veil, (0, 0, 0), 0.12), share), mix(bottom, self.veil, share)

    def on_set(self, colour: Rgb, depth: float = 0.5) -> Rgb:
        """The colour of paint at `depth` in [0, 1], near to far."""
        if self.interior:
            return scale(colour, ROOM_LIGHT[self.time])
        lit = scale(colour, SET_LIGHT[self.time], WEATHER_LIGHT[self.weather])
        return mix(lit, self.veil, DEPTH_VEIL[self.weather] * depth)

    def on_figure(self, colour: Rgb) -> Rgb:
        """The colour of paint on a puppet, which stays legible at every hour."""
        lit = scale(colour, FIGURE_LIGHT[self.time], 0.92 if self.weather == "rain" else 1.0)
        if self.interior and self.time == "night":
            lit = scale(colour, (0.80, 0.70, 0.72))
        return mix(lit, self.veil, FIGURE_VEIL[self.weather]) if self.weather != "clear" else lit
