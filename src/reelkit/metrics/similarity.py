"""Cosine arithmetic shared by the families: unit vectors and running sums of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32] | NDArray[np.float64]

PERCENT = 100.0
"""FilmWeaver's table gives cosines times 100."""


def unit(vectors: Vectors) -> NDArray[np.float64]:
    """Rows scaled to length 1, in float64; a zero row stays zero. vectors: [..., D]."""
    rows = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)


class PairwiseMean:
    """Mean cosine over all pairs so far, from the sum of unit vectors: (|sum|^2 - N) / (N (N - 1)).

    Its memory is one vector however many are added.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum: NDArray[np.float64] | None = None

    def nearness(self, vector: Vectors) -> float | None:
        """Mean cosine of `vector` [D] to those added so far; None when there are none."""
        if self._sum is None:
            return None
        return float(unit(vector) @ self._sum) / self.count

    def add(self, vector: Vectors) -> None:
        """Take one more vector [D] into the set."""
        row = unit(vector)
        self._sum = row if self._sum is None else self._sum + row
        self.count += 1

    def mean(self) -> float | None:
        """Mean cosine over the pairs, in [-1, 1]; None for fewer than two vectors."""
        if self._sum is None or self.count < 2:
            return None
        total = float(self._sum @ self._sum)
        return min(1.0, max(-1.0, (total - self.count) / (self.count * (self.count - 1))))


class Mean:
    """A running mean that skips what is absent."""

    def __init__(self) -> None:
        self.count = 0
        self._total = 0.0

    def add(self, value: float | None) -> None:
        """Take one more value; None is no value."""
        if value is not None:
            self._total += value
            self.count += 1

    def mean(self) -> float | None:
        """The mean so far; None when nothing was added."""
        return self._total / self.count if self.count else None
