"""The film's sound: silence, with each take's own audio laid in at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from reelkit.cutting.picture import BrokenTake
from reelkit.cutting.timeline import Piece, Span, round_half_up

SAMPLE_RATE = 48_000
"""Hz."""
CHANNELS = 2
BYTES_PER_SAMPLE = 2 * CHANNELS
RAMP = SAMPLE_RATE // 200
"""Samples (5 ms) over which sound comes and goes at a cut, so that it does not click."""


def write_soundtrack(path: Path, spans: Sequence[Span], rate: Fraction) -> int:
    """Write raw interleaved stereo s16le at 48 kHz, exactly as long as the picture; returns samples.

    Silence is a hole in the file and takes no room. Raises BrokenTake when a take's audio cannot be decoded.
    """
    total = at(spans[-1].end, rate) if spans else 0
    with path.open("wb") as out:
        out.truncate(total * BYTES_PER_SAMPLE)
    if any(span.piece.has_audio for span in spans) and total:
        track = np.memmap(path, dtype="<i2", mode="r+", shape=(total, CHANNELS))
        for index, span in enumerate(spans):
            if span.piece.has_audio:
                follower = spans[index + 1].lead if index + 1 < len(spans) else 0
                _lay(track, span, rate, follower)
        track.flush()
    return total


def check_sound(span: Span, rate: Fraction) -> None:
    """Decode a take's audio as far as the film needs it; raises BrokenTake where that fails."""
    if span.piece.has_audio:
        needed = at(span.end, rate) - at(span.start, rate)
        for block in _samples(span.piece):
            needed -= len(block)
            if needed <= 0:
                return


def at(frame: int, rate: Fraction) -> int:
    """The sample at which a frame of the film starts."""
    return round_half_up(frame * SAMPLE_RATE / rate)


def _lay(track: NDArray[np.int16], span: Span, rate: Fraction, tail: int) -> None:
    """Add a take's audio between the span's first and last sample, ramped over its dissolves."""
    start, end = at(span.start, rate), at(span.end, rate)
    rise = max(RAMP, at(span.start + span.lead, rate) - start)
    fall = max(RAMP, end - at(span.end - tail, rate))
    place = 0
    for block in _samples(span.piece):
        block = block[: end - start - place]
        if not len(block):
            break
        position = np.arange(place, place + len(block))
        gain = np.minimum(1.0, np.minimum((position + 1) / rise, (end - start - position) / fall))
        here = slice(start + place, start + place + len(block))
        mixed = track[here].astype(np.float32) + block * gain[:, None]
        track[here] = np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)
        place += len(block)


def _samples(piece: Piece) -> Iterator[NDArray[np.int16]]:
    """The take's audio as int16 [N, 2] blocks at 48 kHz, aligned with its first picture."""
    try:
        with av.open(str(piece.path)) as container:
            stream = container.streams.audio[0]
            picture = container.streams.video[0]
            shift = _seconds(stream.start_time, stream.time_base) - _seconds(
                picture.start_time, picture.time_base
            )
            skip = round_half_up(-shift * SAMPLE_RATE)
            if skip < 0:
                yield np.zeros((-skip, CHANNELS), dtype=np.int16)
                skip = 0
            resampler = av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)
            for frame in _resampled(container, stream, resampler):
                block = frame[skip:]
                skip = max(0, skip - len(frame))
                if len(block):
                    yield block
    except (FFmpegError, OSError, IndexError, ValueError) as error:
        raise BrokenTake(piece, f"its audio cannot be decoded ({error})") from error


def _resampled(
    container: av.container.InputContainer, stream: av.AudioStream, resampler: av.AudioResampler
) -> Iterator[NDArray[np.int16]]:
    for frame in container.decode(stream):
        for out in resampler.resample(frame):
            yield out.to_ndarray().reshape(-1, CHANNELS).astype(np.int16, copy=False)
    for out in resampler.resample(None):
        yield out.to_ndarray().reshape(-1, CHANNELS).astype(np.int16, copy=False)


def _seconds(ticks: int | None, base: Fraction | None) -> Fraction:
    return Fraction(0) if ticks is None or base is None else ticks * base
