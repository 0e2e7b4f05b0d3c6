"""From scores to directions: paired over scenes, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bench.theatre.intervals import Interval, mean_interval, paired_difference
from bench.truth.expected import EXPECTED, Way

RIGHT, WRONG, UNDECIDED = "right", "wrong", "undecided"
SAME = 0.25
"""Spreads: a mean change of less is none."""
ASIDE = 0.1
"""So is one of less than this share of the least change that the metric ought to show and does."""
CLEAR = 1.0
"""Spreads: a change that nobody asked about is told from here on."""
ROUNDING = 1e-9
"""Share of the mean: a smaller spread is that of rounding."""
RESAMPLES = 1000
LEAST_SCENES = 10
"""A metric that fewer scenes have before and after is not judged."""


class Moved(NamedTuple):
    """What a change does to a metric."""

    metric: str
    change: str
    before: Interval
    difference: Interval
    """After less before, paired by scene."""
    spreads: float
    """The difference over the standard deviation of the metric over right scenes; infinite where that is zero."""
    expected: Way | None
    verdict: str = ""
    """`right`, `wrong` or `undecided`; empty where nothing was expected."""


def moved(metric: str, change: str, before: Sequence[float | None], after: Sequence[float | None]) -> Moved | None:
    """The change of one metric, not yet judged; None where too few scenes have it both ways."""
    one, other = np.array(before, np.float64), np.array(after, np.float64)
    both = ~np.isnan(one) & ~np.isnan(other)
    if both.sum() < LEAST_SCENES:
        return None
    difference = paired_difference(other, one, RESAMPLES)
    spread = float(np.nanstd(one))
    if spread < ROUNDING * float(np.nanmean(np.abs(one))):
        spread = 0.0
    spreads = difference.value / spread if spread else float(np.copysign(np.inf, difference.value)) if difference.value else 0.0
    return Moved(metric, change, mean_interval(one, RESAMPLES), difference, spreads, EXPECTED.get(metric, {}).get(change))


def went(way: Way, difference: Interval) -> str:
    """Whether a difference goes `up` or `down` as expected: its interval lies on that side of zero."""
    if not difference.excludes_zero:
        return UNDECIDED
    return RIGHT if (difference.value > 0) == (way == "up") else WRONG


def stayed(each: Moved, main: float) -> str:
    """Whether a metric stayed: no difference, or one that is small against its spread or against its `main` change."""
    small = abs(each.spreads) < SAME or abs(each.difference.value) < ASIDE * main
    return RIGHT if small or not each.difference.excludes_zero else WRONG


def judged(before: Sequence[Mapping[str, float]], after: Mapping[str, Sequence[Mapping[str, float]]]) -> list[Moved]:
    """Every metric under every change, metrics in the order in which they were measured."""
    rows: list[Moved] = []
    for name in dict.fromkeys(name for scores in before for name in scores):
        known = [s.get(name) for s in before]
        found = [m for change, spoilt in after.items() if (m := moved(name, change, known, [s.get(name) for s in spoilt]))]
        shown = [
            abs(m.difference.value) for m in found if m.expected in ("up", "down") and went(m.expected, m.difference) == RIGHT
        ]
        main = min(shown, default=0.0)
        rows += [each._replace(verdict=_verdict(each, main)) for each in found]
    return rows


def _verdict(each: Moved, main: float) -> str:
    if each.expected is None:
        return ""
    return stayed(each, main) if each.expected == "same" else went(each.expected, each.difference)
