"""Still images: read and written as arrays."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from reelkit.errors import RecordError, UnreadableError
from reelkit.media.atomic import write_atomic


def read_image(path: Path | str, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """uint8 [H, W, 3] RGB, upright as its EXIF says, on white where it is transparent.

    size: (width, height) in pixels to scale to. UnreadableError if the file is missing or no image.
    """
    try:
        with Image.open(path) as file:
            image = _rgb(ImageOps.exif_transpose(file))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise UnreadableError(f"{path}: {reason}") from exc
    if size is not None and image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.array(image)


def write_png(path: Path, image: NDArray[np.uint8]) -> None:
    """Write uint8 [H, W, 3] RGB, atomically; the same pixels give the same bytes."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        given = f"{image.dtype} {list(image.shape)}"
        raise RecordError(f"{path.name}: an image is uint8 [H, W, 3], and this is {given}")
    picture = Image.fromarray(np.ascontiguousarray(image))
    write_atomic(path, lambda part: picture.save(part, format="PNG"))


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":
        image = Image.fromarray((np.asarray(image).astype(np.uint32).clip(0, 65_535) >> 8).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
