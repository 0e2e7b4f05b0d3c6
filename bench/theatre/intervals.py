"""Bootstrap intervals over scenes (Efron's percentile method), paired where two systems drew the same scenes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

RESAMPLES = 4000
LEVEL = 0.95


class Interval(NamedTuple):
    """A figure and its interval; `scenes` is how many units (scenes, pairs, draws) were resampled."""

    value: float
    low: float
    high: float
    scenes: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0

    def text(self, digits: int = 2) -> str:
        """`value [low, high]`, or a dash where there is nothing to measure."""
        if np.isnan(self.value):
            return "–"
        return f"{self.value:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


NOTHING = Interval(float("nan"), float("nan"), float("nan"), 0)


def bootstrap(
    count: int, statistic: Callable[[NDArray[np.int64]], float], resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The statistic of all units 0..count-1 and its interval over resamples of them with replacement.

    `statistic` takes unit numbers [count], repeats included. A resample that gives nan (no unit in it has
    the figure) is left out. The same `seed` and `count` draw the same resamples.
    """
    if count == 0:
        return NOTHING
    value = statistic(np.arange(count))
    rng = np.random.default_rng(seed)
    drawn = np.array([statistic(rng.integers(count, size=count)) for _ in range(resamples)])
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn):
        return NOTHING
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(value), float(low), float(high), count)


def bootstrap_fields(
    count: int, statistic: Callable[[NDArray[np.int64]], NamedTuple], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Interval]:
    """As `bootstrap`, for a statistic of several fields: an interval for each, all from the same resamples."""
    names = statistic(np.arange(count))._fields
    rng = np.random.default_rng(seed)
    drawn = np.array([statistic(rng.integers(count, size=count)) for _ in range(resamples)], np.float64)
    found = {}
    for place, name in enumerate(names):
        known = drawn[~np.isnan(drawn[:, place]), place]
        low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(known) else (np.nan, np.nan)
        found[name] = Interval(float(getattr(statistic(np.arange(count)), name)), float(low), float(high), count)
    return found


def mean_interval(values: Values, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """Mean over scenes [S]; a nan is a scene without the figure and is left out."""
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    return bootstrap(len(known), lambda chosen: float(known[chosen].mean()), resamples, seed)


def paired_difference(first: Values, second: Values, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """Mean over scenes of first less second, both [S] in the same order; scenes that lack either are left out."""
    return mean_interval(np.asarray(first, np.float64) - np.asarray(second, np.float64), resamples, seed)


def correlation(first: Values, second: Values) -> float:
    """Pearson's r of two rows [N]; nan where either does not vary."""
    if len(first) < 2 or np.std(first) == 0 or np.std(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
