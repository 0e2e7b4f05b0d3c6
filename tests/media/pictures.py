"""Small moving pictures for the tests of this folder."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def moving(count: int, shade: int = 0, width: int = 64, height: int = 48) -> Iterator[Picture]:
    """A red square that walks over a ground that brightens; uint8 [H, W, 3]."""
    for index in range(count):
        picture = np.full((height, width, 3), 60 + shade, np.uint8)
        picture[..., 2] = (shade + 4 * index) % 256
        left = 2 * index % (width - 16)
        picture[8:24, left : left + 16] = (220, 30, 20)
        yield picture


def noise(count: int, width: int = 33, height: int = 17) -> list[Picture]:
    """Frames that no codec can guess."""
    source = np.random.default_rng(7)
    return [source.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(count)]
