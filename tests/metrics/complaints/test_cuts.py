from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from reelkit.metrics.complaints.cuts import CutCounter
from reelkit.theatre.render import render_shot
from reelkit.theatre.world import sample_scene

from .pictures import Frames, grainy, lifted, pan, still, walker


def cuts(frames: Frames, fps: float = 24.0) -> list[int]:
    counter = CutCounter(fps)
    for frame in frames:
        counter.add(frame)
    assert counter.finish() == len(counter.cuts)
    return counter.cuts


@pytest.mark.parametrize("at", [1, 2, 7, 20, 38, 39])
def test_a_cut_is_found_at_its_frame_wherever_it_is(at: int) -> None:
    assert cuts(np.concatenate([walker(at, seed=1), walker(40 - at, seed=2)])) == [at]


def test_three_cuts_are_three() -> None:
    parts = [pan(seed, 12, 1.5) for seed in (1, 2, 3, 4)]
    assert cuts(np.concatenate(parts)) == [12, 24, 36]


@pytest.mark.parametrize("step", [3, 12, 30])
@pytest.mark.parametrize("fps", [8.0, 24.0])
def test_a_pan_has_no_cut_however_fast(step: int, fps: float) -> None:
    assert cuts(pan(5, 48, step), fps) == []


def test_a_cut_in_a_moving_grainy_take_is_found() -> None:
    assert cuts(grainy(np.concatenate([pan(1, 20, 2), pan(2, 20, 2)]), 8)) == [20]


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_flash_is_no_cut(length: int) -> None:
    frames = walker(40)
    frames[20 : 20 + length] = lifted(frames[20 : 20 + length], 120)
    assert cuts(frames) == []


def test_a_single_foreign_frame_is_no_cut_but_a_second_of_it_is_two() -> None:
    frames = walker(72)
    frames[20] = still(1, seed=9)[0]
    assert cuts(frames) == []
    frames[20:44] = still(24, seed=9)
    assert cuts(frames) == [20, 44]


def test_a_fade_to_black_is_no_cut() -> None:
    assert cuts(lifted(walker(48), np.linspace(0, -250, 48))) == []


@pytest.mark.parametrize("tint", [(18, -4, -16), (-60, -60, -60), (25, 25, 0)])
def test_a_jump_of_exposure_or_tint_is_no_cut(tint: tuple[int, int, int]) -> None:
    frames = walker(48)
    frames[24:] = (frames[24:] + np.array(tint)).clip(0, 255).astype(np.uint8)
    assert cuts(frames) == []


def test_two_frames_are_too_few_to_say() -> None:
    counter = CutCounter(8.0)
    for frame in np.concatenate([still(1, 1), still(1, 2)]):
        counter.add(frame)
    assert counter.finish() is None


@cache
def theatre_takes() -> list[list[Frames]]:
    scenes = [sample_scene(seed, shots=3) for seed in range(200, 212)]
    return [[render_shot(scene, shot).frames for shot in scene.shots] for scene in scenes]


def test_theatre_takes_are_whole() -> None:
    assert [cuts(take, 8.0) for scene in theatre_takes() for take in scene] == [[]] * 36


def test_most_cuts_between_setups_of_one_theatre_scene_are_found_and_no_others() -> None:
    found = [
        cuts(np.concatenate([one[:12], other[:13]]), 8.0)
        for scene in theatre_takes()
        for one, other in pairwise(scene)
    ]
    assert all(each in ([12], []) for each in found)
    assert sum(each == [12] for each in found) >= 0.85 * len(found)
