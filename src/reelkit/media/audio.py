"""Sound in a video's file: lossless FLAC in MP4, in blocks that a join can copy.

Source: FLAC (RFC 9639) and its mapping to ISO media files. 24 bits, so that float32 sound keeps all that anybody
hears; a block lasts as long as one picture where that is a whole number of samples, so that a chunk ends on a block.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av import AudioFrame, Packet
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from reelkit.errors import RecordError, UsageError

Sound = tuple[NDArray[np.float32], int]
"""Samples float32 [samples, channels] within -1..1, and their rate in Hz."""

CODEC = "flac"
SUFFIX = ".mp4"
FORMAT = "s32"
FULL_SCALE = 2**23 - 1
UNUSED_BITS = 8
"""Of a 32-bit sample below the 24 that are kept."""
LAYOUTS = {1: "mono", 2: "stereo"}
LARGEST_BLOCK = 4608
"""Samples; what every FLAC decoder takes up to 48 kHz (RFC 9639, section 7)."""
STREAMINFO = 34
"""Bytes of FLAC's own description of a stream (RFC 9639, section 8.2)."""


def samples_for(frames: int, picture_rate: Fraction, rate: int) -> int:
    """Samples at `rate` Hz that last as long as `frames` pictures, half a sample rounded up."""
    return math.floor(frames * rate / picture_rate + Fraction(1, 2))


def block_size(picture_rate: Fraction, rate: int) -> int:
    """Samples of a block: one picture's worth, or a whole part of it where that is too much for a block."""
    samples = samples_for(1, picture_rate, rate)
    return max(16, samples // math.ceil(samples / LARGEST_BLOCK))


def check_sound(path: Path, sound: Sound) -> None:
    """UsageError where the container keeps no sound, RecordError where it is none."""
    samples, rate = sound
    if path.suffix != SUFFIX:
        raise UsageError(f"{path.name}: a video with sound is kept in {SUFFIX}")
    if samples.ndim != 2 or samples.shape[1] not in LAYOUTS or rate < 1:
        raise RecordError(f"{path.name}: sound is [samples, 1 or 2 channels], and this is {list(samples.shape)}")
    if not np.isfinite(samples).all():
        raise RecordError(f"{path.name}: its sound holds values that are no numbers; try another seed")


class SoundTrack:
    """The sound of a video that is being written, laid beside its pictures as they come."""

    def __init__(self, container: OutputContainer, sound: Sound, picture_rate: Fraction) -> None:
        samples, self.rate = sound
        self.container, self.picture_rate = container, picture_rate
        self.quantised = quantised(samples)
        self.block = block_size(picture_rate, self.rate)
        self.stream = cast(AudioStream, container.add_stream(CODEC, rate=self.rate))
        _settle(self.stream.codec_context, self.rate, LAYOUTS[samples.shape[1]], self.block)
        self.done = 0

    def upto(self, frames: int) -> None:
        """Write what belongs to the first `frames` pictures, in whole blocks."""
        due = min(samples_for(frames, self.picture_rate, self.rate), len(self.quantised))
        whole = (due - self.done) // self.block * self.block
        self._write(self.quantised[self.done : self.done + whole])

    def finish(self, path: Path, frames: int) -> None:
        """Write the rest; RecordError where the sound is not as long as the picture."""
        due = samples_for(frames, self.picture_rate, self.rate)
        if len(self.quantised) != due:
            raise RecordError(
                f"{path.name}: its sound is {len(self.quantised)} samples long, and {frames} frames last {due}"
            )
        self._write(self.quantised[self.done :])
        self.container.mux(self.stream.encode(None))

    def _write(self, samples: NDArray[np.int32]) -> None:
        for frame in _frames(samples, self.rate, self.block, self.done):
            self.container.mux(self.stream.encode(frame))
        self.done += len(samples)


class JoinedSound:
    """One stream of sound made of the packets of several files, with silence where one of them has none."""

    def __init__(self, container: OutputContainer, like: AudioStream, picture_rate: Fraction) -> None:
        self.container, self.picture_rate = container, picture_rate
        self.rate = like.codec_context.sample_rate
        self.layout = like.codec_context.layout
        self.stream = container.add_stream_from_template(like)
        self.stream.time_base = Fraction(1, self.rate)
        # Length and checksum in it are those of one part.
        self.stream.codec_context.extradata = _description(like)
        self.done = 0

    def copy(self, packet: Packet) -> None:
        """Put a part's packet after what is there."""
        self._put(packet, round((packet.duration or 0) * packet.time_base * self.rate))

    def fill(self, frames: int) -> None:
        """Silence up to the end of the first `frames` pictures."""
        due = samples_for(frames, self.picture_rate, self.rate)
        encoder = cast(AudioCodecContext, av.CodecContext.create(CODEC, "w"))
        block = block_size(self.picture_rate, self.rate)
        _settle(encoder, self.rate, self.layout.name, block)
        silence = np.zeros((max(0, due - self.done), self.layout.nb_channels), np.int32)
        for frame in [*_frames(silence, self.rate, block, 0), None]:
            for packet in encoder.encode(frame):
                if packet.size:  # the last one only carries a description of the whole
                    self._put(packet, packet.duration or 0)

    def _put(self, packet: Packet, samples: int) -> None:
        packet.stream = self.stream
        packet.time_base = Fraction(1, self.rate)
        packet.pts = packet.dts = self.done
        packet.duration = samples
        self.container.mux_one(packet)
        self.done += samples


def traits(stream: AudioStream) -> dict[str, Any]:
    """What must be one in all parts of a join."""
    context = stream.codec_context
    return {
        "codec of the sound": context.name,
        "sampling rate": context.sample_rate,
        "number of channels": context.channels,
        "encoder setting of the sound": _description(stream),
    }


def quantised(samples: NDArray[np.float32]) -> NDArray[np.int32]:
    """The samples as the 24 bits that are kept, in the upper part of 32; what is beyond -1..1 is clipped."""
    scaled = np.rint(np.clip(samples.astype(np.float64), -1.0, 1.0) * FULL_SCALE).astype(np.int32)
    kept: NDArray[np.int32] = scaled << UNUSED_BITS
    return kept


def _settle(context: AudioCodecContext, rate: int, layout: str, block: int) -> None:
    context.sample_rate = rate
    context.layout = layout
    context.format = FORMAT
    context.time_base = Fraction(1, rate)
    context.options = {"frame_size": str(block)}
    context.thread_count = 1


def _frames(samples: NDArray[np.int32], rate: int, block: int, start: int) -> Iterator[AudioFrame]:
    layout = LAYOUTS[samples.shape[1]]
    for place in range(0, len(samples), block):
        packed = np.ascontiguousarray(samples[place : place + block]).reshape(1, -1)
        frame = AudioFrame.from_ndarray(packed, format=FORMAT, layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), start + place
        yield frame


def _description(stream: AudioStream) -> bytes:
    """The stream's STREAMINFO, with zero, which is unknown, for sizes of frames, length and checksum."""
    found = bytes(stream.codec_context.extradata or b"")
    if len(found) != STREAMINFO:
        return found
    return found[:4] + bytes(6) + found[10:13] + bytes([found[13] & 0xF0]) + bytes(20)
