"""Paired differences: an interval by the bootstrap, a test by sign flips, and Holm's correction. Plain functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EXACT_PAIRS = 16
"""Up to so many pairs every sign pattern is tried (65,536)."""
CHUNK_NUMBERS = 1 << 20
"""Numbers that are drawn at once."""
TIE = 1e-9
"""Relative slack by which two sums count as equal."""

Numbers = NDArray[np.float64]


def bootstrap_interval(
    values: Sequence[float] | Numbers, seed: int, confidence: float = 0.95, resamples: int = 5000
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of the mean of `values` [N]; None for fewer than two of them.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. With few values it is too narrow:
    the mean of N values resampled varies by (N - 1)/N of what it should.
    """
    data = np.asarray(values, np.float64)
    if len(data) < 2:
        return None
    generator = np.random.default_rng(seed)
    means = np.concatenate(
        [
            data[generator.integers(0, len(data), (count, len(data)))].mean(axis=1)
            for count in _chunks(resamples, len(data))
        ]
    )
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)


def sign_flip_test(differences: Sequence[float] | Numbers, seed: int, resamples: int = 5000) -> float | None:
    """Two-sided p that the mean of paired `differences` [N] is zero; None for fewer than two pairs.

    Under the null hypothesis each difference could as well have had the other sign. Up to `EXACT_PAIRS` every pattern of
    signs is tried, so p is exact and at least 2/2^N; with more, random patterns are, and p = (1 + hits)/(1 + patterns), which
    is never zero. Source: Fisher's randomisation test; Phipson and Smyth 2010 for the one that is added.
    """
    data = np.asarray(differences, np.float64)
    count = len(data)
    if count < 2:
        return None
    seen = abs(float(data.sum()))
    slack = TIE * max(float(np.abs(data).sum()), np.finfo(np.float64).tiny)
    if count <= EXACT_PAIRS:
        patterns = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
        sums = (1.0 - 2.0 * patterns) @ data
        return float(np.mean(np.abs(sums) >= seen - slack))
    generator = np.random.default_rng(seed)
    hits = 0
    for rows in _chunks(resamples, count):
        sums = (1.0 - 2.0 * generator.integers(0, 2, (rows, count))) @ data
        hits += int(np.count_nonzero(np.abs(sums) >= seen - slack))
    return (1 + hits) / (1 + resamples)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Each p corrected for how many were tested, so that the chance of any false alarm stays at the level; None stays None.

    Source: Holm 1979, a simple sequentially rejective multiple test procedure.
    """
    order = sorted((p, place) for place, p in enumerate(values) if p is not None)
    corrected: list[float | None] = [None] * len(values)
    largest = 0.0
    for rank, (p, place) in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p))
        corrected[place] = largest
    return corrected


def _chunks(total: int, width: int) -> list[int]:
    """How many rows of `width` numbers are drawn at a time, to `total` rows."""
    step = max(1, CHUNK_NUMBERS // max(1, width))
    return [min(step, total - start) for start in range(0, total, step)]
