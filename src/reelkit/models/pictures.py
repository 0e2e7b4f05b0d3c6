"""What families do alike with diffusers' pipelines and pictures: other pipelines of the same parts, noise, pixels, stills."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from PIL.Image import Image


def recast(pipe: Any, kind: str, **scalars: Any) -> Any:
    """The same parts under another of diffusers' pipeline classes, which takes no memory."""
    import diffusers

    cast = getattr(diffusers, kind)(**pipe.components, **scalars)
    cast.set_progress_bar_config(disable=True)
    return cast


def generator(seed: int, device: str = "cpu") -> torch.Generator:
    """A source of noise; on the CPU, so that a seed means the same noise on every device."""
    import torch

    return torch.Generator(device).manual_seed(seed)


def pixels(video: Any) -> NDArray[np.uint8]:
    """A pipeline's `np` output [T, H, W, 3] within 0..1, as uint8."""
    import numpy as np

    scaled: NDArray[np.uint8] = (np.asarray(video) * 255.0).round().clip(0, 255).astype(np.uint8)
    return scaled


def picture(path: str, size: tuple[int, int] | None = None) -> Image:
    """A still as a PIL image in RGB, turned upright, scaled to `size` (width, height) if given."""
    from PIL import Image

    from reelkit.media.image import read_image

    return Image.fromarray(read_image(Path(path), size))
