from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from bench.theatre.intervals import (
    Interval,
    bootstrap,
    bootstrap_fields,
    correlation,
    mean_interval,
    paired_difference,
)


class Pair(NamedTuple):
    mean: float
    negative: float


def test_the_mean_of_equal_scenes_has_an_interval_without_width() -> None:
    assert mean_interval(np.array([3.0, 3.0, 3.0])) == Interval(3.0, 3.0, 3.0, 3)


def test_a_scene_without_the_figure_is_left_out() -> None:
    found = mean_interval(np.array([1.0, np.nan, 3.0]))
    assert (found.value, found.scenes) == (2.0, 2)
    assert (found.low, found.high) == (1.0, 3.0)


def test_the_interval_of_a_mean_is_as_wide_as_the_central_limit_says() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, size=400)
    found = mean_interval(values)
    expected = 1.96 * values.std() / np.sqrt(400)
    assert found.high - found.value == pytest.approx(expected, rel=0.1)
    assert found.value - found.low == pytest.approx(expected, rel=0.1)


def test_a_constant_gain_is_certain_however_much_scenes_differ() -> None:
    first = np.array([1.0, 50.0, -20.0])
    found = paired_difference(first + 2, first)
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))
    assert found.excludes_zero


def test_an_interval_around_zero_decides_nothing() -> None:
    assert not Interval(0.5, -0.1, 1.1, 9).excludes_zero
    assert Interval(-0.5, -0.9, -0.1, 9).excludes_zero


def test_without_scenes_there_is_no_figure() -> None:
    assert np.isnan(mean_interval(np.array([np.nan])).value)
    assert mean_interval(np.array([])).text() == "–"


def test_a_statistic_gets_unit_numbers() -> None:
    assert bootstrap(4, lambda chosen: float(len(chosen)), resamples=5) == Interval(4.0, 4.0, 4.0, 4)


def test_correlation_by_hand() -> None:
    assert correlation(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, 2.0])) == pytest.approx(0.5)
    assert np.isnan(correlation(np.array([1.0, 1.0]), np.array([0.0, 1.0])))


def test_fields_share_their_resamples_with_a_single_statistic() -> None:
    values = np.array([1.0, 4.0, 7.0, 8.0])

    def pair(chosen: np.ndarray) -> Pair:
        return Pair(float(values[chosen].mean()), float(-values[chosen].mean()))

    found = bootstrap_fields(4, pair, resamples=200)
    assert found["mean"] == bootstrap(4, lambda chosen: float(values[chosen].mean()), resamples=200)
    assert found["negative"].low == -found["mean"].high
