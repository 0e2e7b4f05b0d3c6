"""Identity lost inside a take: a character who looks like somebody else from some moment on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.crops import locate
from reelkit.metrics.meters import ClipInfo, Frame, Resources, at_rate, evenly
from reelkit.metrics.similarity import PERCENT, unit

Vector = NDArray[np.float32]


class IdentityConstants(NamedTuple):
    """Where a character is looked for, and what a loss is."""

    per_second: float = 2.0
    """Frames a second in which characters are looked for."""
    most: int = 6
    """Most frames of a take; of a longer one they are spread evenly over it."""
    side: int = 2
    """Fewest crops before and after the moment: one alone may be a bad crop."""


CONSTANTS = IdentityConstants()


class IdentityWatch:
    """Crops each character of the shot in sampled frames; holds one embedding a character and sample."""

    def __init__(self, resources: Resources, info: ClipInfo, constants: IdentityConstants = CONSTANTS) -> None:
        self._resources, self._info, self._c = resources, info, constants
        numbers = at_rate(info, constants.per_second)
        self._due = frozenset((numbers if len(numbers) <= constants.most else evenly(info, constants.most)).tolist())
        self._crops: dict[str, list[Vector]] = {}

    def add(self, number: int, frame: Frame) -> None:
        """Take a frame, uint8 [H, W, 3] at the take's own size."""
        if number in self._due:
            for id, sighting in locate(self._resources, self._info, number, frame).items():
                self._crops.setdefault(id, []).append(sighting.embedding)

    def value(self) -> float | None:
        """Of the character who changed most; None where nobody was found often enough."""
        return greatest_loss(self._crops, self._c)


def greatest_loss(crops: Mapping[str, Sequence[Vector]], constants: IdentityConstants = CONSTANTS) -> float | None:
    """The greatest `loss` over characters, each with crops [N, D] in their order; None where none has enough."""
    losses = [found for rows in crops.values() if (found := loss(np.stack(rows), constants)) is not None]
    return max(losses) if losses else None


def loss(crops: NDArray[np.float32], constants: IdentityConstants = CONSTANTS) -> float | None:
    """By how much crops [N, D] on the two sides of some moment differ more than those on one side, cosine x100.

    For each moment with at least `side` crops before and after it: the mean cosine of pairs on the same side, less the
    mean cosine of pairs across. The greatest is given. Someone who turns round and back differs on one side as much as
    across, and loses nothing. None where there is no such moment.
    """
    rows = unit(crops)
    cosines = rows @ rows.T
    before, after = np.triu_indices(len(rows), 1)
    pairs = cosines[before, after]
    found = []
    for moment in range(constants.side, len(rows) - constants.side + 1):
        across = (before < moment) & (after >= moment)
        found.append(PERCENT * float(pairs[~across].mean() - pairs[across].mean()))
    return max(found) if found else None
