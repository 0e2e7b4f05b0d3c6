"""Which take of a shot goes into the film."""

from __future__ import annotations

import math

from reelkit.errors import RecordError, UsageError
from reelkit.manifest.records import Shot, Take


def parse_select(select: str) -> str | None:
    """The score's name in `best:NAME`, or None for `pick`. Raises UsageError on anything else."""
    if select == "pick":
        return None
    rule, _, name = select.partition(":")
    if rule != "best" or not name:
        raise UsageError(f"--select {select!r}: write `pick`, or `best:NAME` with a score's name")
    return name


def choose_take(shot: Shot, score: str | None = None, lower_is_better: bool = False) -> Take:
    """The locked take, else the best by `score` when one is named, else the pick, else the first.

    A take without the score loses to one that has it; among equals the earlier stands. Raises RecordError
    when the shot has no take.
    """
    if not shot.takes:
        raise RecordError(f"shot {shot.id} has no take; run `reel shot` on it")
    for take in shot.takes:
        if take.locked:
            return take
    if score is not None:
        worths = [_worth(take, score, -1 if lower_is_better else 1) for take in shot.takes]
        if max(worths) > -math.inf:
            return shot.takes[worths.index(max(worths))]
    picked = shot.picked
    return picked if picked is not None else shot.takes[0]


def _worth(take: Take, score: str, sign: int) -> float:
    value = take.scores.get(score)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return -math.inf
    return sign * float(value)
