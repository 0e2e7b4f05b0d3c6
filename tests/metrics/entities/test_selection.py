"""Which frames are looked at and which crop stands for an entity."""

import numpy as np
import pytest

from reelkit.metrics.entities.selection import sampled, selection, sharpness, widened
from reelkit.metrics.locator import Box


def test_five_frames_from_the_second_to_the_last_but_one() -> None:
    assert sampled(100) == [1, 25, 49, 73, 98]
    assert sampled(9) == [1, 2, 4, 5, 7]
    assert sampled(5) == [1, 2, 3, 4, 4]
    assert sampled(4) == []


def test_a_box_is_widened_by_a_tenth_of_its_sides_within_the_frame() -> None:
    assert widened(Box(20, 30, 60, 50), 100, 100) == Box(16, 28, 64, 52)
    assert widened(Box(1, 0, 99, 90), 100, 95) == Box(0, 0, 100, 95)


def test_sharpness_is_the_variance_of_the_second_differences() -> None:
    ramp = np.tile(np.arange(6, dtype=np.uint8)[None, :, None] * 10, (6, 1, 3))
    assert sharpness(ramp) == 0
    spike = np.zeros((3, 3, 3), np.uint8)
    spike[1, 1] = 90
    assert sharpness(spike) == pytest.approx(2 * np.var([0, -180, 0]))
    assert sharpness(np.full((2, 9, 3), 7, np.uint8)) == 0


def test_selection_is_the_product_of_fit_sharpness_and_size() -> None:
    frame = np.zeros((100, 100, 3), np.uint8)
    flat = np.zeros((20, 10, 3), np.uint8)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    assert selection(0.3, flat, frame) == pytest.approx(0.3 * sigmoid(-0.5) * sigmoid(0))
    noisy = np.random.default_rng(0).integers(0, 256, (20, 10, 3), dtype=np.uint8)
    assert selection(0.3, noisy, frame) > selection(0.3, flat, frame)
    assert selection(0.3, flat, frame) > selection(0.3, flat[:5], frame)
    assert selection(-0.1, flat, frame) < 0
