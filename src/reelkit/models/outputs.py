"""What a family made, as files: latents beside a clip, with its sound, or a still."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reelkit.media.atomic import write_bytes_atomic
from reelkit.media.audio import samples_for
from reelkit.media.containers import frame_rate
from reelkit.media.image import write_png
from reelkit.media.video import write_video
from reelkit.models.family import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reelkit.models.family import Clip

EDGE = 200
"""A part of a second (5 ms) over which a chunk's sound comes and goes.

A chunk's sound is drawn anew and does not go on in the waveform of the one before, so that a join would click.
"""


def write_clip(out: Path, clip: Clip, fps: float, still: bool) -> None:
    """Write `out.safetensors`, if anything is handed on, and `out.mp4` or `out.png`, each atomically."""
    if clip.handed_on and not still:
        from safetensors.torch import save

        tensors = {name: value.cpu().contiguous() for name, value in clip.handed_on.items()}
        # Not `save_file`, which renames a file of its own over the one that `write_atomic` holds for this writer.
        write_bytes_atomic(out.with_name(out.name + ".safetensors"), save(tensors))
    if still:
        write_png(out.with_name(out.name + ".png"), clip.frames[0])
    else:
        sound = None if clip.sound is None else (edged(clip.sound), clip.sound.rate)
        write_video(out.with_name(out.name + ".mp4"), iter(clip.frames), fps, sound=sound)


def edged(sound: Sound) -> NDArray[np.float32]:
    """The samples with a ramp at both ends."""
    count = len(sound.samples)
    place = np.arange(1, count + 1)
    ramp = sound.rate // EDGE + 1
    gain = np.minimum(1.0, np.minimum(place, place[::-1]) / ramp).astype(np.float32)
    faded: NDArray[np.float32] = sound.samples * gain[:, None]
    return faded


def sound_of(waveform: NDArray[np.float32], rate: int, past: int, frames: int, fps: float) -> Sound:
    """What is heard with the new frames: exactly as long as they are, silence where the waveform ends before them.

    waveform: float32 [channels, samples] that begins with the first of `past` frames, which the new ones follow.
    """
    pictures = frame_rate(fps)
    begin, length = samples_for(past, pictures, rate), samples_for(frames, pictures, rate)
    heard = waveform.T[begin : begin + length]
    missing = length - len(heard)
    return Sound(np.pad(heard, ((0, missing), (0, 0))).astype(np.float32), rate)
