"""The figures themselves, as pure functions of frames, readings and truth. All are definitions of reelkit's own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.theatre.intervals import correlation

Frames = NDArray[np.uint8]
Values = NDArray[np.float64]

FLOOR = 0.25
"""Grey levels of 255: motion below it counts as this much, so that a still picture has no infinite ratio."""


def steps(frames: Frames) -> Values:
    """Mean absolute difference between neighbouring frames, in grey levels: [T, H, W, 3] to [T - 1]."""
    moved = np.abs(np.diff(frames.astype(np.float32), axis=0))
    return moved.mean(axis=(1, 2, 3)).astype(np.float64)


def jump_ratio(frames: Frames, chunk: int) -> float:
    """The step across a chunk's join over the median step inside chunks, mean over the shot's joins.

    frames: one shot [T, H, W, 3], chunks of `chunk` frames. 1 is a join that nobody notices. The median is
    no less than FLOOR.
    """
    moved = steps(frames)
    joins = np.arange(chunk - 1, len(moved), chunk)
    inside = np.delete(moved, joins)
    return float(moved[joins].mean() / max(FLOOR, float(np.median(inside))))


def motion_energy(frames: Frames) -> float:
    """Mean step of a clip, in grey levels."""
    return float(steps(frames).mean())


def motion_error(made: Frames, true: Frames) -> float:
    """|log2(energy made / energy true)|, energies no less than FLOOR: 0 is as lively as the truth, 1 half or twice so."""
    return abs(float(np.log2(max(FLOOR, motion_energy(made)) / max(FLOOR, motion_energy(true)))))


def extrapolation_error(centres: Values, chunk: int, ahead: int = 2) -> float:
    """How far a figure is from where chunk 1 was taking it, at the first frames of chunk 2; pixels.

    centres: [T, 2], one a frame. A line is fitted (least squares) to the first `chunk` of them; the mean
    distance from it over the next `ahead`. Real motion bends too: read it beside the same figure on truth.
    """
    time = np.arange(chunk + ahead)
    slope, offset = np.polyfit(time[:chunk], centres[:chunk], 1)
    expected = time[chunk:, None] * slope + offset
    return float(np.linalg.norm(centres[chunk : chunk + ahead] - expected, axis=1).mean())


class Differences(NamedTuple):
    """within: [S] mean absolute difference of an owner's pairs, nan without a pair; between: [S, S] of two owners'."""

    within: Values
    between: Values


def differences(values: Values, owners: NDArray[np.int64]) -> Differences:
    """Mean absolute differences inside each owner and between each two.

    values: [N, D], differences are averaged over D; owners: [N], the scene each reading belongs to, from 0.
    """
    count = int(owners.max()) + 1 if len(owners) else 0
    within, between = np.full(count, np.nan), np.full((count, count), np.nan)
    groups = [values[owners == owner] for owner in range(count)]
    for a, first in enumerate(groups):
        if len(first) > 1:
            apart = np.abs(first[:, None] - first[None]).mean(-1)
            within[a] = apart[np.triu_indices(len(first), 1)].mean()
        for b, second in enumerate(groups):
            if a != b and len(first) and len(second):
                between[a, b] = np.abs(first[:, None] - second[None]).mean()
    return Differences(within, between)


def agreement(apart: Differences, chosen: NDArray[np.int64] | None = None) -> float:
    """1 - mean difference within an owner / mean difference between owners, an intraclass agreement.

    1 is always the same, 0 no more alike than any two owners' readings, below 0 less alike than those.
    `chosen` are the owners of a bootstrap resample. nan where no owner has two readings or there is one owner.
    """
    picked = np.arange(len(apart.within)) if chosen is None else chosen
    within = apart.within[picked]
    between = apart.between[np.ix_(picked, picked)][picked[:, None] != picked[None]]
    if np.isnan(within).all() or np.isnan(between).all():
        return float("nan")
    return 1 - float(np.nanmean(within)) / float(np.nanmean(between))


class Swap(NamedTuple):
    """What swapping the shot cache does to one hidden attribute over pairs of scenes."""

    turned: float
    """Share of pairs whose shot, made from the other scene's cache, reads nearer to that scene than to its own."""
    kept: float
    """Share of pairs whose shot, made from its own cache, reads nearer to its own scene. Chance is .5 for both."""
    slope: float
    """Least squares slope of (read after - read before) on (other's truth - own truth): 1 turns wholly, 0 not at all."""
    correlation: float
    """Pearson's r of the same two."""
    with_other: float
    """Pearson's r of the reading after the swap with the other scene's truth."""
    with_own: float
    """Pearson's r of the reading after the swap with its own scene's truth."""


def swap_score(before: Values, after: Values, own: Values, other: Values) -> Swap:
    """The score of readings before and after the swap against both truths; all four [N], one a pair."""
    moved, meant = after - before, other - own
    turned = np.abs(after - other) < np.abs(after - own)
    kept = np.abs(before - own) < np.abs(before - other)
    spread = float(((meant - meant.mean()) ** 2).sum())
    slope = float(((meant - meant.mean()) * (moved - moved.mean())).sum()) / spread if spread else float("nan")
    return Swap(
        turned=float(turned.mean()),
        kept=float(kept.mean()),
        slope=slope,
        correlation=correlation(moved, meant),
        with_other=correlation(after, other),
        with_own=correlation(after, own),
    )
