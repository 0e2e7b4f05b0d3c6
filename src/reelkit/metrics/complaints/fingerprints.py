"""Takes and shots that are the same picture: small pictures of the first seconds, compared cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.complaints.small import Frame, cells

Fingerprint = NDArray[np.uint8]
"""uint8 [M, 18, 32, 3]: M moments, PER_SECOND of them from the start."""


class PrintConstants(NamedTuple):
    """What a fingerprint holds, and how near two must be."""

    per_second: float = 2.0
    """Moments a second, from the first frame on."""
    moments: int = 8
    """Most moments: 13 KB a take."""
    grid: tuple[int, int] = (32, 18)
    """Cells across and down."""
    part: float = 0.97
    """Cells are ranked by how much they differ, and this quantile stands for the picture: a hand that is elsewhere counts."""
    same: float = 6.0
    """Levels of 255: pictures that differ by less are the same. Compression moves a cell by one or two."""


CONSTANTS = PrintConstants()


def moment(frame: Frame, constants: PrintConstants = CONSTANTS) -> NDArray[np.uint8]:
    """One moment of a fingerprint, uint8 [18, 32, 3], of a frame uint8 [H, W, 3]."""
    return cells(frame, *constants.grid).round().clip(0, 255).astype(np.uint8)


def difference(one: Fingerprint, other: Fingerprint, constants: PrintConstants = CONSTANTS) -> float | None:
    """How far two takes differ over the moments that both have, levels of 255; None where either has none.

    Each moment counts as the `part` quantile over cells of the difference averaged over channels; their mean is given.
    """
    common = min(len(one), len(other))
    if not common:
        return None
    apart = np.abs(one[:common].astype(np.float32) - other[:common]).mean(-1).reshape(common, -1)
    return float(np.quantile(apart, constants.part, axis=1).mean())


def duplicates(
    fingerprints: Sequence[Fingerprint], constants: PrintConstants = CONSTANTS
) -> list[tuple[int, int, float]]:
    """For each that repeats an earlier one: its number, that of the nearest earlier one, and their difference."""
    found = []
    for place, print_ in enumerate(fingerprints):
        near = nearest(print_, fingerprints[:place], constants)
        if near is not None and near[1] < constants.same:
            found.append((place, *near))
    return found


def nearest(
    fingerprint: Fingerprint, others: Sequence[Fingerprint], constants: PrintConstants = CONSTANTS
) -> tuple[int, float] | None:
    """The number of the most similar of `others`, and the difference; None where there is nothing to compare."""
    apart = [(d, n) for n, other in enumerate(others) if (d := difference(fingerprint, other, constants)) is not None]
    return min(apart)[::-1] if apart else None


def duplicate_share(fingerprints: Sequence[Fingerprint], constants: PrintConstants = CONSTANTS) -> float | None:
    """Percent of those after the first that repeat an earlier one; None for fewer than two."""
    if len(fingerprints) < 2:
        return None
    return 100.0 * len(duplicates(fingerprints, constants)) / (len(fingerprints) - 1)
