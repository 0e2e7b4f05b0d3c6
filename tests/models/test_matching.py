"""A change of colour is undone, whatever the pictures show; what is no drift is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelkit.models.matching import SHIFT, matched


def scene(seed: int, frames: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(70, 180, (frames, 8, 12, 3), dtype=np.uint8)


def changed(frames: np.ndarray, gain: list[float], shift: list[float]) -> np.ndarray:
    return (frames * np.array(gain) + np.array(shift)).round().clip(0, 255).astype(np.uint8)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 99),
    gain=st.lists(st.floats(0.92, 1.08), min_size=3, max_size=3),
    shift=st.lists(st.floats(-8, 8), min_size=3, max_size=3),
)
def test_what_came_in_at_the_join_is_undone_in_every_new_frame(seed, gain, shift):
    new = scene(seed)
    restored = matched(changed(new, gain, shift), new[0])
    assert np.abs(restored.astype(int) - new).max() <= 3


def test_where_nothing_changed_nothing_is_changed_and_what_happens_later_stays():
    new = scene(2)
    new[2] //= 2
    assert np.array_equal(matched(new, new[0]), new)


def test_a_flat_picture_keeps_its_contrast_and_a_jump_is_not_followed():
    new = np.concatenate([np.full((1, 8, 12, 3), 100, np.uint8), scene(3)])
    lifted = matched(new, new[0] + 10)
    assert np.abs(lifted.astype(int) - new - 10).max() <= 1
    far = matched(new, new[0] + 100)
    assert np.abs(far.astype(int) - new - SHIFT).max() <= 1


@pytest.mark.parametrize("fill", [0, 255])
def test_it_stays_within_the_levels_there_are(fill):
    flat = np.full((2, 4, 4, 3), fill, np.uint8)
    assert matched(flat, scene(4)[0]).dtype == np.uint8
