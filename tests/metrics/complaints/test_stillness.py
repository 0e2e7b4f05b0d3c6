from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelkit.media.video import read_frames, write_video
from reelkit.metrics.complaints.stillness import StillWatch
from reelkit.theatre.render import render_shot
from reelkit.theatre.world import sample_scene

from .pictures import Frames, grainy, lifted, pan, still, walker


def frozen(frames: Frames, fps: float = 24.0) -> float | None:
    watch = StillWatch(fps)
    for frame in frames:
        watch.add(frame)
    return watch.finish()


def with_a_freeze(frames: Frames, at: int, length: int) -> Frames:
    """The frame at `at` stands `length` frames, and the take goes on from there."""
    return np.concatenate([frames[:at], frames[at : at + 1].repeat(length, 0), frames[at + 1 :]])


def test_a_frozen_second_of_three_is_a_third() -> None:
    assert frozen(with_a_freeze(walker(49), 20, 24)) == pytest.approx(100 * 24 / 72)


def test_a_freeze_of_less_than_a_second_is_nothing() -> None:
    assert frozen(with_a_freeze(walker(49), 20, 23)) == 0


def test_two_freezes_add_up() -> None:
    frames = with_a_freeze(with_a_freeze(walker(40), 30, 25), 5, 30)
    assert frozen(frames) == pytest.approx(100 * 55 / len(frames))


@pytest.mark.parametrize("sigma", [2.0, 6.0, 10.0])
def test_grain_does_not_hide_a_freeze_nor_make_one(sigma: float) -> None:
    frames = grainy(with_a_freeze(walker(49), 20, 24), sigma)
    assert frozen(frames) == pytest.approx(100 * 24 / 72, abs=3)
    assert frozen(grainy(walker(72), sigma)) == 0


def test_compression_does_not_hide_a_freeze(tmp_path: Path) -> None:
    write_video(tmp_path / "take.mp4", grainy(with_a_freeze(walker(49), 20, 24), 3), 24, crf=26)
    seen = np.stack(list(read_frames(tmp_path / "take.mp4")))
    assert frozen(seen) == pytest.approx(100 * 24 / 72, abs=3)


@pytest.mark.parametrize("step", [0.4, 2.0, 20.0])
def test_a_pan_is_motion_slow_or_fast(step: float) -> None:
    assert frozen(pan(2, 72, step)) == 0


def test_a_mouth_that_moves_before_a_still_camera_is_motion() -> None:
    frames = still(72)
    for number in range(72):
        frames[number, 40 : 42 + 6 * (number // 6 % 2), 60:70] = 30
    assert frozen(frames) == 0


def test_a_still_picture_is_frozen_whole() -> None:
    assert frozen(still(48)) == 100
    assert frozen(still(1)) is None


def test_a_fade_is_motion() -> None:
    assert frozen(lifted(still(48), np.linspace(0, -100, 48))) == 0


def test_theatre_people_move_and_an_empty_stage_does_not() -> None:
    shares = []
    for seed in range(300, 330):
        scene = sample_scene(seed, shots=1)
        shot = scene.shots[0]
        if shot.cast:
            shares.append(frozen(render_shot(scene, shot).frames, 8.0))
    assert shares == [0.0] * len(shares) and len(shares) > 20
