"""One pass over a take: its keyframe, the frames that networks look at, and what the file itself shows."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.errors import RecordError
from reelkit.media.video import probe, read_frames
from reelkit.metrics.technical import FrameWatch

SAMPLES_PER_SECOND = 2.0
"""Frames a second that aes and incep look at; more of them are nearly the same picture."""


class ClipSample(msgspec.Struct, frozen=True):
    """What one decode of a take leaves in memory."""

    keyframe: NDArray[np.uint8]
    """The middle frame of the part that stands in the film, uint8 [H, W, 3]."""
    samples: list[NDArray[np.uint8]]
    """Evenly spaced frames, SAMPLES_PER_SECOND of them; empty when none were asked for."""
    seconds: float
    """Length of the file."""
    watch: FrameWatch


def sample_clip(path: Path, planned: float, with_samples: bool) -> ClipSample:
    """Decode the take at `path` once, as a stream.

    planned: seconds that the film uses from the take's start; the keyframe is the middle of them. Raises
    RecordError when the file has no frames, and what `reelkit.media.video` raises when it cannot be read.
    """
    info = probe(path)
    used = max(1, min(info.frames, round(planned * info.fps)))
    middle = used // 2
    every = max(1.0, info.fps / SAMPLES_PER_SECOND)
    watch = FrameWatch()
    keyframe: NDArray[np.uint8] | None = None
    samples: list[NDArray[np.uint8]] = []
    due = every / 2
    for index, frame in enumerate(read_frames(path)):
        watch.add(frame)
        if index <= middle:
            keyframe = frame
        if with_samples and index < used and index + 1 > due:
            samples.append(frame)
            due += every
    if keyframe is None:
        raise RecordError(f"{path} has no frames; remove the take and make it again with `reel shot`")
    return ClipSample(keyframe, samples or ([keyframe] if with_samples else []), info.seconds, watch)
