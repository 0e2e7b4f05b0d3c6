"""Onsets in sound and in pictures, and how well two rhythms go together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.hearing import Samples
from reelkit.metrics.meters import Frame

RATE = 22_050
HOP, WINDOW, BANDS = 512, 2048, 64
ENVELOPE_RATE = RATE / HOP
"""Hz of the onset strength, about 43."""
SILENCE = 1e-5
"""Power of a mel band below which nothing is heard: white noise of some -70 dB, so that dither is no onset."""
LAG_SECONDS = 0.5
"""Two rhythms may be shifted by so much against one another."""
GAP_SECONDS = 0.15
"""Least distance of two onsets."""
TOLERANCE_SECONDS = 0.1
"""An onset in the sound and one in the picture that are nearer are one event."""
STRONG = 3.0
"""An onset stands out of the median by so many median deviations,"""
SHARE = 0.2
"""and by so much of what the strongest does."""
SIDE = 32
"""Cells of a picture's longer side between which motion is told."""


class OnsetStrength:
    """Mean rise of log-mel bands from one short frame to the next, as a stream; spectral flux as librosa's onset strength."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._before: NDArray[np.float64] | None = None
        self._flux: list[float] = []
        self._bands: NDArray[np.float32] | None = None

    def hear(self, samples: Samples) -> None:
        """The next samples [N, C] at RATE."""
        import librosa

        if self._bands is None:
            self._bands = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS)
        self._rest = np.concatenate([self._rest, samples.mean(axis=1)])
        count = 1 + (len(self._rest) - WINDOW) // HOP if len(self._rest) >= WINDOW else 0
        if not count:
            return
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, WINDOW)[:: HOP][:count]
        power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
        levels = 10.0 * np.log10(np.maximum(power @ self._bands.T, SILENCE))
        for level in levels:
            self._flux.append(0.0 if self._before is None else float(np.maximum(0.0, level - self._before).mean()))
            self._before = level
        self._rest = self._rest[count * HOP :]

    def envelope(self) -> NDArray[np.float64]:
        """Onset strength [N] at ENVELOPE_RATE, the first at half a window."""
        return np.array(self._flux)


class MotionOnsets:
    """Mean change of a small picture from frame to frame, as a stream."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._changes: list[float] = []

    def add(self, frame: Frame) -> None:
        """Take the next frame, uint8 [H, W, 3]."""
        step = max(1, max(frame.shape[:2]) // SIDE)
        small = frame[::step, ::step].mean(axis=2, dtype=np.float32)
        self._changes.append(0.0 if self._before is None else float(np.abs(small - self._before).mean()))
        self._before = small

    def envelope(self) -> NDArray[np.float64]:
        """Change [N], one a frame."""
        return np.array(self._changes)


def onsets(envelope: NDArray[np.float64], rate: float, offset: float = 0.0) -> NDArray[np.float64]:
    """Times in seconds of what stands out of an envelope: maxima over GAP_SECONDS, STRONG deviations above the median.

    offset: time of the envelope's first number.
    """
    if len(envelope) < 3:
        return np.zeros(0)
    reach = max(1, round(GAP_SECONDS * rate))
    padded = np.pad(envelope, reach, mode="constant", constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    middle = float(np.median(envelope))
    deviation = float(np.median(np.abs(envelope - middle)))
    highest = float(envelope.max(initial=0.0))
    stands_out = envelope > middle + max(STRONG * deviation, SHARE * (highest - middle), 1e-9)
    places = np.flatnonzero(stands_out & (around.argmax(axis=1) == reach))
    return places / rate + offset


def f_measure(heard: Sequence[float] | NDArray[np.float64], seen: Sequence[float] | NDArray[np.float64]) -> float | None:
    """F-measure in percent of two lists of rising times, each matched once within TOLERANCE_SECONDS; None if one is empty."""
    if not len(heard) or not len(seen):
        return None
    matched = place = 0
    for time in heard:
        while place < len(seen) and seen[place] < time - TOLERANCE_SECONDS:
            place += 1
        if place < len(seen) and seen[place] <= time + TOLERANCE_SECONDS:
            matched += 1
            place += 1
    return 200.0 * matched / (len(heard) + len(seen))


def cross_correlation(a: NDArray[np.float64], b: NDArray[np.float64], rate: float) -> float | None:
    """Highest Pearson correlation of two envelopes shifted by at most LAG_SECONDS; None where one is flat or too short."""
    best: float | None = None
    reach = round(LAG_SECONDS * rate)
    for lag in range(-reach, reach + 1):
        first, second = (a[lag:], b) if lag >= 0 else (a, b[-lag:])
        length = min(len(first), len(second))
        if length < max(8, min(len(a), len(b)) // 2):
            continue
        x, y = first[:length] - first[:length].mean(), second[:length] - second[:length].mean()
        scale = float(np.sqrt((x @ x) * (y @ y)))
        if scale > 0:
            value = float(x @ y) / scale
            best = value if best is None else max(best, value)
    return best
