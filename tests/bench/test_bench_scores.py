from __future__ import annotations

import numpy as np
import pytest

from bench.theatre.scores import (
    agreement,
    differences,
    extrapolation_error,
    jump_ratio,
    motion_error,
    steps,
    swap_score,
)


def film(*levels: int) -> np.ndarray:
    """Frames of one grey level each."""
    return np.stack([np.full((4, 6, 3), level, np.uint8) for level in levels])


def test_steps_are_mean_absolute_differences() -> None:
    assert steps(film(10, 14, 11)).tolist() == [4.0, 3.0]


def test_the_jump_is_the_join_over_the_median_inside_chunks() -> None:
    # inside: 2, 2, 4, 2 (median 2); the join from 14 to 24: 10
    assert jump_ratio(film(10, 12, 14, 24, 28, 30), chunk=3) == pytest.approx(5.0)


def test_a_still_film_has_no_infinite_jump() -> None:
    assert jump_ratio(film(5, 5, 5, 6, 6, 6), chunk=3) == pytest.approx(4.0)


def test_half_the_motion_is_an_error_of_one_octave() -> None:
    assert motion_error(film(0, 4, 8), film(0, 8, 16)) == pytest.approx(1.0)
    assert motion_error(film(7, 7, 7), film(0, 1, 2)) == pytest.approx(2.0)


def test_a_figure_that_keeps_its_course_has_no_tracking_error() -> None:
    centres = np.stack([np.arange(8.0) * 3, np.full(8, 20.0)], axis=1)
    assert extrapolation_error(centres, chunk=6) == pytest.approx(0.0, abs=1e-9)
    centres[6:] += (3.0, 4.0)
    assert extrapolation_error(centres, chunk=6) == pytest.approx(5.0)


def test_agreement_compares_pairs_within_and_between_scenes() -> None:
    values = np.array([[0.0], [0.1], [1.0], [0.9]])
    apart = differences(values, np.array([0, 0, 1, 1]))
    assert apart.within == pytest.approx([0.1, 0.1])
    assert apart.between[0, 1] == pytest.approx(0.9)
    assert agreement(apart) == pytest.approx(1 - 0.1 / 0.9)


def test_agreement_of_one_value_everywhere_is_not_better_than_chance() -> None:
    values = np.array([[0.0], [1.0], [0.0], [1.0]])
    assert agreement(differences(values, np.array([0, 0, 1, 1]))) == pytest.approx(1 - 1.0 / 0.5)


def test_a_scene_drawn_twice_in_a_resample_is_not_compared_with_itself() -> None:
    apart = differences(np.array([[0.0], [0.1], [1.0], [0.9]]), np.array([0, 0, 1, 1]))
    assert np.isnan(agreement(apart, np.array([0, 0])))
    assert agreement(apart, np.array([0, 0, 1])) == pytest.approx(1 - 0.1 / 0.9)


def test_a_scene_with_one_reading_has_no_pair_within() -> None:
    apart = differences(np.array([[0.0], [0.2], [1.0]]), np.array([0, 0, 1]))
    assert apart.within[0] == pytest.approx(0.2)
    assert np.isnan(apart.within[1])


def test_a_weaver_that_follows_its_cache_turns_wholly() -> None:
    own, other = np.array([0.1, 0.8, 0.3]), np.array([0.9, 0.2, 0.5])
    score = swap_score(own, other, own, other)
    assert (score.turned, score.kept) == (1.0, 1.0)
    assert score.slope == pytest.approx(1.0)
    assert score.with_other == pytest.approx(1.0)


def test_a_weaver_that_ignores_its_cache_does_not_turn() -> None:
    own, other = np.array([0.1, 0.8, 0.3]), np.array([0.9, 0.2, 0.5])
    score = swap_score(own, own, own, other)
    assert (score.turned, score.kept, score.slope) == (0.0, 1.0, 0.0)
    assert np.isnan(score.correlation)
    assert score.with_own == pytest.approx(1.0)


def test_half_a_turn_by_hand() -> None:
    own, other = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    score = swap_score(own, own + 0.6 * (other - own), own, other)
    assert score.slope == pytest.approx(0.6)
    assert score.turned == 1.0
