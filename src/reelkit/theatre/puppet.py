"""Draws one puppet in one pose.

Figure units: the figure's height is 1, x is 0 between the feet, y runs up from the ground.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import cos, sin
from typing import NamedTuple

from .pen import Box, Pen, Point, union
from .poses import Pose
from .vocabulary import HAIR_RGB, HAT_RGB, TROUSER_RGB, Rgb, garment_rgb, mix, skin_rgb
from .world import Character

HEAD_Y = 0.775
HEAD_RX, HEAD_RY = 0.165, 0.170
SEAT = 0.13
SIT_DROP = 0.13
INK: Rgb = (34, 26, 34)
WOOD: Rgb = (142, 92, 52)


class Wardrobe(NamedTuple):
    """A character's paints in a given light."""

    skin: Rgb
    blush: Rgb
    hair: Rgb
    garment: Rgb
    trim: Rgb
    legs: Rgb
    hat: Rgb
    band: Rgb
    white: Rgb
    ink: Rgb
    lips: Rgb
    mouth: Rgb
    shoe: Rgb
    wood: Rgb


def wardrobe(character: Character, light: Callable[[Rgb], Rgb]) -> Wardrobe:
    """Mix the paints of a character under a light."""
    skin = skin_rgb(character.skin)
    garment = garment_rgb(character.colour, character.shade)
    female = character.kind in ("woman", "girl", "old woman")
    pale = character.colour in ("white", "yellow", "pink")
    hat = HAT_RGB.get(character.hat, INK)
    bare = character.garment == "dress"
    return Wardrobe(
        skin=light(skin),
        blush=light(mix(skin, (226, 84, 84), 0.32)),
        hair=light(HAIR_RGB[character.hair_colour]),
        garment=light(garment),
        trim=light(
            mix(garment, INK if pale else (255, 255, 255) if character.colour == "black" else INK, 0.42)
        ),
        legs=light(skin if bare else TROUSER_RGB[character.trousers]),
        hat=light(hat),
        band=light(mix(hat, INK, 0.5)),
        white=mix(light((250, 248, 242)), (250, 248, 242), 0.4),
        ink=light(INK),
        lips=light(mix(skin, (206, 44, 62), 0.75) if female else mix(skin, (120, 40, 36), 0.6)),
        mouth=light((120, 24, 34)),
        shoe=light((58, 38, 34)),
        wood=light(WOOD),
    )


def _swing(x: float, y: float, first: float, length: float, bend: float) -> tuple[Point, Point, Point]:
    """Shoulder, elbow and hand (or hip, knee and foot) of a limb of two equal parts."""
    elbow = x + length * sin(first), y - length * cos(first)
    second = first + bend
    return (x, y), elbow, (elbow[0] + length * sin(second), elbow[1] - length * cos(second))


def _legs(pen: Pen, paints: Wardrobe, pose: Pose, hip: float) -> None:
    if pose.sit:
        ahead = 0.07 * pose.facing
        for side in (-1, 1):
            x = side * 0.085
            pen.limb(
                [(x, hip), (x + ahead + side * 0.03, hip - 0.03), (x + ahead + side * 0.03, 0.03)],
                0.088,
                paints.legs,
            )
            pen.oval(x + ahead + side * 0.035 + 0.015 * pose.facing, 0.02, 0.055, 0.026, paints.shoe)
        return
    for index, side in ((0, -1), (1, 1)):
        points = _swing(side * 0.062, hip, pose.legs[index], (hip - 0.02) / 2, pose.knees[index])
        pen.limb(points, 0.088, paints.legs)
        foot = points[2]
        pen.oval(foot[0] + 0.022 * pose.facing, max(foot[1], 0.0) + 0.004, 0.056, 0.028, paints.shoe)


def _torso(pen: Pen, character: Character, paints: Wardrobe, drop: float, broad: float) -> None:
    shoulder, hem, low = 0.125 * broad, 0.135 * broad, 0.30
    if character.garment == "coat":
        hem, low = 0.185 * broad, 0.15
    elif character.garment == "dress":
        shoulder, hem, low = 0.115 * broad, 0.235 * broad, 0.14
    if drop and low < 0.25:
        low = 0.25
    top, waist = 0.64 - drop, 0.42 - drop
    low -= drop
    belly = 0.128 * broad if character.garment != "dress" else 0.10 * broad
    pen.poly(
        [(-0.05, top), (-shoulder, top - 0.035), (-shoulder - 0.012, top - 0.09), (-belly, waist),
        (-hem, low),
         (hem, low), (belly, waist), (shoulder + 0.012, top - 0.09), (shoulder, top - 0.035), (0.05, top)],
        paints.garment,
    )  # fmt: skip
    if character.garment == "coat":
        pen.poly([(-0.010, top - 0.06), (0.010, top - 0.06), (0.014, low), (-0.014, low)], paints.trim)
        pen.poly([(-0.075, top), (0.0, top - 0.10), (0.075, top)], paints.trim)
    elif character.garment == "jacket":
        pen.poly([(-0.05, top), (0.05, top), (0.035, low), (-0.035, low)], paints.white)
        pen.poly([(-0.012, top - 0.03), (0.012, top - 0.03), (0.0, waist + 0.02)], paints.trim)
    elif character.garment == "shirt":
        pen.poly([(-0.06, top), (0.0, top - 0.05), (0.06, top), (0.075, top - 0.05), (0.0, top - 0.10),
            (-0.075, top - 0.05)],
                 paints.white)  # fmt: skip
    elif character.garment == "dress":
        pen.poly(
            [(-belly, waist + 0.015), (belly, waist + 0.015), (belly, waist - 0.03), (-belly, waist - 0.03)],
            paints.trim,
        )
    else:
        pen.poly([(-0.9 * shoulder, top - 0.14), (0.9 * shoulder, top - 0.14), (belly, top - 0.20),
            (-belly, top - 0.20)],
                 paints.trim)  # fmt: skip
        pen.oval(0.0, top, 0.075, 0.035, paints.trim)


def _arm(pen: Pen, paints: Wardrobe, pose: Pose, index: int, shoulder: float, drop: float) -> None:
    side = -1 if index == 0 else 1
    points = _swing(side * shoulder, 0.575 - drop, pose.arms[index], 0.125, pose.elbows[index])
    pen.limb(points, 0.076, paints.garment)
    hand = points[2]
    pen.oval(hand[0], hand[1], 0.046, 0.046, paints.skin)


def _hair_behind(pen: Pen, character: Character, paints: Wardrobe, x: float, y: float) -> None:
    if character.hair_style == "long":
        pen.poly(
            [(x - 0.10, y + 0.14), (x - 0.19, y + 0.04), (x - 0.215, y - 0.22), (x + 0.215, y - 0.22),
            (x + 0.19, y + 0.04),
             (x + 0.10, y + 0.14)],
            paints.hair,
        )  # fmt: skip
        pen.oval(x, y + 0.03, 0.19, 0.165, paints.hair)
    elif character.hair_style == "curly":
        pen.oval(x, y + 0.04, 0.225, 0.20, paints.hair)
        pen.oval(x - 0.15, y - 0.06, 0.085, 0.09, paints.hair)
        pen.oval(x + 0.15, y - 0.06, 0.085, 0.09, paints.hair)
    elif character.hair_style == "short":
        pen.oval(x, y + 0.03, 0.182, 0.172, paints.hair)


def _fringe(pen: Pen, character: Character, paints: Wardrobe, x: float, y: float, turn: float) -> None:
    if character.hair_style == "bald":
        for side in (-1, 1):
            pen.oval(x + side * 0.158 - 0.02 * turn, y, 0.026, 0.055, paints.hair)
        return
    part = 0.06 * turn
    if character.hair_style == "long":
        points = [(-0.172, -0.02), (-0.165, 0.09), (-0.09, 0.168), (0.0, 0.185), (0.09, 0.168), (0.165, 0.09),
                  (0.172, -0.02), (0.13, 0.045), (0.06 + part, 0.10), (part, 0.115), (-0.06 + part, 0.10),
                  (-0.13, 0.045)]  # fmt: skip
    else:
        points = [(-0.172, 0.02), (-0.155, 0.10), (-0.085, 0.172), (0.0, 0.192), (0.085, 0.172),
            (0.155, 0.10),
                  (0.172, 0.02), (0.140, 0.085), (0.05, 0.105), (-0.04 + part, 0.118),
                  (-0.140, 0.085)]  # fmt: skip
    pen.poly([(x + dx, y + dy) for dx, dy in points], paints.hair)


def _hat(pen: Pen, character: Character, paints: Wardrobe, x: float, y: float, turn: float) -> None:
    if character.hat == "wide-brim hat":
        pen.poly([(x - 0.135, y + 0.09), (x - 0.11, y + 0.235), (x - 0.05, y + 0.265), (x + 0.05, y + 0.265),
                  (x + 0.11, y + 0.235), (x + 0.135, y + 0.09)], paints.hat)  # fmt: skip
        pen.poly(
            [(x - 0.135, y + 0.10), (x - 0.128, y + 0.145), (x + 0.128, y + 0.145), (x + 0.135, y + 0.10)],
            paints.band,
        )
        pen.oval(x, y + 0.098, 0.285, 0.036, paints.hat)
    elif character.hat == "cap":
        pen.poly([(x - 0.178, y + 0.075), (x - 0.165, y + 0.135), (x - 0.10, y + 0.20), (x, y + 0.22),
            (x + 0.10, y + 0.20),
                  (x + 0.165, y + 0.135), (x + 0.178, y + 0.075)], paints.hat)  # fmt: skip
        brim = x + 0.13 * turn
        pen.oval(brim, y + 0.082, 0.165, 0.028, paints.band)
    elif character.hat == "beanie":
        pen.poly([(x - 0.18, y + 0.07), (x - 0.168, y + 0.15), (x - 0.09, y + 0.225), (x, y + 0.24),
            (x + 0.09, y + 0.225),
                  (x + 0.168, y + 0.15), (x + 0.18, y + 0.07)], paints.hat)  # fmt: skip
        pen.poly(
            [(x - 0.184, y + 0.058), (x - 0.184, y + 0.112), (x + 0.184, y + 0.112), (x + 0.184, y + 0.058)],
            paints.band,
        )
        pen.oval(x, y + 0.25, 0.05, 0.045, paints.white)


def _mouth(pen: Pen, paints: Wardrobe, pose: Pose, x: float, y: float) -> None:
    if pose.mouth > 0.22:
        gape = min(pose.mouth, 1.2)
        pen.oval(x, y, 0.046, 0.014 + 0.036 * gape, paints.lips)
        pen.oval(x, y, 0.034, 0.004 + 0.032 * gape, paints.mouth)
    elif pose.smile:
        pen.poly(
            [(x - 0.058, y + 0.022), (x + 0.058, y + 0.022), (x + 0.034, y - 0.022), (x - 0.034, y - 0.022)],
            paints.mouth,
        )
        pen.poly(
            [(x - 0.050, y + 0.022), (x + 0.050, y + 0.022), (x + 0.044, y + 0.006), (x - 0.044, y + 0.006)],
            paints.white,
        )
    else:
        pen.oval(x, y, 0.042, 0.011, paints.lips)


def _face(pen: Pen, character: Character, paints: Wardrobe, pose: Pose, x: float, y: float) -> None:
    turn = pose.facing
    fx = x + 0.044 * turn
    if character.beard:
        pen.poly(
            [(x - 0.163, y - 0.01), (x - 0.155, y - 0.11), (x - 0.085, y - 0.205),
            (x + 0.02 * turn, y - 0.225),
             (x + 0.085, y - 0.205), (x + 0.155, y - 0.11), (x + 0.163, y - 0.01), (fx + 0.085, y - 0.055),
             (fx, y - 0.045), (fx - 0.085, y - 0.055)],
            paints.hair,
        )  # fmt: skip
    for side in (-1, 1):
        pen.oval(fx + side * 0.085, y - 0.060, 0.025, 0.019, paints.hair if character.beard else paints.blush)
        ex = fx + side * 0.068
        if pose.blink:
            pen.oval(ex, y + 0.006, 0.040, 0.009, paints.ink)
        else:
            pen.oval(ex, y + 0.008, 0.043, 0.050, paints.white)
            pen.oval(ex + 0.013 * turn, y + 0.004, 0.026, 0.034, paints.ink)
        brow = y + 0.070
        pen.poly([(ex - 0.04, brow - 0.004), (ex + 0.04, brow - 0.004), (ex + 0.036, brow + 0.014),
            (ex - 0.036, brow + 0.014)],
                 paints.hair)  # fmt: skip
    pen.oval(fx + 0.022 * turn, y - 0.034, 0.022, 0.022, paints.blush)
    _mouth(pen, paints, pose, fx, y - 0.098)
    if character.glasses:
        for side in (-1, 1):
            pen.arc(fx + side * 0.068, y + 0.008, 0.064, 0.064, 0, 360, 0.017, paints.ink)


def draw_puppet(pen: Pen, character: Character, paints: Wardrobe, pose: Pose) -> tuple[Box, Box]:
    """Draw a character and return the boxes of the figure and of its head, in picture pixels."""
    broad = 0.84 + 0.36 * character.build
    drop = SIT_DROP if pose.sit else 0.0
    head_x, head_y = pose.tilt + 0.02 * pose.facing, HEAD_Y - drop
    if pose.sit:
        back = 0.17 * broad
        pen.poly([(-back, 0.0), (-back, 0.60), (-back + 0.045, 0.60), (-back + 0.045, 0.0)], paints.wood)
        pen.poly([(back, 0.0), (back, 0.60), (back - 0.045, 0.60), (back - 0.045, 0.0)], paints.wood)
        pen.poly(
            [(-back - 0.03, 0.46), (-back - 0.03, 0.62), (back + 0.03, 0.62), (back + 0.03, 0.46)],
            paints.wood,
        )
        pen.poly(
            [
                (-back - 0.02, SEAT - 0.03),
                (back + 0.02, SEAT - 0.03),
                (back, SEAT + 0.03),
                (-back, SEAT + 0.03),
            ],
            paints.wood,
        )
    chair = pen.box
    pen.start_box()
    _hair_behind(pen, character, paints, head_x, head_y)
    hair = pen.box
    _legs(pen, paints, pose, SEAT + 0.03 if pose.sit else 0.29)
    shoulder = 0.118 * broad
    behind = 0 if pose.facing >= 0 else 1
    _arm(pen, paints, pose, behind, shoulder, drop)
    _torso(pen, character, paints, drop, broad)
    if character.garment == "dress" and pose.sit:
        pen.poly(
            [(-0.17, SEAT + 0.10), (0.17, SEAT + 0.10), (0.17, SEAT - 0.02), (-0.17, SEAT - 0.02)],
            paints.garment,
        )
    pen.oval(head_x, 0.635 - drop, 0.05, 0.03, paints.skin)
    body = pen.box
    pen.start_box()
    pen.oval(head_x, head_y, HEAD_RX, HEAD_RY, paints.skin)
    _face(pen, character, paints, pose, head_x, head_y)
    _fringe(pen, character, paints, head_x, head_y, pose.facing)
    _hat(pen, character, paints, head_x, head_y, pose.facing)
    head = union(pen.box, hair)
    pen.start_box()
    _arm(pen, paints, pose, 1 - behind, shoulder, drop)
    return union(union(union(body, head), chair), pen.box), head


@lru_cache(maxsize=256)
def figure_height(character: Character) -> float:
    """The figure's share of the widest frame's height: adults 0.50 to 0.62, children 0.42 to 0.49."""
    if character.kind in ("boy", "girl"):
        return 0.42 + 0.07 * character.height
    return 0.52 + 0.10 * character.height - (0.02 if character.kind.startswith("old") else 0.0)
