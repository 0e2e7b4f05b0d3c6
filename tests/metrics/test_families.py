"""The families on numbers that a hand can check."""

import numpy as np
import pytest

from reelkit.metrics.alignment import alignment
from reelkit.metrics.consistency import CharacterConsistency, Consistency
from reelkit.metrics.copying import copy_paste_rate
from reelkit.metrics.inception import InceptionScore
from reelkit.metrics.technical.frames import FrameWatch, duration_error, is_blank

X, Y = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def test_alignment_is_the_cosine_times_a_hundred() -> None:
    assert alignment(3 * X, np.array([1.0, 1.0])) == pytest.approx(100 * np.sqrt(0.5))


def test_consistency_of_equal_keyframes_is_a_hundred() -> None:
    scene = Consistency()
    assert [scene.add(X), scene.add(X), scene.add(Y)] == [None, pytest.approx(100), pytest.approx(0)]
    assert scene.value() == pytest.approx(100 / 3)


def test_character_consistency_is_the_mean_over_characters_seen_twice() -> None:
    scene = CharacterConsistency()
    assert scene.add({"mara": X, "tom": X}) is None
    assert scene.add({"mara": X, "tom": Y, "once": Y}) == pytest.approx(50)
    assert scene.value() == pytest.approx(50)


def test_a_scene_where_nobody_returns_has_no_character_consistency() -> None:
    scene = CharacterConsistency()
    scene.add({"mara": X})
    scene.add({"tom": X})
    assert scene.value() is None


def test_copy_paste_rate_is_half_without_preference_and_a_hundred_for_a_copy() -> None:
    reference, mirrored = np.array([1.0, 0.2]), np.array([0.2, 1.0])
    assert copy_paste_rate(np.array([1.0, 1.0]), reference, mirrored) == pytest.approx(50)
    assert copy_paste_rate(reference, reference, mirrored) == pytest.approx(100)
    assert copy_paste_rate(mirrored, reference, mirrored) == pytest.approx(0)


def test_copy_paste_rate_by_hand() -> None:
    near = copy_paste_rate(np.array([0.61, 0.60, 0.0]), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    gap = 0.01 / np.hypot(0.61, 0.60)
    assert near == pytest.approx(100 / (1 + np.exp(-gap / 0.01)))


def test_inception_score_is_one_for_sameness_and_the_classes_for_variety() -> None:
    same, varied = InceptionScore(), InceptionScore()
    same.add(np.tile([0.7, 0.2, 0.1], (4, 1)))
    varied.add(np.eye(4)[:2])
    varied.add(np.eye(4)[2:])
    assert same.value() == pytest.approx(1)
    assert varied.value() == pytest.approx(4, rel=1e-6)


def test_inception_score_of_one_frame_is_absent() -> None:
    score = InceptionScore()
    score.add(np.array([[0.5, 0.5]]))
    assert score.value() is None


def test_blank_and_frozen_frames_are_counted() -> None:
    rng = np.random.default_rng(0)
    lively = [rng.integers(0, 255, (32, 48, 3), dtype=np.uint8) for _ in range(2)]
    black = np.full((32, 48, 3), 5, dtype=np.uint8)
    watch = FrameWatch()
    for frame in (lively[0], lively[0], lively[1], black):
        watch.add(frame)
    assert watch.blank_frames() == pytest.approx(25)
    assert watch.frozen_frames() == pytest.approx(100 / 3)


def test_a_flat_colour_is_blank_and_a_dim_picture_is_not() -> None:
    assert is_blank(np.full((8, 8, 3), (200, 10, 10), dtype=np.uint8))
    dim = np.full((8, 8, 3), 4, dtype=np.uint8)
    dim[2:4, 2:4] = 40
    assert not is_blank(dim)


def test_duration_error_has_no_sign() -> None:
    assert duration_error(3.5, 4.0) == duration_error(4.5, 4.0) == 0.5
