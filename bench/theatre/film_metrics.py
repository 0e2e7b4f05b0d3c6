"""FilmWeaver's metrics on the test set, by `reelkit.metrics`, with the detector's box in place of its locator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.theatre.scenes import Film
from reelkit.metrics.aggregate import SceneScores
from reelkit.metrics.locator import Box
from reelkit.metrics.measure import CastMember, Measurer
from reelkit.models.encoder import Encoder

Frames = NDArray[np.uint8]
Values = NDArray[np.float64]
COLUMNS = ("character_consistency", "all_consistency", "character_alignment", "all_alignment", "copy_paste_rate")
LEAST_SIDE = 6
"""Pixels: a smaller box is no crop."""


class OneEncoder:
    """An encoder where `Models` is expected; the encoder's name is ignored."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one."""
        return self.encoder.embed_texts(texts)

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D]."""
        return self.encoder.embed_images(images, normalise=normalise)


class ReadBox:
    """A `Locator` that answers with the detector's box of the frame at hand."""

    def __init__(self) -> None:
        self.box: Box | None = None

    def __call__(self, frame: Frames, descriptions: NDArray[np.float32]) -> list[Box | None]:
        """The box for the first description, nothing for others."""
        return [self.box, *[None] * (len(descriptions) - 1)]


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
    locator = ReadBox()
    measurer = Measurer(COLUMNS, OneEncoder(encoder), locator=locator)
    middle = frames.shape[2] // 2
    height, width = frames.shape[3:5]
    values = {name: np.full(len(films), np.nan) for name in COLUMNS}
    for number, film in enumerate(films):
        scores = SceneScores(COLUMNS)
        for shot, prompt in enumerate(film.prompts):
            locator.box = pixel_box(boxes[number, shot, middle], bool(present[number, shot, middle]), width, height)
            who = CastMember(str(film.scene.seed), str(film.first(shot)), film.look(shot))
            scores.add(measurer.still(frames[number, shot, middle], prompt, [who]))
        for name, value in scores.values().items():
            values[name][number] = value
    return values
