"""Stills for the page: one small picture a shot, made when it is written and not kept."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reelkit.errors import RecordError, UnreadableError
from reelkit.media.image import read_image
from reelkit.media.store import MediaStore
from reelkit.media.video import probe, read_frames
from reelkit.metrics.reporting.collecting import ShotFacts

LATEST_FRAME = 240
"""A still is no later than this frame, so that a very long take is not decoded to its middle."""
QUALITY = 72
"""Of WebP, 0 to 100."""
PLAYABLE = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"}
"""Files that browsers play, and what they are."""


def poster(shot: ShotFacts, store: MediaStore, pixels: int) -> tuple[str, str]:
    """A data URL of the take's middle frame, or of the keyframe where there is no take, and in words why there is none.

    pixels: width. One of the two is empty.
    """
    path = shot.clip or shot.still
    if not path:
        return "", "no take yet"
    try:
        file = store.absolute(path)
        if not file.is_file():
            return "", f"its file {path} is missing"
        picture = middle_frame(file, shot.frames) if shot.clip else read_image(file)
        return data_url("image/webp", webp(picture, pixels)), ""
    except (UnreadableError, RecordError) as error:
        return "", str(error)


def middle_frame(path: Path, frames: int = 0) -> NDArray[np.uint8]:
    """The frame in the middle of a video, uint8 [H, W, 3], no later than `LATEST_FRAME`; frames: its length, if known."""
    wanted = min((frames or probe(path).frames) // 2, LATEST_FRAME)
    return next(read_frames(path, [wanted]))


def webp(picture: NDArray[np.uint8], pixels: int) -> bytes:
    """The picture as WebP, no wider than `pixels`."""
    image = Image.fromarray(picture)
    if image.width > pixels:
        image = image.resize((pixels, max(1, round(image.height * pixels / image.width))), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def data_url(kind: str, content: bytes) -> str:
    """The content as a URL that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
