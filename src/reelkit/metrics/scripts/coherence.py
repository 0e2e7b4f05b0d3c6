"""CML-Bench's arithmetic on embeddings and labels. None where there is nothing to compare; CML-Bench writes 0 there.

Rows may have any length: cosines do not see it. Only in `concentration` longer rows pull the centroid more. CML-Bench gives
it the mean of gemma-2-2b-it's token states as they are; `embed_texts` gives rows of length one, so that each text counts the
same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from reelkit.metrics.similarity import Mean, Vectors, unit


def consecutive(rows: Vectors, clipped: bool = True) -> float | None:
    """DC1, PR1: mean cosine of each row to the next, each clipped to [0, 1]. PR2 does not clip. rows: [N, D]."""
    if len(rows) < 2:
        return None
    rows = unit(rows)
    return _mean(np.sum(rows[:-1] * rows[1:], axis=1), clipped)


def answers(rows: Vectors, asks: Sequence[bool | None]) -> float | None:
    """DC2: mean clipped cosine of a question and the line after it, where that is no question. None is not known.

    rows: [N, D], the lines in their order; asks: N.
    """
    pairs = [i for i in range(len(asks) - 1) if asks[i] and asks[i + 1] is False]
    if not pairs:
        return None
    rows, first = unit(rows), np.array(pairs)
    return _mean(np.sum(rows[first] * rows[first + 1], axis=1), clipped=True)


def concentration(rows: Vectors) -> float | None:
    """DC3, and CC2 of one character: 1 less the mean cosine distance to the centroid, at least 0. rows: [N, D]."""
    rows = np.asarray(rows, np.float64)
    rows = rows[np.any(rows != 0, axis=-1)] if len(rows) else rows
    if len(rows) < 2:
        return None
    centroid = rows.mean(axis=0)
    if not centroid.any():
        return None
    return max(0.0, float(np.mean(unit(rows) @ unit(centroid))))


def stability(sentiments: Iterable[int | None]) -> float | None:
    """CC1 of one character: 1 - mean |difference| / 2 of consecutive sentiments +1, 0, -1; what is not known is passed
    over."""
    known = [each for each in sentiments if each is not None]
    return None if len(known) < 2 else 1.0 - float(np.mean(np.abs(np.diff(known)))) / 2.0


def carried_out(intentions: Vectors, actions: Vectors) -> float | None:
    """CC3: the clipped cosine of each intention to its nearest action; mean over those where it is above 0.

    intentions: [N, D]; actions: [M, D].
    """
    if not len(intentions) or not len(actions):
        return None
    nearest = np.clip((unit(intentions) @ unit(actions).T).max(axis=1), 0.0, 1.0)
    nearest = nearest[nearest > 0]
    return float(nearest.mean()) if len(nearest) else None


def mean_of(values: Iterable[float | None]) -> float | None:
    """CC1 and CC2 over characters: the mean of those that have a value."""
    total = Mean()
    for value in values:
        total.add(value)
    return total.mean()


def dimension(values: Sequence[float | None]) -> float | None:
    """DC, CC or PR: the mean of its metrics; None unless all are there."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _mean(cosines: Vectors, clipped: bool) -> float:
    return float(np.mean(np.clip(cosines, 0.0, 1.0) if clipped else cosines))
