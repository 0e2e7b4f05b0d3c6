"""Frames as a judge is shown them: few, evenly spaced, and small."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from reelkit.metrics.meters import Block, Frame

MOST_FRAMES = 16
"""Pictures of one question; of more, evenly spaced ones are shown."""
LONGEST = 768
"""Longer side in pixels."""
QUALITY = 90


def shown(frames: Sequence[Frame], most: int = MOST_FRAMES, longest: int = LONGEST) -> list[Frame]:
    """At most `most` of the frames, the first and the last among them, scaled down to `longest`."""
    places = range(len(frames))
    if len(frames) > most:
        places_spaced = np.linspace(0, len(frames) - 1, most).round().astype(int)
        return [downscaled(frames[int(place)], longest) for place in places_spaced]
    return [downscaled(frames[place], longest) for place in places]


def downscaled(frame: Frame, longest: int) -> Frame:
    """The frame with no side longer than `longest` pixels; one that is small enough as it is."""
    height, width = frame.shape[:2]
    if max(height, width) <= longest:
        return np.ascontiguousarray(frame)
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(np.ascontiguousarray(frame))
    return np.array(picture.resize(size, Image.Resampling.LANCZOS))


def data_url(frame: Frame) -> str:
    """The frame as a JPEG in a URL, as the chat format carries pictures."""
    written = io.BytesIO()
    Image.fromarray(frame).save(written, format="JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()


class Kept:
    """The frames with these numbers, kept small as they pass."""

    def __init__(self, numbers: Sequence[int], longest: int = LONGEST) -> None:
        self._numbers, self._longest = frozenset(int(number) for number in numbers), longest
        self.frames: list[Frame] = []

    def add(self, block: Block) -> None:
        """Take what is wanted of a block."""
        for number, frame in enumerate(block.frames, block.start):
            if number in self._numbers:
                self.frames.append(downscaled(frame, self._longest))
