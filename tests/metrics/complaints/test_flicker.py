from __future__ import annotations

import numpy as np
import pytest

from reelkit.metrics.complaints.flicker import FlickerWatch

from .pictures import Frames, lifted, pan, still, walker


def flicker(frames: Frames) -> float | None:
    watch = FlickerWatch()
    for frame in frames:
        watch.add(frame)
    return watch.value()


def grey(levels: np.ndarray) -> Frames:
    return np.broadcast_to(levels.round().astype(np.uint8)[:, None, None, None], (len(levels), 16, 32, 3))


def test_an_alternation_of_four_levels_is_four() -> None:
    assert flicker(lifted(still(20), 4.0 * (-1.0) ** np.arange(20))) == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("period", [2, 3, 4, 6])
def test_a_slower_flicker_counts_less_by_its_frequency(period: int) -> None:
    turn = 2 * np.pi / period
    time = np.arange(1, 241)
    wave = 60 * np.sin(turn * time + 0.4)
    expected = 60 * (1 - np.cos(turn)) / 2 * np.abs(np.sin(turn * time[1:-1] + 0.4)).mean()
    assert flicker(grey(128 + wave)) == pytest.approx(expected, rel=0.02)


def test_a_fade_does_not_flicker() -> None:
    assert flicker(grey(np.linspace(250, 10, 40))) == pytest.approx(0, abs=0.3)


def test_motion_does_not_flicker_however_strong() -> None:
    assert flicker(walker(40, radius=14, step=9)) == pytest.approx(0, abs=0.05)
    assert flicker(pan(3, 40, 2)) == pytest.approx(0, abs=0.3)


def test_a_lamp_that_flickers_in_a_corner_is_not_seen() -> None:
    frames = still(20)
    frames[::2, :20, :40] = 255
    assert flicker(frames) == pytest.approx(0, abs=0.05)


def test_two_frames_are_too_few() -> None:
    assert flicker(still(2)) is None
