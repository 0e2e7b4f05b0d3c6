"""The closed vocabulary of the puppet world and the colours its words stand for.

Order matters: the index of a word in its tuple is its class index in `truth.labels`.
"""

from __future__ import annotations

import colorsys

Rgb = tuple[int, int, int]

PLACES = ("street", "forest", "beach", "lighthouse", "kitchen", "office", "bar", "bedroom")
INTERIORS = frozenset({"kitchen", "office", "bar", "bedroom"})
TIMES = ("day", "dusk", "night", "dawn")
WEATHERS = ("clear", "rain", "snow", "fog")
ACTIONS = ("stand", "walk", "run", "wave", "talk", "sit", "jump", "dance")
FRAMINGS = ("wide", "full", "medium", "close-up", "extreme close-up")
CAMERAS = ("static", "pan left", "pan right", "dolly in", "dolly out")
KINDS = ("man", "woman", "boy", "girl", "old man", "old woman")
COLOURS = ("red", "blue", "green", "yellow", "orange", "purple", "black", "white", "brown", "pink")
HAIR_COLOURS = ("black", "brown", "blond", "red", "grey", "white")
HAIR_STYLES = ("short", "long", "curly", "bald")
GARMENTS = ("coat", "jacket", "shirt", "dress", "sweater")
TROUSERS = ("blue", "black", "brown", "grey", "green")
HATS = ("none", "cap", "wide-brim hat", "beanie")

FPS = 8

COLOUR_RGB: dict[str, Rgb] = {
    "red": (208, 36, 44),
    "blue": (38, 84, 208),
    "green": (40, 152, 70),
    "yellow": (246, 206, 44),
    "orange": (242, 124, 28),
    "purple": (132, 56, 172),
    "black": (44, 42, 50),
    "white": (240, 238, 230),
    "brown": (124, 76, 42),
    "pink": (246, 132, 182),
}
HAIR_RGB: dict[str, Rgb] = {
    "black": (30, 26, 32),
    "brown": (98, 58, 32),
    "blond": (236, 196, 92),
    "red": (196, 78, 30),
    "grey": (142, 144, 150),
    "white": (236, 236, 234),
}
TROUSER_RGB: dict[str, Rgb] = {
    "blue": (48, 66, 128),
    "black": (36, 36, 44),
    "brown": (104, 72, 48),
    "grey": (120, 122, 130),
    "green": (70, 96, 62),
}
HAT_RGB: dict[str, Rgb] = {
    "cap": (40, 62, 128),
    "wide-brim hat": (112, 72, 40),
    "beanie": (214, 150, 38),
}
SKIN_RGB: tuple[Rgb, ...] = ((252, 220, 196), (232, 182, 142), (184, 126, 86), (112, 74, 52))


def mix(a: Rgb, b: Rgb, amount: float) -> Rgb:
    """Blend two colours; `amount` in [0, 1] is the share of `b`."""
    keep = 1.0 - amount
    return (
        int(a[0] * keep + b[0] * amount),
        int(a[1] * keep + b[1] * amount),
        int(a[2] * keep + b[2] * amount),
    )


def turn_hue(colour: Rgb, turn: float, value: float = 1.0) -> Rgb:
    """Rotate the hue by `turn` (1.0 is the full circle) and scale the value."""
    h, s, v = colorsys.rgb_to_hsv(colour[0] / 255, colour[1] / 255, colour[2] / 255)
    r, g, b = colorsys.hsv_to_rgb((h + turn) % 1.0, s, min(1.0, v * value))
    return int(r * 255), int(g * 255), int(b * 255)


def garment_rgb(colour: str, shade: float) -> Rgb:
    """The garment colour that `shade` in [0, 1] picks inside the named colour."""
    base = COLOUR_RGB[colour]
    if colour == "black":
        return turn_hue(base, 0.0, 0.6 + 1.0 * shade)
    return turn_hue(base, (shade - 0.5) * 0.045, 0.76 + 0.32 * shade)


def skin_rgb(skin: float) -> Rgb:
    """The skin colour at `skin` in [0, 1], light to dark."""
    place = min(max(skin, 0.0), 0.9999) * (len(SKIN_RGB) - 1)
    index = int(place)
    return mix(SKIN_RGB[index], SKIN_RGB[index + 1], place - index)
