"""A tiny text-and-image encoder and scenes of coloured figures, for tests whose numbers a hand can check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelkit.media.image import read_image

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 30),
    "blue": (30, 60, 220),
    "yellow": (230, 220, 40),
    "grey": (128, 128, 128),
}


class ColourEncoder:
    """Embeds a picture as the shares of the colours it shows, and a text as the colours it names."""

    def __init__(self) -> None:
        self.pictures = 0
        self.texts = 0

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        self.texts += len(texts)
        return _rows([[float(name in text.split()) for name in COLOURS] for text in texts])

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        self.pictures += len(images)
        return _rows([shares(read_image(i) if isinstance(i, Path) else i) for i in images])

    def check(self, request: object) -> None:
        pass

    def describe(self, model: str, role: str) -> SimpleNamespace:
        return SimpleNamespace(name="colours", revision="1")


def shares(image: NDArray[np.uint8]) -> list[float]:
    """How much of the picture is nearest to each colour."""
    palette = np.array(list(COLOURS.values()), dtype=np.float32)
    pixels = image[::2, ::2].reshape(-1, 1, 3).astype(np.float32)
    nearest = ((pixels - palette) ** 2).sum(-1).argmin(1)
    return [float((nearest == index).mean()) for index in range(len(palette))]


def picture(
    figure: str, ground: str = "grey", left: int = 20, size: tuple[int, int] = (64, 96)
) -> NDArray[np.uint8]:
    """A figure (a standing block) on a ground, uint8 [64, 96, 3]."""
    frame = np.empty((*size, 3), dtype=np.uint8)
    frame[:] = COLOURS[ground]
    frame[4:, left : left + 28] = COLOURS[figure]
    return frame


def _rows(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    vectors = np.array(rows, dtype=np.float32) + 1e-6
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
