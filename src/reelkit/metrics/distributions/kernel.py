"""The kernel distance of two sets, and the bounded sample of a set that it is computed on."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

MOST_ROWS = 2000
"""Rows that a reservoir keeps."""


class Reservoir:
    """A uniform sample of at most MOST_ROWS rows [D]: those whose names hash lowest.

    A name is the shot's or file's and the row's number in it, so the sample is the same in every run and in any order, and
    samples merge to the sample of the whole.
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self.count = 0
        self._most = most
        self._rows: Rows | None = None
        self._places: NDArray[np.uint64] = np.zeros(0, np.uint64)

    def add(self, name: str, numbers: list[int], rows: Rows) -> None:
        """Take rows [N, D] with their numbers."""
        self.count += len(rows)
        self._take(np.asarray(rows, np.float32), np.array([_place(name, number) for number in numbers], np.uint64))

    def merge(self, other: Reservoir) -> None:
        """Take the sample of another, which stays as it is."""
        self.count += other.count
        if other._rows is not None:
            self._take(other._rows, other._places)

    @property
    def rows(self) -> Rows:
        """[N, D], N at most MOST_ROWS; [0, 0] without any."""
        return np.zeros((0, 0), np.float32) if self._rows is None else self._rows

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `from_arrays` makes the same sample of."""
        if self._rows is None:
            return {}
        return {"count": np.array([self.count], np.int64), "rows": self._rows, "places": self._places}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Reservoir:
        """A sample that was kept."""
        found = cls()
        if arrays:
            found.count = int(arrays["count"][0])
            found._rows, found._places = arrays["rows"].astype(np.float32), arrays["places"].astype(np.uint64)
        return found

    def _take(self, rows: Rows, places: NDArray[np.uint64]) -> None:
        if not len(rows):
            return
        if self._rows is not None:
            rows, places = np.concatenate([self._rows, rows]), np.concatenate([self._places, places])
        order = np.argsort(places, kind="stable")[: self._most]
        self._rows, self._places = rows[order].copy(), places[order]


def _place(name: str, number: int) -> int:
    return int.from_bytes(blake2b(f"{name}\0{number}".encode(), digest_size=8).digest())


def kernel_distance(a: Rows, b: Rows) -> float | None:
    """Unbiased squared MMD under k(x, y) = (x.y / D + 1)^3, as KID has it; None where either has under two rows.

    a: [N, D], b: [M, D]. It is unbiased, so near zero it may be negative (Binkowski et al. 2018, section 3).
    """
    n, m = len(a), len(b)
    if n < 2 or m < 2:
        return None
    aa, bb = _kernel(a, a), _kernel(b, b)
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within - 2 * _kernel(a, b).mean())


def _kernel(a: Rows, b: Rows) -> NDArray[np.float64]:
    products: NDArray[np.float64] = a.astype(np.float64) @ b.astype(np.float64).T
    return (products / a.shape[1] + 1.0) ** 3
