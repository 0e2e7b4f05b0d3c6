"""Cross-shot consistency of ST-Bench: over all pairs of shots, and over the ten most relevant."""

from __future__ import annotations

import heapq
from collections import deque

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.similarity import PairwiseMean, Vectors, unit

TOP = 10
"""Pairs that count as the most relevant."""
KEPT = 2048
"""Shots a new one is paired with for relevance, the newest; of a longer story no pair lies further apart. About 8 MB."""


class CrossShot:
    """Mean cosine of a story's shots with one another, shot by shot.

    Over all pairs it needs the sum of the embeddings alone. For the ten pairs whose prompts are most alike it keeps ten
    numbers, and the embeddings of the last KEPT shots. Between equally relevant pairs the earlier stays. A story with
    fewer than ten pairs has the mean of those it has.
    """

    def __init__(self, top: int = TOP, kept: int = KEPT) -> None:
        self._all = PairwiseMean()
        self._top = top
        self._earlier: deque[tuple[NDArray[np.float32], NDArray[np.float32]]] = deque(maxlen=kept)
        self._relevant: list[tuple[float, int, float]] = []
        """A heap of (relevance, minus the order of the pair, cosine), the least relevant first."""
        self._pairs = 0

    def add(self, shot: Vectors, prompt: Vectors | None) -> None:
        """Take the next shot: its embedding [D] and its prompt's [E]; None for a shot without a prompt, which is in no
        relevant pair."""
        self._all.add(shot)
        if prompt is None:
            return
        row, text = unit(shot).astype(np.float32), unit(prompt).astype(np.float32)
        for other, words in self._earlier:
            self._pairs += 1
            pair = (float(words @ text), -self._pairs, float(other @ row))
            if len(self._relevant) < self._top:
                heapq.heappush(self._relevant, pair)
            else:
                heapq.heappushpop(self._relevant, pair)
        self._earlier.append((row, text))

    def overall(self) -> float | None:
        """Mean over all pairs, -1..1; None with fewer than two shots."""
        return self._all.mean()

    def relevant(self) -> float | None:
        """Mean over the most relevant pairs, -1..1; None where there is none."""
        cosines = [cosine for _, _, cosine in sorted(self._relevant)]
        return float(np.clip(np.mean(cosines), -1.0, 1.0)) if cosines else None
