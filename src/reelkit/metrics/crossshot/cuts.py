"""HoloCine's shot cut accuracy: do the cuts of a take fall where they were asked for?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from reelkit.metrics.annotated import annotated


def shot_cut_accuracy(detected: Sequence[int], expected: Sequence[int], frames: int) -> float:
    """exp(-(E_matched + E_penalty) / F_total), in (0, 1] (HoloCine, supplement A.1).

    detected, expected: numbers of the first frames after the cuts; frames: F_total, the frames of the take. Cuts are
    matched one to one so that the sum of their distances in frames, E_matched, is least. The paper does not say what a
    missed or needless cut costs; here it is F_total / (expected + 1), the mean length of a shot that was asked for. So a
    take without any of its n cuts has exp(-n / (n + 1)): .47 to .43 for three to five, as Wan 2.2's .48 in the paper.
    """
    from scipy.optimize import linear_sum_assignment

    apart = np.abs(np.subtract.outer(np.asarray(detected, np.float64), np.asarray(expected, np.float64)))
    matched = float(apart[linear_sum_assignment(apart)].sum()) if apart.size else 0.0
    unmatched = abs(len(detected) - len(expected))
    return float(np.exp(-(matched / frames + unmatched / (len(expected) + 1))))


class AnnotatedCuts(msgspec.Struct, frozen=True):
    """A line of the annotations that says where a shot's take should cut."""

    shot: str
    cuts: list[int]
    """Numbers of the first frames after the cuts; empty for a take that should have none."""
    movie: str | None = None
    """Any movie, where it is not said."""


def expected_cuts(annotations: Path, movie: str, shot: str) -> list[int] | None:
    """Where the shot's take should cut; None where nobody said. Raises what `annotated` raises."""
    lines = annotated(annotations, "cuts", AnnotatedCuts)
    said = {one.movie: one.cuts for one in lines if one.shot == shot and one.movie in (movie, None)}
    return said.get(movie, said.get(None))
