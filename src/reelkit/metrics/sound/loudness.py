"""Loudness as broadcasters measure it, from a stream: ITU-R BS.1770-4 and EBU Tech 3342."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.hearing import Samples

RATE = 48_000
STEP = RATE // 10
"""Samples of 100 ms: blocks of 400 ms and of 3 s begin at each."""
ABSOLUTE = -70.0
"""LUFS below which a block is silence."""
OVERSAMPLING = 4
CONTEXT = 64
"""Samples on either side that a peak between samples is reckoned from."""
SURROUND = 1.41
"""Weight of the rear channels of 5.1, which come fifth and sixth; the fourth, for low effects, does not count."""


class Loudness:
    """Mean squares of K-weighted sound, a number every 100 ms, and the highest peak between samples."""

    def __init__(self) -> None:
        import pyloudnorm

        weighting = pyloudnorm.Meter(RATE)._filters.values()
        self._filters = [(stage.b, stage.a) for stage in weighting]
        self._states: list[NDArray[np.float64]] = []
        self._rest = np.zeros((0, 0))
        self._tail = np.zeros((0, 0), np.float32)
        self._powers: list[float] = []
        self._peak = 0.0

    def hear(self, samples: Samples) -> None:
        """The next samples [N, C] at RATE."""
        from scipy.signal import lfilter

        if not self._states:
            channels = samples.shape[1]
            self._states = [np.zeros((max(len(a), len(b)) - 1, channels)) for b, a in self._filters]
            self._rest, self._tail = np.zeros((0, channels)), np.zeros((2 * CONTEXT, channels), np.float32)
        weighted = samples.astype(np.float64)
        for place, (b, a) in enumerate(self._filters):
            weighted, self._states[place] = lfilter(b, a, weighted, axis=0, zi=self._states[place])
        self._rest = np.concatenate([self._rest, weighted])
        whole = len(self._rest) // STEP
        if whole:
            steps = self._rest[: whole * STEP].reshape(whole, STEP, -1)
            self._powers += list((steps**2).mean(axis=1) @ _weights(steps.shape[2]))
            self._rest = self._rest[whole * STEP :]
        self._oversample(samples)

    def integrated(self) -> float | None:
        """LUFS of the whole; None where nothing is louder than silence, or it is shorter than 400 ms."""
        blocks = self._blocks(4)
        loud = blocks[_lufs(blocks) > ABSOLUTE]
        if not len(loud):
            return None
        kept = loud[_lufs(loud) > _lufs(loud.mean()) - 10.0]
        return float(_lufs(kept.mean()))

    def range(self) -> float | None:
        """LU from the 10th to the 95th percentile of blocks of 3 s; None where it is shorter, or silent."""
        blocks = self._blocks(30)
        loud = blocks[_lufs(blocks) > ABSOLUTE]
        if not len(loud):
            return None
        kept = np.sort(_lufs(loud[_lufs(loud) > _lufs(loud.mean()) - 20.0]))
        low, high = (kept[round((len(kept) - 1) * share)] for share in (0.10, 0.95))
        return float(high - low)

    def true_peak(self) -> float | None:
        """dBTP; None for silence."""
        end = _highest(np.pad(self._tail, ((0, 2 * CONTEXT), (0, 0))))
        peak = max(self._peak, end)
        return 20.0 * math.log10(peak) if peak > 0 else None

    def changes(self) -> NDArray[np.float64]:
        """Differences of loudness from second to second, LU [N]; silence counts as ABSOLUTE."""
        seconds = len(self._powers) // 10
        if seconds < 2:
            return np.zeros(0)
        powers = np.array(self._powers[: seconds * 10]).reshape(seconds, 10).mean(axis=1)
        return np.diff(np.maximum(_lufs(powers), ABSOLUTE))

    def _blocks(self, steps: int) -> NDArray[np.float64]:
        if len(self._powers) < steps:
            return np.zeros(0)
        return np.convolve(self._powers, np.full(steps, 1 / steps), mode="valid")

    def _oversample(self, samples: Samples) -> None:
        near = np.concatenate([self._tail, samples])
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)), _highest(near))
        self._tail = near[-2 * CONTEXT :]


def _highest(samples: Samples) -> float:
    """Highest level of oversampled sound, but for CONTEXT samples at either end."""
    from scipy.signal import resample_poly

    if len(samples) <= 2 * CONTEXT:
        return 0.0
    between = resample_poly(samples, OVERSAMPLING, 1, axis=0)
    return float(np.abs(between[CONTEXT * OVERSAMPLING : -CONTEXT * OVERSAMPLING]).max(initial=0.0))


def _lufs(power: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Loudness of a mean square: -0.691 + 10 log10."""
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10.0 * np.log10(power))


def _weights(channels: int) -> NDArray[np.float64]:
    weights = np.ones(channels)
    if channels >= 6:
        weights[3], weights[4:6] = 0.0, SURROUND
    return weights
