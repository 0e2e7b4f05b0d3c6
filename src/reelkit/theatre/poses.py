"""What each action does to a puppet, as a function of time.

Lengths are in figure heights, angles in radians (limbs: 0 hangs down, positive swings to screen right).
"""

from __future__ import annotations

from math import asin, cos, exp, pi, sin, tanh
from typing import NamedTuple

TURN = 2 * pi
TRAVEL = {"walk": 0.045, "run": 0.092}
"""Speed across the widest stage, frame heights a frame."""


class Pose(NamedTuple):
    """One frame of a puppet's motion."""

    lift: float = 0.0
    lean: float = 0.0
    crouch: float = 0.0
    facing: float = 1.0
    mouth: float = 0.0
    smile: bool = False
    blink: bool = False
    arms: tuple[float, float] = (-0.20, 0.20)
    elbows: tuple[float, float] = (0.10, -0.10)
    legs: tuple[float, float] = (-0.08, 0.08)
    knees: tuple[float, float] = (0.0, 0.0)
    sit: bool = False
    tilt: float = 0.0
    arms_in_front: bool = True


def travel(action: str, start: float, facing: float, frame: int, reach: float) -> tuple[float, float]:
    """Where a puppet is on a stage that reaches from -1 to 1, and which way it faces.

    Walkers and runners go to and fro at constant speed and slow only to turn. `reach` is half the stage's
    width in frame heights, which sets how many frames a crossing takes.
    """
    if action not in TRAVEL:
        return start, facing
    sharp = 0.985
    wave = asin(min(1.0, max(-1.0, sin(start * asin(sharp)) / sharp)))
    angle = wave if facing > 0 else pi - wave
    angle += (pi / 2) * TRAVEL[action] / reach * frame
    return asin(sharp * sin(angle)) / asin(sharp), tanh(3.5 * cos(angle))


def pose(action: str, phase: float, frame: int, facing: float) -> Pose:
    """The pose of an action at a frame; `facing` in [-1, 1] is screen left to screen right."""
    side = 1.0 if facing >= 0 else -1.0
    blink = (frame + int(phase * 26)) % 26 == 0
    breath = 0.006 * sin(TURN * (frame / 20 + phase))
    if action == "walk":
        c = TURN * (frame / 8 + phase)
        s = sin(c)
        bend = 0.5 * max(0.0, cos(c)), 0.5 * max(0.0, -cos(c))
        return Pose(
            lift=0.022 * abs(cos(c)), lean=0.04 * side, facing=facing, blink=blink,
            arms=(-0.65 * s, 0.65 * s), elbows=(0.25 * side, 0.25 * side),
            legs=(0.62 * s, -0.62 * s), knees=(-bend[0] * side, -bend[1] * side),
        )  # fmt: skip
    if action == "run":
        c = TURN * (frame / 5 + phase)
        s = sin(c)
        bend = 1.0 * max(0.1, cos(c)), 1.0 * max(0.1, -cos(c))
        return Pose(
            lift=0.06 * abs(cos(c)), lean=0.20 * side, facing=facing, blink=blink, mouth=0.3,
            arms=(-1.1 * s, 1.1 * s), elbows=(1.5 * side, 1.5 * side),
            legs=(1.0 * s, -1.0 * s), knees=(-bend[0] * side, -bend[1] * side),
        )  # fmt: skip
    if action == "wave":
        swing = 0.62 * sin(TURN * (frame / 5 + phase))
        raised, bent = 2.35 * side, (0.35 + swing) * side
        arms = (-0.20, raised) if side > 0 else (raised, 0.20)
        elbows = (0.10, bent) if side > 0 else (bent, -0.10)
        return Pose(
            lift=breath,
            facing=0.4 * facing,
            smile=True,
            blink=blink,
            arms=arms,
            elbows=elbows,
            tilt=-0.03 * side,
        )
    if action == "talk":
        c = TURN * (frame / 3.4 + phase)
        hand = 0.35 * sin(TURN * (frame / 7 + phase))
        mouth = max(0.0, 0.55 + 0.75 * sin(c))
        gesture, bent = (0.45 + 0.3 * hand) * side, (1.75 + hand) * side
        arms = (-0.20, gesture) if side > 0 else (gesture, 0.20)
        elbows = (0.10, bent) if side > 0 else (bent, -0.10)
        return Pose(
            lift=breath, facing=facing, mouth=mouth, blink=blink, arms=arms, elbows=elbows,
            tilt=0.014 * sin(TURN * (frame / 9 + phase)),
        )  # fmt: skip
    if action == "sit":
        return Pose(
            lift=breath, facing=facing, blink=blink, arms=(-0.10, 0.10), elbows=(0.75, -0.75), sit=True,
            tilt=0.01 * sin(TURN * (frame / 24 + phase)),
        )  # fmt: skip
    if action == "jump":
        u = (frame / 9 + phase) % 1.0
        flight = (u - 0.28) / 0.62
        if not 0.0 < flight < 1.0:
            low = 0.10 * (sin(pi * ((u - 0.90) % 1.0) / 0.38))
            return Pose(
                facing=facing, crouch=max(0.0, low), arms=(-0.55, 0.55), elbows=(0.3, -0.3), blink=False
            )
        high = 4 * flight * (1 - flight)
        raise_ = 0.6 + 2.0 * min(1.0, 1.6 * high)
        return Pose(
            lift=0.20 * high, facing=facing, mouth=0.8, smile=True, arms=(-raise_, raise_),
            elbows=(-0.2, 0.2),
            legs=(-0.40 * high, 0.40 * high), knees=(0.7 * high, -0.7 * high),
        )  # fmt: skip
    if action == "dance":
        c = TURN * (frame / 8 + phase)
        s = sin(c)
        return Pose(
            lift=0.045 * abs(cos(c)), lean=0.20 * s, facing=0.9 * s, smile=True, tilt=0.03 * s,
            arms=(-1.55 - 1.0 * s, 1.55 - 1.0 * s), elbows=(-0.7 * s, -0.7 * s),
            legs=(-0.30 - 0.35 * max(0.0, s), 0.30 + 0.35 * max(0.0, -s)),
            knees=(0.6 * max(0.0, s), -0.6 * max(0.0, -s)),
        )  # fmt: skip
    return Pose(lift=breath, facing=facing, blink=blink, tilt=0.008 * sin(TURN * (frame / 26 + phase)))


def settle(frame: int, rate: float = 26.0) -> float:
    """A move that starts at constant speed and saturates gently: 0 at frame 0, towards 1."""
    return (1.0 - exp(-2.0 * frame / rate)) / (1.0 + exp(-2.0 * frame / rate))
