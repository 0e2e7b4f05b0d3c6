"""FilmWeaver's metrics on the test set, by `reelkit.metrics`, with the detector's box in place of its locator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.theatre.scenes import Film
from reelkit.manifest.kinds import Shot
from reelkit.metrics.alignment import alignment
from reelkit.metrics.filmweaver.meters import Crop, Material, SceneMeter
from reelkit.metrics.locator import Box
from reelkit.metrics.meters import Resources, ShotReading
from reelkit.metrics.similarity import Mean
from reelkit.models.encoder import Encoder

Frames = NDArray[np.uint8]
Values = NDArray[np.float64]
COLUMNS = ("character_consistency", "all_consistency", "character_alignment", "all_alignment", "copy_paste_rate")
LEAST_SIDE = 6
"""Pixels: a smaller box is no crop."""


def pixel_box(corners: Values, present: bool, width: int, height: int) -> Box | None:
    """A detected box (x0, y0, x1, y1), clipped to the frame; None where nobody is seen or it is too small."""
    left, top = max(0, round(float(corners[0]))), max(0, round(float(corners[1])))
    right, bottom = min(width, round(float(corners[2]))), min(height, round(float(corners[3])))
    if not present or min(right - left, bottom - top) < LEAST_SIDE:
        return None
    return Box(left, top, right, bottom)


def scene_metrics(
    films: Sequence[Film], frames: Frames, boxes: Values, present: NDArray[np.bool_], encoder: Encoder
) -> dict[str, Values]:
    """COLUMNS for each scene, [S] each, nan where a scene has no value.

    frames: uint8 [S, shots, T, H, W, 3]; boxes: [S, shots, T, 4] pixels; present: [S, shots, T]. The keyframe is
    the shot's middle frame and the only character measured the one its prompt names first, as the detector finds
    no other.
    """
    middle = frames.shape[2] // 2
    height, width = frames.shape[3:5]
    values = {name: np.full(len(films), np.nan) for name in COLUMNS}
    for number, film in enumerate(films):
        scene = SceneMeter(Resources(names=frozenset(COLUMNS), models=cast(Any, encoder)))
        to_prompt, to_look = Mean(), Mean()
        for shot, prompt in enumerate(film.prompts):
            frame = frames[number, shot, middle]
            keyframe = encoder.embed_images([frame])[0]
            to_prompt.add(alignment(keyframe, encoder.embed_texts([prompt])[0]))
            box = pixel_box(boxes[number, shot, middle], bool(present[number, shot, middle]), width, height)
            crops = {}
            if box is not None:
                crop = np.ascontiguousarray(box.crop(frame))
                rows = encoder.embed_images([crop, np.ascontiguousarray(crop[:, ::-1])])
                crops[str(film.first(shot))] = Crop(rows[0], rows[1], None)
                to_look.add(alignment(rows[0], encoder.embed_texts([film.look(shot)])[0]))
            material = Material(keyframe, crops)
            scene.add(ShotReading(shot=Shot(id=f"shot-{shot}", movie="bench"), scores={}, material=material))
        found = {**scene.values(), "all_alignment": to_prompt.mean(), "character_alignment": to_look.mean()}
        for name in COLUMNS:
            value = found[name]
            values[name][number] = np.nan if value is None else value
    return values
