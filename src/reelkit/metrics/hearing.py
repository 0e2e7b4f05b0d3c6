"""The sound of a take: decoded once as a stream, for every meter at the rate that it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from reelkit.errors import UnreadableError
from reelkit.metrics.meters import Hears

Samples = NDArray[np.float32]
"""float32 [N, C] in -1..1."""
LAYOUTS = {1: "mono", 2: "stereo"}
SURROUND = "5.1"
"""What more than two channels are mixed to: six, the fourth for low effects, the last two behind."""
COUNTS = {"mono": 1, "stereo": 2, SURROUND: 6}
LATE_SECONDS = 0.04
"""Sound that begins later or earlier than the picture by less than that, about one picture, begins with it."""


class Resampler:
    """Samples of any rate into samples of one, in pieces; swresample's filter, as ffmpeg's `-ar`."""

    def __init__(self, rate: int, layout: str = "mono") -> None:
        self.rate = rate
        self._layout = layout
        self._given: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def frames(self, frame: AudioFrame | None) -> Iterator[Samples]:
        """What a decoded frame becomes, float32 [N, C]; None is the end. A stream may change its layout or rate."""
        given = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        if given != self._given:
            if self._resampler is not None:
                yield from _arrays(self._resampler.resample(None))
            self._resampler = AudioResampler(format="fltp", layout=self._layout, rate=self.rate) if given else None
            self._given = given
        if frame is not None and self._resampler is not None:
            yield from _arrays(self._resampler.resample(frame))

    def mono(self, given: Samples, rate: int) -> Iterator[Samples]:
        """What samples [N, C] of `rate` become, [N, 1]: the mean of the channels, whose level is that of each where all agree."""
        mean = given.mean(axis=1, dtype=np.float32)[None]
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(mean), format="fltp", layout="mono")
        frame.sample_rate = rate
        yield from self.frames(frame)


def hear(path: Path, meters: Sequence[Hears]) -> None:
    """Decode the file's first sound once and give it to every meter, at its rate; memory is that of a packet.

    More than two channels come as 5.1. Sound that begins after the picture is silent until then; what comes before the
    picture is dropped. Nothing is heard where the file has no sound. Raises UnreadableError where it is missing or broken.
    """
    for rate, samples in _decoded(path, {meter.rate for meter in meters}):
        for meter in meters:
            if meter.rate == rate:
                meter.hear(samples)


def _decoded(path: Path, rates: set[int]) -> Iterator[tuple[int, Samples]]:
    resamplers: dict[int, Resampler] = {}
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return
            for frame in container.decode(container.streams.audio[0]):
                if not resamplers:
                    late = _late(container, frame)
                    if late < -LATE_SECONDS:
                        continue
                    layout = LAYOUTS.get(frame.layout.nb_channels, SURROUND)
                    resamplers = {rate: Resampler(rate, layout) for rate in rates}
                    if late > LATE_SECONDS:
                        yield from _silence(late, rates, COUNTS[layout])
                frame.pts = None  # gaps in the stamps of a take are not silence
                for rate, resampler in resamplers.items():
                    for samples in resampler.frames(frame):
                        yield rate, samples
            for rate, resampler in resamplers.items():
                for samples in resampler.frames(None):
                    yield rate, samples
    except (av.FFmpegError, OSError) as error:
        raise UnreadableError(f"{path}: its sound cannot be read: {error}") from error


def _late(container: InputContainer, frame: AudioFrame) -> float:
    """Seconds by which a frame of sound comes after the first picture; 0 where the file does not tell."""
    pictures = container.streams.video
    if not pictures or pictures[0].start_time is None or pictures[0].time_base is None or frame.time is None:
        return 0.0
    late = float(frame.time - pictures[0].start_time * pictures[0].time_base)
    # Stamps that put the sound after the end of the file are wrong.
    return late if container.duration is None or late < container.duration / av.time_base else 0.0


def _silence(seconds: float, rates: set[int], channels: int) -> Iterator[tuple[int, Samples]]:
    for rate in rates:
        for start in range(0, round(seconds * rate), rate):
            yield rate, np.zeros((min(rate, round(seconds * rate) - start), channels), np.float32)


def _arrays(frames: Sequence[AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield np.ascontiguousarray(frame.to_ndarray().T, dtype=np.float32)


class Heard:
    """A whole sound in mono, up to `seconds`; what is beyond is dropped and `cut` says so."""

    def __init__(self, rate: int, seconds: float) -> None:
        self.rate = rate
        self.cut = False
        self._most = int(rate * seconds)
        self._parts: list[Samples] = []
        self._count = 0

    def hear(self, samples: Samples) -> None:
        """See `Hears`."""
        room = self._most - self._count
        self.cut |= len(samples) > room
        if room > 0:
            self._parts.append(samples[:room].mean(axis=1))
            self._count += len(self._parts[-1])

    def sound(self) -> NDArray[np.float32]:
        """float32 [N]."""
        return np.concatenate(self._parts) if self._parts else np.zeros(0, np.float32)


def read_sound(path: Path, rate: int, seconds: float) -> NDArray[np.float32]:
    """A file's sound in mono, float32 [N], at most `seconds` of it; empty where it has none."""
    heard = Heard(rate, seconds)
    hear(path, [heard])
    return heard.sound()
