"""Cross-shot consistency by hand and against every pair written out."""

from itertools import combinations

import numpy as np
import pytest

from reelkit.metrics.crossshot.pairs import CrossShot

X, Y = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def test_all_pairs_count_alike() -> None:
    story = CrossShot()
    for shot in (X, 5 * X, Y):
        story.add(shot, None)
    assert story.overall() == pytest.approx((1 + 0 + 0) / 3)
    assert story.relevant() is None


def test_one_shot_is_no_pair() -> None:
    story = CrossShot()
    story.add(X, X)
    assert story.overall() is None and story.relevant() is None


def test_the_pairs_with_the_nearest_prompts_are_the_relevant_ones() -> None:
    story = CrossShot(top=1)
    cafe, pier = X, Y
    for shot, prompt in ((X, cafe), (Y, pier), (np.array([1.0, 1.0]), cafe)):
        story.add(shot, prompt)
    assert story.relevant() == pytest.approx(np.sqrt(0.5))


def test_the_ten_most_relevant_of_many_are_those_that_sorting_all_pairs_finds() -> None:
    rng = np.random.default_rng(2)
    shots, prompts = rng.normal(size=(12, 5)), rng.normal(size=(12, 3))
    story = CrossShot()
    for shot, prompt in zip(shots, prompts, strict=True):
        story.add(shot, prompt)
    rows, words = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (shots, prompts))
    pairs = sorted(combinations(range(12), 2), key=lambda pair: -float(words[pair[0]] @ words[pair[1]]))
    cosines = [float(rows[one] @ rows[other]) for one, other in pairs]
    assert story.relevant() == pytest.approx(np.mean(cosines[:10]), abs=1e-6)
    assert story.overall() == pytest.approx(np.mean(cosines))


def test_fewer_than_ten_pairs_are_all_relevant() -> None:
    story = CrossShot()
    for shot in (X, X, Y):
        story.add(shot, X)
    assert story.relevant() == pytest.approx(story.overall())


def test_a_shot_without_a_prompt_is_in_no_relevant_pair() -> None:
    story = CrossShot()
    for shot, prompt in ((X, X), (Y, None), (X, X)):
        story.add(shot, prompt)
    assert story.relevant() == pytest.approx(1)
    assert story.overall() == pytest.approx(1 / 3)


def test_between_equally_relevant_pairs_the_earlier_stays() -> None:
    story = CrossShot(top=1)
    for shot in (X, X, Y):
        story.add(shot, X)
    assert story.relevant() == pytest.approx(1)


def test_what_is_kept_is_bounded() -> None:
    story = CrossShot(kept=3)
    for _ in range(50):
        story.add(X, X)
    story.add(Y, X)
    assert len(story._earlier) == 3 and len(story._relevant) == 10
    assert story._pairs == 1 + 2 + 48 * 3
