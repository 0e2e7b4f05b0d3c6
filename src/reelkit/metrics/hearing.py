"""The sound of a take: decoded once as a stream, for every meter at the rate that it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from reelkit.errors import UnreadableError
from reelkit.metrics.meters import Hears

Samples = NDArray[np.float32]
"""float32 [N, C] in -1..1."""
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


class Resampler:
    """Samples of one rate into samples of another, in pieces; swresample's filter, as ffmpeg's `-ar`.

    channels: of the result, None as they come. Gives float32 [N, C].
    """

    def __init__(self, rate: int, channels: int | None = None) -> None:
        layout = None if channels is None else LAYOUTS[channels]
        self.rate = rate
        self._resampler = AudioResampler(format="fltp", layout=layout, rate=rate)

    def frames(self, frame: AudioFrame | None) -> Iterator[Samples]:
        """What a decoded frame becomes; None is the end."""
        for each in self._resampler.resample(frame):
            yield np.ascontiguousarray(each.to_ndarray().T, dtype=np.float32)

    def samples(self, given: Samples, rate: int) -> Iterator[Samples]:
        """What samples [N, C] of `rate` become."""
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(given.T), format="fltp", layout=LAYOUTS[given.shape[1]])
        frame.sample_rate = rate
        yield from self.frames(frame)


def hear(path: Path, meters: Sequence[Hears]) -> None:
    """Decode the file's first sound once and give it to every meter, at its rate; memory is that of a packet.

    Nothing is heard where the file has no sound. Raises UnreadableError where it is missing or broken.
    """
    resamplers = {meter.rate: Resampler(meter.rate) for meter in meters}
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None  # gaps in the stamps of a take are not silence
                _give(resamplers, meters, frame)
            _give(resamplers, meters, None)
    except (av.FFmpegError, OSError) as error:
        raise UnreadableError(f"{path}: its sound cannot be read: {error}") from error


def _give(resamplers: dict[int, Resampler], meters: Sequence[Hears], frame: AudioFrame | None) -> None:
    for rate, resampler in resamplers.items():
        for samples in resampler.frames(frame):
            for meter in meters:
                if meter.rate == rate:
                    meter.hear(samples)


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
