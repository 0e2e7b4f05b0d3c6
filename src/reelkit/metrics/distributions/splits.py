"""The Inception Score in splits, as running sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPLITS = 10


class SplitScore:
    """Mean over ten random splits of exp(mean KL(p(y|x) || p(y))) (Salimans et al. 2016; torchmetrics' InceptionScore).

    Ten rows in a row go into ten different splits, in an order drawn from the seed, so the splits differ in size by little
    and nothing needs to be kept to be shuffled. torchmetrics draws another partition; both estimate the same.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._deck: list[int] = []
        self._counts = np.zeros(SPLITS, np.int64)
        self._inner = np.zeros(SPLITS)
        self._sums: NDArray[np.float64] | None = None

    @property
    def count(self) -> int:
        """Rows so far."""
        return int(self._counts.sum())

    def add(self, logits: NDArray[np.float32], splits: NDArray[np.int64] | None = None) -> None:
        """Take logits [N, C], each row into the split it is dealt or, with `splits` [N], told."""
        if not len(logits):
            return
        dealt = self._dealt(len(logits)) if splits is None else splits
        shifted = np.asarray(logits, np.float64) - logits.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        chances = np.exp(logs)
        if self._sums is None:
            self._sums = np.zeros((SPLITS, logits.shape[1]))
        np.add.at(self._sums, dealt, chances)
        np.add.at(self._inner, dealt, (chances * logs).sum(axis=1))
        np.add.at(self._counts, dealt, 1)

    def merge(self, other: SplitScore) -> None:
        """Take the rows of another, each in its split."""
        if other._sums is not None:
            self._sums = other._sums.copy() if self._sums is None else self._sums + other._sums
            self._inner = self._inner + other._inner
            self._counts = self._counts + other._counts

    def value(self) -> float | None:
        """The score, 1..C; None where a split has no row."""
        if self._sums is None or not self._counts.all():
            return None
        mean = self._sums / self._counts[:, None]
        outer = (mean * np.log(np.maximum(mean, np.finfo(np.float64).tiny))).sum(axis=1)
        return float(np.exp(np.maximum(0.0, self._inner / self._counts - outer)).mean())

    def _dealt(self, count: int) -> NDArray[np.int64]:
        while len(self._deck) < count:
            self._deck += self._random.permutation(SPLITS).tolist()
        dealt, self._deck = self._deck[:count], self._deck[count:]
        return np.array(dealt, np.int64)
