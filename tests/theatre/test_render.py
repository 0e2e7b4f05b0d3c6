import dataclasses

import numpy as np
import pytest

from reelkit.theatre import render
from reelkit.theatre.render import render_portrait, render_scene, render_shot
from reelkit.theatre.world import (
    ACTIONS,
    CAMERAS,
    FRAMINGS,
    PLACES,
    TIMES,
    Scene,
    Setting,
    Shot,
    block_shot,
    sample_character,
    sample_scene,
)


def stage(
    framing: str, action: str, camera: str = "static", frames: int = 64, seed: int = 5
) -> tuple[Scene, Shot]:
    rng = np.random.default_rng(seed)
    setting = Setting("street", "day", "clear", (0.5, 0.5, 0.5, 0.5), False)
    scene = Scene(seed, setting, (sample_character(rng),), ())
    return scene, block_shot(framing, camera, (0,), (action,), frames, rng)


def test_same_seed_gives_the_same_bytes() -> None:
    first, second = (render_scene(sample_scene(3, shots=2, frames=4)) for _ in range(2))
    assert first.frames.tobytes() == second.frames.tobytes()
    assert first.truth == second.truth


@pytest.mark.parametrize(("width", "height"), [(128, 64), (192, 96), (192, 128)])
def test_a_film_has_its_shots_one_after_another(width: int, height: int) -> None:
    scene = sample_scene(8, shots=3, frames=5)
    film = render_scene(scene, width, height)
    assert film.frames.shape == (15, height, width, 3)
    assert film.frames.dtype == np.uint8
    assert film.cuts == (5, 10)
    assert len(film.truth) == 15
    assert np.array_equal(film.frames[5:10], render_shot(scene, scene.shots[1], width, height).frames)


@pytest.mark.parametrize("camera", CAMERAS)
def test_single_frames_equal_those_of_the_whole_shot(camera: str) -> None:
    scene, shot = stage("full", "walk", camera, frames=9)
    whole, some = render_shot(scene, shot), render_shot(scene, shot, frames=[7, 2])
    assert np.array_equal(some.frames, whole.frames[[7, 2]])
    assert some.truth == [whole.truth[7], whole.truth[2]]


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("action", ACTIONS)
def test_boxes_contain_the_figure_and_little_else(
    framing: str, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in (5, 6):
        scene, shot = stage(framing, action, seed=seed)
        frames = range(0, 64, 13)
        clip = render_shot(scene, shot, frames=frames, shadows=False)
        with monkeypatch.context() as patch:
            patch.setattr(render, "_draw_figure", lambda *_: None)
            without = render_shot(scene, shot, frames=frames)
        for picture, empty, known in zip(clip.frames, without.frames, clip.truth, strict=True):
            ys, xs = np.nonzero(np.abs(picture.astype(int) - empty).max(axis=2) > 8)
            x0, y0, x1, y1 = known.boxes[0]
            assert x0 - 1.6 <= xs.min() and xs.max() <= x1 + 1
            assert y0 - 1.6 <= ys.min() and ys.max() <= y1 + 1
            assert xs.max() - xs.min() > 0.7 * (x1 - x0) - 3
            assert ys.max() - ys.min() > 0.7 * (y1 - y0) - 3
            hx0, hy0, hx1, hy1 = known.heads[0]
            assert x0 <= hx0 < hx1 <= x1
            assert y0 <= hy0 < hy1 <= y1


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("camera", CAMERAS)
def test_a_runner_stays_in_the_frame_for_eight_seconds(framing: str, camera: str) -> None:
    scene, shot = stage(framing, "run", camera)
    for known in render_shot(scene, shot, frames=range(0, 64, 5)).truth:
        left, _, right, _ = known.boxes[0]
        assert 0.1 * 128 < (left + right) / 2 < 0.9 * 128
        hx0, hy0, hx1, hy1 = known.heads[0]
        assert hx1 - hx0 > 4
        assert hy1 - hy0 > 6


def test_figures_fill_two_fifths_of_the_widest_frame() -> None:
    for seed in range(20):
        scene, shot = stage("wide", "stand", seed=seed)
        _, top, _, bottom = render_shot(scene, shot, frames=[0]).truth[0].boxes[0]
        assert bottom - top >= 0.38 * 64


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_moves(action: str) -> None:
    scene, shot = stage("medium", action, frames=12)
    frames = render_shot(scene, shot).frames.astype(int)
    assert np.abs(np.diff(frames, axis=0)).max() > 30


def test_places_and_hours_look_different() -> None:
    _, shot = stage("wide", "stand")
    bare = dataclasses.replace(shot, cast=(), actions=(), phases=(), starts=(), facings=())
    means = []
    for place in PLACES:
        for time in TIMES:
            setting = Setting(
                place, time, "clear", (0.5, 0.5, 0.5, 0.5), place in ("kitchen", "office", "bar", "bedroom")
            )
            picture = render_shot(Scene(0, setting, (), ()), bare, frames=[0]).frames[0]
            means.append(picture.reshape(4, 16, 4, 32, 3).mean(axis=(1, 3)).ravel())
    table = np.stack(means)
    apart = np.abs(table[:, None] - table[None]).mean(axis=2) + 1e3 * np.eye(len(table))
    assert apart.min() > 4


@pytest.mark.parametrize("index", range(4))
def test_each_hidden_layout_float_changes_the_set(index: int) -> None:
    _, shot = stage("wide", "stand")
    bare = dataclasses.replace(shot, cast=(), actions=(), phases=(), starts=(), facings=())
    for place in PLACES:
        pictures = []
        for value in (0.1, 0.9):
            layout = tuple(value if slot == index else 0.5 for slot in range(4))
            setting = Setting(place, "day", "clear", layout, False)  # type: ignore[arg-type]
            pictures.append(render_shot(Scene(0, setting, (), ()), bare, frames=[0]).frames[0].astype(int))
        assert np.abs(pictures[0] - pictures[1]).mean() > 2


def test_portraits_stand_before_plain_grey() -> None:
    portrait = render_portrait(sample_character(np.random.default_rng(2)), 128, 64, seed=1)
    assert portrait.shape == (64, 128, 3)
    assert np.ptp(portrait[:, :16].astype(int), axis=(0, 1)).max() == 0
    assert np.ptp(portrait[:, 48:80].astype(int)) > 100
