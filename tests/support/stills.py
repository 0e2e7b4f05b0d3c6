"""Stills of a checkpoint by the loader, for the tests of families that draw them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reelkit.media.image import read_image, write_png
from reelkit.models import GenerateRequest
from reelkit.models.local import LocalModels
from reelkit.models.requests import OnStep

PROMPT = "Close-up, static camera. A woman in a red coat on a beach at dusk."


class Studio:
    """A folder with a checkpoint in it, one loader on the CPU, and pictures to look at."""

    def __init__(self, folder: Path, size: tuple[int, int], steps: int = 2) -> None:
        self.folder, self.size, self.steps = folder, size, steps
        self.models = LocalModels("cpu", "float32")

    def request(self, **more: Any) -> GenerateRequest:
        """A still of this studio's size."""
        fields: dict[str, Any] = {
            "model": str(self.folder), "prompt": PROMPT, "width": self.size[0], "height": self.size[1], "frames": 1,
            "seed": 7, "steps": self.steps, "still": True, "out": str(self.folder.parent / "drawn"),
        }
        return GenerateRequest(**{**fields, **more})

    def draw(self, on_step: OnStep | None = None, **more: Any) -> np.ndarray:
        """uint8 [H, W, 3]."""
        request = self.request(**more)
        self.models.generate(request, on_step)
        return read_image(Path(request.out + ".png"))

    def picture(self, name: str, width: int, height: int, seed: int = 0) -> str:
        """Path of a picture with structure at every scale that a tiny model sees."""
        path = self.folder.parent / f"{name}.png"
        patches = np.random.default_rng(seed).integers(0, 256, (-(-height // 8), -(-width // 8), 3), np.uint8)
        write_png(path, patches.repeat(8, 0).repeat(8, 1)[:height, :width])
        return str(path)


def as_pixels(images: Any) -> np.ndarray:
    """A pipeline's own `np` output of one picture as uint8 [H, W, 3]."""
    return (np.asarray(images[0]) * 255).round().astype(np.uint8)
