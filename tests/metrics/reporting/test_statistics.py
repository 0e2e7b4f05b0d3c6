"""Intervals, tests and corrections, against scipy and values worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from reelkit.metrics.reporting.statistics import bootstrap_interval, holm, sign_flip_test

DIFFERENCES = [1.2, -0.4, 2.1, 0.9, 1.7, -0.1, 0.6, 1.1]


def test_an_exact_sign_flip_test_counts_patterns() -> None:
    # Of the 8 sign patterns of (1, 2, 3) only +++ and --- reach |6|.
    assert sign_flip_test([1.0, 2.0, 3.0], seed=0) == pytest.approx(2 / 8)
    # |sum| of (3, -1, 1) is 3; patterns that reach 3: 3±1±1 is 5, 3, 3, 1, and their negatives.
    assert sign_flip_test([3.0, -1.0, 1.0], seed=0) == pytest.approx(6 / 8)


def test_the_exact_test_agrees_with_scipy() -> None:
    theirs = stats.permutation_test((DIFFERENCES,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip_test(DIFFERENCES, seed=0) == pytest.approx(theirs.pvalue)


def test_the_sampled_test_is_near_the_normal_limit_and_repeats() -> None:
    values = np.random.default_rng(4).normal(0.2, 1.0, 100)
    ours = sign_flip_test(values, seed=1, resamples=20_000)
    theirs = stats.ttest_1samp(values, 0.0).pvalue
    assert ours == pytest.approx(theirs, abs=0.015)
    assert ours == sign_flip_test(values, seed=1, resamples=20_000)


def test_a_sampled_p_is_never_zero() -> None:
    assert sign_flip_test(np.full(40, 5.0), seed=0, resamples=99) == pytest.approx(1 / 100)


def test_no_difference_at_all_is_no_evidence() -> None:
    assert sign_flip_test([0.0] * 5, seed=0) == 1.0


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_pairs_have_neither_test_nor_interval(values: list[float]) -> None:
    assert sign_flip_test(values, seed=0) is None
    assert bootstrap_interval(values, seed=0) is None


def test_the_interval_agrees_with_scipy() -> None:
    low, high = bootstrap_interval(DIFFERENCES, seed=0, resamples=20_000) or (0, 0)
    theirs = stats.bootstrap((DIFFERENCES,), np.mean, method="percentile", n_resamples=20_000, rng=1).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.03)
    assert bootstrap_interval(DIFFERENCES, seed=0) == bootstrap_interval(DIFFERENCES, seed=0)


def test_an_interval_is_the_same_however_it_is_drawn_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bootstrap_interval(DIFFERENCES, seed=3)
    monkeypatch.setattr("reelkit.metrics.reporting.statistics.CHUNK_NUMBERS", 64)
    assert bootstrap_interval(DIFFERENCES, seed=3) == whole


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    # 0.01 * 4, 0.02 * 3, max(0.06, 0.03 * 2), 0.5 * 1; what was not tested is not counted.
    assert holm([0.03, 0.01, None, 0.5, 0.02]) == [pytest.approx(0.06), pytest.approx(0.04), None, 0.5, pytest.approx(0.06)]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
