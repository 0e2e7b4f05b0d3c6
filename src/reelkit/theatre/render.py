"""From scenes to frames with exact ground truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .backdrops import HALF_WIDTH, backdrop
from .camera import View, view
from .light import Light
from .pen import Box, Pen
from .poses import Pose, pose, travel
from .puppet import HEAD_Y, SIT_DROP, Wardrobe, draw_puppet, figure_height, wardrobe
from .vocabulary import Rgb, mix
from .world import Character, Scene, Shot

Frames = NDArray[np.uint8]

CANVAS_SCALE = 1.25
SUPERSAMPLE = 2
STUDIO: Rgb = (176, 178, 182)


@dataclass(frozen=True)
class FrameTruth:
    """Who is where in one frame.

    `boxes` and `heads` map a character's index in the scene to (x0, y0, x1, y1) in pixels of the frame,
    clipped to it. A character out of frame has no entry.
    """

    boxes: dict[int, Box] = field(default_factory=dict)
    heads: dict[int, Box] = field(default_factory=dict)


@dataclass(frozen=True)
class Clip:
    """The frames of one shot, uint8 [T, H, W, 3], and the truth of each."""

    frames: Frames
    truth: list[FrameTruth]


@dataclass(frozen=True)
class Film:
    """The frames of all shots of a scene, uint8 [T, H, W, 3], and the truth of each.

    `cuts` are the numbers of the first frames of the second and later shots.
    """

    frames: Frames
    truth: list[FrameTruth]
    cuts: tuple[int, ...]


class _Weather:
    """Falling rain or snow over a frame, a function of the frame number."""

    def __init__(self, light: Light, seed: int, width: int, height: int) -> None:
        rng = np.random.default_rng(seed)
        self.kind = light.weather
        self.width, self.height = width, height
        count = {"rain": 44, "snow": 46}.get(self.kind, 0)
        self.x, self.y, self.speed = rng.random(count), rng.random(count), 0.7 + 0.6 * rng.random(count)
        bright = {"day": 1.0, "dusk": 0.85, "night": 0.80, "dawn": 0.95}[light.time]
        tone = (206, 220, 240) if self.kind == "rain" else (252, 253, 255)
        self.colour: Rgb = mix((0, 0, 0), tone, bright)

    def draw(self, draw: ImageDraw.ImageDraw, frame: int) -> None:
        """Draw the weather of a frame over everything."""
        w, h = self.width, self.height
        if self.kind == "rain":
            y = ((self.y + 0.21 * self.speed * frame) % 1.15 - 0.1) * h
            x = ((self.x - 0.02 * frame) % 1.0) * w
            stroke = max(1, h // 128)
            for left, top in zip(x.tolist(), y.tolist(), strict=True):
                draw.line((left, top, left - 0.025 * h, top + 0.10 * h), fill=self.colour, width=stroke)
        elif self.kind == "snow":
            y = ((self.y + 0.035 * self.speed * frame) % 1.0) * h
            x = ((self.x + 0.008 * np.sin(0.5 * frame + 9 * self.speed)) % 1.0) * w
            r = 0.011 * h
            for left, top in zip(x.tolist(), y.tolist(), strict=True):
                draw.rectangle((left - r, top - r, left + r, top + r), fill=self.colour)


class _Set:
    """The backdrop behind a shot, in supersampled pixels."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self.size = (width, height)
        self.canvas = backdrop(scene.setting, round(height * CANVAS_SCALE))
        self._still: Image.Image | None = None
        self._key: tuple[int, int] | None = None

    def behind(self, crop: Box) -> Image.Image:
        """A fresh picture of a crop in world units."""
        scale = self.canvas.height
        left, top, right, bottom = crop
        box = ((left + HALF_WIDTH) * scale, top * scale, (right + HALF_WIDTH) * scale, bottom * scale)
        box = (max(0.0, box[0]), max(0.0, box[1]), min(self.canvas.width, box[2]), min(float(scale), box[3]))
        return self.canvas.resize(self.size, Image.Resampling.BILINEAR, box=box)

    def sliding(self, crop: Box) -> Image.Image:
        """Like `behind`, for crops that all have one size: the canvas is scaled once and then only cut."""
        width, height = self.size
        zoom = height / (crop[3] - crop[1])
        if self._still is None:
            whole = round(2 * HALF_WIDTH * zoom)
            scale = self.canvas.height
            box = (0.0, crop[1] * scale, float(self.canvas.width), min(float(scale), crop[3] * scale))
            self._still = self.canvas.resize((whole, height), Image.Resampling.BILINEAR, box=box)
        left = min(max(0, round((crop[0] + HALF_WIDTH) * zoom)), self._still.width - width)
        return self._still.crop((left, 0, left + width, height))


def _shadow(
    draw: ImageDraw.ImageDraw, x: float, ground: float, height: float, build: float, lift: float
) -> None:
    wide, flat = (0.20 + 0.06 * build) * (1 - 0.8 * lift), 0.034 * (1 - 0.8 * lift)
    for size, alpha in ((1.0, 46), (0.7, 60)):
        rx, ry = size * wide * height, size * flat * height
        draw.ellipse((x - rx, ground - ry, x + rx, ground + ry), fill=(10, 10, 30, alpha))


def _clip(box: Box, width: int, height: int) -> Box | None:
    left, top = max(0.0, box[0] / SUPERSAMPLE), max(0.0, box[1] / SUPERSAMPLE)
    right, bottom = (
        min(float(width), (box[2] + 1) / SUPERSAMPLE),
        min(float(height), (box[3] + 1) / SUPERSAMPLE),
    )
    return (left, top, right, bottom) if right > left and bottom > top else None


def _eye_line(shot: Shot, heights: Sequence[float]) -> float:
    """The mean height of the cast's eyes above the ground, in world units."""
    eyes = [
        height * (HEAD_Y + 0.02 - (0.75 * SIT_DROP if action == "sit" else 0.0))
        for height, action in zip(heights, shot.actions, strict=True)
    ]
    return sum(eyes) / len(eyes) if eyes else 0.45


def _steady(action: str, motion: Pose, zoom: float) -> Pose:
    """Tame big moves in close framings, so that a face stays in the frame."""
    if zoom <= 2.0:
        return motion
    tame = (2.0 / zoom) ** 0.8
    lean = motion.lean * max(0.35, tame)
    return motion._replace(lift=motion.lift * tame, lean=lean, crouch=motion.crouch * tame)


def render_shot(
    scene: Scene,
    shot: Shot,
    width: int = 128,
    height: int = 64,
    frames: Iterable[int] | None = None,
    shadows: bool = True,
) -> Clip:
    """Draw one shot: all its frames, or only those whose numbers are given.

    `width` / `height` may be from 1 to 2 (2:1 and 3:2 are the house ratios). Returns uint8 [T, H, W, 3] and
    the truth.
    """
    numbers: Sequence[int] = range(shot.frames) if frames is None else list(frames)
    big = (width * SUPERSAMPLE, height * SUPERSAMPLE)
    light = Light.of(scene.setting)
    cast = [scene.characters[index] for index in shot.cast]
    paints = [wardrobe(character, light.on_figure) for character in cast]
    heights = [figure_height(character) for character in cast]
    eyes = _eye_line(shot, heights)
    weather = _Weather(light, scene.seed + 7919 * sum(shot.cast) + len(shot.framing), *big)
    stage = _Set(scene, *big)
    steady = not shot.camera.startswith("dolly")
    picture = np.empty((len(numbers), height, width, 3), np.uint8)
    truth: list[FrameTruth] = []
    order = sorted(range(len(cast)), key=lambda place: heights[place], reverse=True)
    for slot, frame in enumerate(numbers):
        reach = view(shot, width / height, frame, 0.0, eyes).reach
        moves = [
            travel(action, start, facing, frame, reach)
            for action, start, facing in zip(shot.actions, shot.starts, shot.facings, strict=True)
        ]
        camera = view(shot, width / height, frame, moves[0][0] if moves else 0.0, eyes)
        image = stage.sliding(camera.crop) if steady else stage.behind(camera.crop)
        known = FrameTruth()
        for place in order:
            x, facing = moves[place]
            motion = _steady(
                shot.actions[place], pose(shot.actions[place], shot.phases[place], frame, facing), camera.zoom
            )
            _draw_figure(
                image,
                known,
                shot.cast[place],
                cast[place],
                paints[place],
                motion,
                x,
                heights[place],
                camera,
                shadows,
            )
        if weather.kind in ("rain", "snow"):
            weather.draw(ImageDraw.Draw(image), frame)
        picture[slot] = np.asarray(image.reduce(SUPERSAMPLE))
        truth.append(known)
    return Clip(picture, truth)


def _draw_figure(
    image: Image.Image,
    known: FrameTruth,
    index: int,
    character: Character,
    paints: Wardrobe,
    motion: Pose,
    x: float,
    height: float,
    camera: View,
    shadows: bool,
) -> None:
    wide, high = image.size
    px = wide / 2 + (x * camera.reach + camera.slide) * high
    tall = height * camera.zoom * high
    ground = camera.floor * high
    if shadows and ground < 1.1 * high:
        _shadow(ImageDraw.Draw(image, "RGBA"), px, ground, tall, character.build, motion.lift)
    pen = Pen(ImageDraw.Draw(image), px, ground, tall, motion)
    figure, head = draw_puppet(pen, character, paints, motion)
    for boxes, box in ((known.boxes, figure), (known.heads, head)):
        clipped = _clip(box, wide // SUPERSAMPLE, high // SUPERSAMPLE)
        if clipped is not None:
            boxes[index] = clipped


def render_portrait(character: Character, width: int = 128, height: int = 64, seed: int = 0) -> Frames:
    """A portrait before plain grey studio paper, uint8 [H, W, 3]; `seed` varies the turn of the head."""
    rng = np.random.default_rng(seed)
    big = (width * SUPERSAMPLE, height * SUPERSAMPLE)
    image = Image.new("RGB", big, STUDIO)
    facing = float(rng.uniform(-0.7, 0.7))
    tall = (0.55 + 2.0 * figure_height(character)) * big[1]
    ground = 0.50 * big[1] + tall * HEAD_Y
    still = Pose(facing=facing, smile=bool(rng.random() < 0.3))
    draw_puppet(
        Pen(ImageDraw.Draw(image), big[0] / 2, ground, tall, still),
        character,
        wardrobe(character, lambda c: c),
        still,
    )
    return np.asarray(image.reduce(SUPERSAMPLE)).copy()


def render_scene(scene: Scene, width: int = 128, height: int = 64) -> Film:
    """Draw all shots of a scene, one after another."""
    clips = [render_shot(scene, shot, width, height) for shot in scene.shots]
    ends = np.cumsum([len(clip.frames) for clip in clips])
    return Film(
        frames=np.concatenate([clip.frames for clip in clips]),
        truth=[known for clip in clips for known in clip.truth],
        cuts=tuple(int(end) for end in ends[:-1]),
    )
