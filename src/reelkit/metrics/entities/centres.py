"""Cross-shot consistency as EntityBench averages it, and the gate before it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.similarity import Vectors, unit

GATE = 0.5
"""Least fidelity of an appearance that counts (EntityBench, `cross_shot_fidelity_gate_threshold`)."""
NOWHERE = 1e-9
"""Length of a mean of unit vectors under which it points nowhere."""


def admitted(fidelity: float | None) -> bool:
    """Whether the appearance passes the gate. One whose fidelity the judge could not say passes, as the authors have it."""
    return fidelity is None or fidelity >= GATE


class _Sum(NamedTuple):
    total: NDArray[np.float64]
    times: int


class Centres:
    """How tightly each entity's appearances lie around their centre, shot by shot; memory is one vector an entity.

    The centre is the mean of the unit embeddings, scaled to length one, so the cosines of all n appearances to it sum up
    to the length of the embeddings' sum. The score is the mean cosine over all appearances of all entities that appear
    twice or more: one that appears often weighs more.
    """

    def __init__(self) -> None:
        self._sums: dict[str, _Sum] = {}

    def add(self, entity: str, appearance: Vectors) -> None:
        """Take an appearance [D] of an entity in one more shot."""
        row = unit(appearance)
        old = self._sums.get(entity)
        self._sums[entity] = _Sum(row, 1) if old is None else _Sum(old.total + row, old.times + 1)

    def value(self) -> float | None:
        """Mean cosine to the centres, 0..1; None where nothing appears twice."""
        lengths, appearances = 0.0, 0
        for total, count in self._sums.values():
            length = float(np.linalg.norm(total))
            if count >= 2 and length / count >= NOWHERE:
                lengths += length
                appearances += count
        return lengths / appearances if appearances else None


class Gate:
    """Counts what passes."""

    def __init__(self) -> None:
        self.appearances = self.passed = self.unknown = 0

    def __call__(self, fidelity: float | None) -> bool:
        """Whether it passes; it is counted."""
        self.appearances += 1
        self.passed += admitted(fidelity)
        self.unknown += fidelity is None
        return admitted(fidelity)

    def share(self) -> float | None:
        """Of the appearances, how many passed; None where there was none."""
        return self.passed / self.appearances if self.appearances else None
