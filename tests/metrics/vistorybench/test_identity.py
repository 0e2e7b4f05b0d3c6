"""CIDS and the on-stage count by hand."""

import numpy as np
import pytest

from reelkit.metrics.vistorybench.identity import Identity, assign, cross, onstage_match

X, Y = np.array([1.0, 0.0]), np.array([0.0, 1.0])
HALFWAY = np.array([1.0, 1.0])


def test_the_onstage_match_is_whole_when_the_counts_agree_and_falls_by_the_share_that_is_wrong() -> None:
    assert onstage_match(3, 3) == 100
    assert onstage_match(0, 1) == pytest.approx(100 * np.exp(-1), abs=1e-3)
    assert onstage_match(5, 2) == pytest.approx(100 * np.exp(-1.5), abs=1e-3)
    assert onstage_match(1, 2) == onstage_match(3, 2)


def test_a_shot_that_expects_nobody_has_no_match() -> None:
    assert onstage_match(2, 0) is None


def test_cross_is_the_mean_over_all_portraits() -> None:
    assert cross(3 * X, np.stack([X, Y])) == pytest.approx(0.5)


def test_self_is_the_mean_over_characters_of_their_pairs() -> None:
    story = Identity()
    assert story.add({"mara": X, "tom": X}, {}) is None
    assert story.add({"mara": HALFWAY, "tom": Y}, {}) == pytest.approx((np.sqrt(0.5) + 0) / 2)
    assert story.self_similarity() == pytest.approx((np.sqrt(0.5) + 0) / 2)


def test_one_who_is_seen_once_counts_whole_and_one_who_is_never_found_counts_nothing() -> None:
    story = Identity()
    story.add({"once": X}, {"once": 0.8})
    story.expect("never", True)
    story.expect("faceless", False)
    assert story.self_similarity() == pytest.approx((1 + 0 + 0) / 3)
    assert story.cross_similarity() == pytest.approx((0.8 + 0) / 2)


def test_cross_is_averaged_within_a_character_first() -> None:
    story = Identity()
    story.add({"mara": X, "tom": X}, {"mara": 0.9, "tom": 0.1})
    story.add({"mara": X}, {"mara": 0.5})
    assert story.cross_similarity() == pytest.approx((0.7 + 0.1) / 2)


def test_a_story_without_characters_has_no_identity() -> None:
    assert Identity().self_similarity() is None
    assert Identity().cross_similarity() is None


def test_a_story_without_portraits_has_no_cross_similarity() -> None:
    story = Identity()
    story.add({"mara": X}, {})
    assert story.cross_similarity() is None


def test_boxes_go_to_characters_so_that_the_whole_likeness_is_greatest() -> None:
    candidates = np.array([[1.0, 0.0], [0.9, 0.1]])
    mara, tom = np.array([[1.0, 0.05]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    assert assign(candidates, [mara, tom]) == {0: 1, 1: 0}
    assert assign(candidates[:1], [mara, tom]) in ({0: 0}, {1: 0})
    assert assign(candidates[:0], [mara]) == {}


def test_a_box_is_given_however_unlike_it_is() -> None:
    assert assign(np.array([[-1.0, 0.0]]), [X[None]]) == {0: 0}
