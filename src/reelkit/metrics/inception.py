"""Incep: the Inception Score. Its network's weights do not ship."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class InceptionScore:
    """exp(mean over frames of KL(p(y|frame) || p(y))) with one split (Salimans et al. 2016, section 4).

    Kept as two running sums, so a whole film takes one vector of classes.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum: NDArray[np.float64] | None = None
        self._negative_entropy = 0.0

    def add(self, probabilities: NDArray[np.float32]) -> None:
        """Take the class probabilities [N, C] of N frames; rows sum to 1."""
        p = np.asarray(probabilities, dtype=np.float64)
        self._sum = p.sum(axis=0) if self._sum is None else self._sum + p.sum(axis=0)
        self._negative_entropy += float(np.sum(p * np.log(np.maximum(p, 1e-12))))
        self.count += len(p)

    def merge(self, other: InceptionScore) -> None:
        """Take the frames of another."""
        if other._sum is not None:
            self._sum = other._sum.copy() if self._sum is None else self._sum + other._sum
        self._negative_entropy += other._negative_entropy
        self.count += other.count

    def value(self) -> float | None:
        """The score, 1..C; None with fewer than two frames."""
        if self._sum is None or self.count < 2:
            return None
        mean = self._sum / self.count
        marginal = float(np.sum(mean * np.log(np.maximum(mean, 1e-12))))
        return float(np.exp(max(0.0, self._negative_entropy / self.count - marginal)))
