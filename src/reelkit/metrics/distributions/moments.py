"""Means and covariances as running sums, and the distance of two Gaussians."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Matrix = NDArray[np.float64]

FOLD = 256
"""Rows that wait until they are summed; a short take hands on its rows and not a matrix."""


class Moments:
    """Mean and covariance of rows [D]: at most FOLD rows and one matrix [D, D], however many are added or merged."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: list[Rows] = []
        self._rows = 0
        self._sum: Matrix | None = None
        self._outer: Matrix | None = None

    def add(self, rows: Rows) -> None:
        """Take rows [N, D]."""
        self.count += len(rows)
        for start in range(0, len(rows), FOLD):
            part = np.asarray(rows[start : start + FOLD], np.float32)
            self._waiting.append(part)
            self._rows += len(part)
            if self._rows >= FOLD:
                self._fold()

    def merge(self, other: Moments) -> None:
        """Take the rows of another, which stays as it is."""
        for part in other._waiting:
            self.add(part)
        if other._sum is not None and other._outer is not None:
            self.count += other.count - other._rows
            self._take(other._sum, other._outer)

    @property
    def held(self) -> int:
        """Numbers in memory."""
        return sum(part.size for part in self._waiting) + (0 if self._outer is None else self._outer.size)

    def mean(self) -> Matrix | None:
        """[D]; None without rows."""
        self._fold()
        return None if self._sum is None else self._sum / self.count

    def covariance(self) -> Matrix | None:
        """[D, D], divided by N - 1; None for fewer than two rows."""
        mean = self.mean()
        if mean is None or self._outer is None or self.count < 2:
            return None
        return (self._outer - self.count * np.outer(mean, mean)) / (self.count - 1)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `from_arrays` makes the same sums of."""
        self._fold()
        if self._sum is None or self._outer is None:
            return {}
        return {"count": np.array([self.count], np.int64), "sum": self._sum, "outer": self._outer}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Moments:
        """Sums that were kept."""
        found = cls()
        if arrays:
            found.count = int(arrays["count"][0])
            found._sum, found._outer = arrays["sum"].astype(np.float64), arrays["outer"].astype(np.float64)
        return found

    def _fold(self) -> None:
        if self._waiting:
            rows = np.concatenate(self._waiting).astype(np.float64)
            self._waiting, self._rows = [], 0
            self._take(rows.sum(axis=0), rows.T @ rows)

    def _take(self, total: Matrix, outer: Matrix) -> None:
        if self._sum is None or self._outer is None:
            self._sum, self._outer = total.copy(), outer.copy()
        else:
            self._sum += total
            self._outer += outer


def frechet(a: Moments, b: Moments) -> float | None:
    """|m - n|^2 + Tr(S + T - 2 (S T)^(1/2)) of two sets (Heusel et al. 2017, eq. 6); None where either has under two rows.

    The trace of the root is the sum of the roots of the eigenvalues of S^(1/2) T S^(1/2), which is symmetric.
    """
    m, n, s, t = a.mean(), b.mean(), a.covariance(), b.covariance()
    if m is None or n is None or s is None or t is None:
        return None
    values, vectors = np.linalg.eigh(s)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ t @ root), 0)).sum()
    return max(0.0, float(np.sum((m - n) ** 2) + np.trace(s) + np.trace(t) - 2 * shared))
