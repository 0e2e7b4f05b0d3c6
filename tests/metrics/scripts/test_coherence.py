"""CML-Bench's formulas on vectors that a hand can check."""

from __future__ import annotations

import numpy as np
import pytest

from reelkit.metrics.scripts import coherence

X, Y = np.array([1.0, 0.0]), np.array([0.0, 1.0])
D = np.array([1.0, 1.0])
HALF = float(np.sqrt(0.5))


def test_consecutive_lines_by_hand_and_whatever_their_length() -> None:
    assert coherence.consecutive(np.stack([X, 5 * D, Y])) == pytest.approx(HALF)
    assert coherence.consecutive(np.stack([X, X, Y])) == pytest.approx(0.5)


def test_an_opposite_counts_nothing_but_for_events() -> None:
    rows = np.stack([X, X, -X])
    assert coherence.consecutive(rows) == pytest.approx(0.5)
    assert coherence.consecutive(rows, clipped=False) == pytest.approx(0.0)


def test_answers_follow_questions_and_are_none_themselves() -> None:
    rows = np.stack([X, Y, D, Y])
    assert coherence.answers(rows, [True, True, False, False]) == pytest.approx(HALF)
    assert coherence.answers(rows, [True, False, True, False]) == pytest.approx(HALF / 2)
    assert coherence.answers(rows, [True, True, None, False]) is None
    assert coherence.answers(rows, [False, False, False, True]) is None


def test_concentration_is_the_mean_cosine_to_the_centroid() -> None:
    assert coherence.concentration(np.stack([X, Y])) == pytest.approx(HALF)
    assert coherence.concentration(np.stack([X, X, X])) == pytest.approx(1.0)


def test_a_longer_row_pulls_the_centroid() -> None:
    pulled = (3 / np.sqrt(10) + 1 / np.sqrt(10)) / 2
    assert coherence.concentration(np.stack([3 * X, Y])) == pytest.approx(pulled)


def test_concentration_of_rows_that_cancel_out_is_absent_and_never_negative() -> None:
    assert coherence.concentration(np.stack([X, -X])) is None
    fan = np.stack([5 * X, -X, -X, -X])
    assert coherence.concentration(fan) == 0.0


def test_stability_halves_the_mean_step_and_passes_over_what_is_unknown() -> None:
    assert coherence.stability([1, 1, 1]) == 1.0
    assert coherence.stability([1, -1]) == 0.0
    assert coherence.stability([1, None, 0, -1]) == 0.5
    assert coherence.stability([1, None]) is None


def test_an_intention_is_carried_out_by_its_nearest_action() -> None:
    assert coherence.carried_out(np.stack([X, Y]), np.stack([D, X])) == pytest.approx((1 + HALF) / 2)
    assert coherence.carried_out(np.stack([X, -Y]), np.stack([X, Y])) == pytest.approx(1.0)
    assert coherence.carried_out(-X[None], X[None]) is None


@pytest.mark.parametrize("rows", [np.zeros((0, 2)), X[None]])
def test_too_little_has_no_value(rows: np.ndarray) -> None:
    assert coherence.consecutive(rows) is None
    assert coherence.concentration(rows) is None
    assert coherence.answers(rows, [True] * len(rows)) is None


def test_a_dimension_is_the_mean_of_all_its_metrics_or_nothing() -> None:
    """People's scripts, as released: DC .845 .848 .912, whose mean is .869."""
    assert coherence.dimension([0.845, 0.848, 0.912]) == pytest.approx(0.8683, abs=1e-4)
    assert coherence.dimension([0.708, 0.922, 0.899]) == pytest.approx(0.843)
    assert coherence.dimension([0.845, None, 0.912]) is None
    assert coherence.mean_of([0.5, None, 1.0]) == 0.75
