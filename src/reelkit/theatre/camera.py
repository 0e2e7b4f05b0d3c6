"""The virtual camera: from the stage and the canvas to the frame.

Screen units: the frame's height is 1; x is 0 in the middle of the frame, y runs down from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from .backdrops import GROUND, HALF_WIDTH
from .poses import settle
from .puppet import HEAD_Y
from .world import Shot

STANDARD_HEIGHT = 0.56
MARGIN = 0.01


@dataclass(frozen=True)
class Lens:
    """A framing.

    `zoom` enlarges the figures and `back_zoom` the canvas (parallax); `eye` is the screen y of a standard
    adult's eyes, or 0 where the frame shows the floor; `reach` is how much of the half width the cast may
    use; `follow` is how far the canvas slides, in screen units, when a figure crosses the whole stage.
    """

    zoom: float
    back_zoom: float
    eye: float
    reach: float
    follow: float


LENSES = {
    "wide": Lens(1.0, 1.0, 0.0, 0.70, 0.0),
    "full": Lens(1.45, 1.18, 0.0, 0.62, 0.10),
    "medium": Lens(2.35, 1.45, 0.40, 0.60, 0.22),
    "close-up": Lens(3.9, 1.80, 0.46, 0.48, 0.30),
    "extreme close-up": Lens(6.6, 2.2, 0.46, 0.30, 0.34),
}
FLOOR = {"wide": GROUND, "full": 0.955}
PAN = 0.30
"""Half of what a pan slides the picture, in screen units."""
DOLLY = 0.34
"""How much a dolly enlarges the figures."""


@dataclass(frozen=True)
class View:
    """The camera at one frame: the figures' zoom and shift, and the canvas crop.

    `crop` is (left, top, right, bottom) in world units.
    """

    zoom: float
    slide: float
    floor: float
    reach: float
    crop: tuple[float, float, float, float]


def view(shot: Shot, ratio: float, frame: int, travel: float, eyes: float) -> View:
    """The camera at a frame.

    `ratio` is width / height; `travel` in [-1, 1] is the lead's place on the stage, which the camera
    follows; `eyes` is the mean height of the cast's eyes above the ground in world units.
    """
    lens = LENSES[shot.framing]
    slide = dolly = 0.0
    if shot.camera == "pan left":
        slide = PAN * (2 * settle(frame) - 1)
    elif shot.camera == "pan right":
        slide = PAN * (1 - 2 * settle(frame))
    elif shot.camera == "dolly in":
        dolly = settle(frame)
    elif shot.camera == "dolly out":
        dolly = 1 - settle(frame)
    grow = 1 + DOLLY * dolly
    zoom = lens.zoom * grow
    back_zoom = lens.back_zoom * (1 + 0.5 * DOLLY * dolly)
    standard = (HEAD_Y + 0.02) * STANDARD_HEIGHT
    if shot.framing in FLOOR:
        centre = 0.70 if shot.framing == "wide" else 0.20
        floor = centre + (FLOOR[shot.framing] - centre) * grow
    else:
        frame_on = standard + 0.8 * (eyes - standard)
        floor = lens.eye + zoom * frame_on
    half = ratio / 2 / back_zoom
    slack = HALF_WIDTH - half - MARGIN
    turn = shot.view * max(0.0, min(0.35, slack - (PAN + lens.follow) / back_zoom))
    middle = turn + (lens.follow * travel - slide) / back_zoom
    middle = min(max(middle, -slack), slack)
    high = 1.0 / back_zoom
    top = (0.80 if shot.framing == "full" else 0.55) * (1.0 - high)
    reach = lens.reach * ratio / 2
    if len(shot.cast) > 1 and shot.framing not in FLOOR:
        reach = 0.92 * ratio / 2
    if slide:
        reach = min(reach, max(0.2, 0.76 * ratio / 2 - PAN))
    return View(zoom, slide, floor, reach, (middle - half, top, middle + half, top + high))
