from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.drift import drift
from bench.drift import lab as exact_lab
from reelkit.metrics.complaints.drift import DriftWatch
from reelkit.metrics.complaints.small import lab
from reelkit.theatre.render import render_shot
from reelkit.theatre.world import sample_scene

from .pictures import Frames, lifted, still, walker


def watched(frames: Frames, fps: float = 8.0, joins: tuple[int, ...] = ()) -> DriftWatch:
    watch = DriftWatch(len(frames), fps, joins)
    for frame in frames:
        watch.add(lab(frame))
    return watch


def lightness(grey: float) -> float:
    linear = ((grey / 255 + 0.055) / 1.055) ** 2.4
    return 116 * np.cbrt(linear) - 16


def test_lab_is_that_of_the_cie() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (1, 40, 50, 3)).astype(np.uint8)
    assert np.abs(lab(colours[0]) - exact_lab(colours)[0]).max() < 0.1


def test_a_grey_that_rises_from_100_to_120_drifts_by_its_lightness() -> None:
    frames = np.full((16, 64, 128, 3), 100, np.uint8)
    frames[8:] = 120
    assert watched(frames).colour_drift() == pytest.approx(lightness(120) - lightness(100), abs=0.02)


def test_a_drift_of_six_delta_e_reads_six() -> None:
    start = np.full(3, 120.0)
    goal = exact_lab(start.astype(np.uint8)[None, None, None])[0, 0, 0] + [0, 0, 6]
    wanted = min(
        ((r, g, b) for r in range(115, 130) for g in range(112, 128) for b in range(98, 122)),
        key=lambda rgb: float(np.linalg.norm(exact_lab(np.uint8([[[rgb]]]))[0, 0, 0] - goal)),
    )
    mix = np.linspace(0, 1, 33)[:, None]
    colours = (start * (1 - mix) + np.array(wanted) * mix).round().astype(np.uint8)
    frames = np.broadcast_to(colours[:, None, None], (33, 16, 32, 3))
    slow = watched(frames).colour_drift()
    assert slow is not None and 6 * 25 / 32 - 0.4 < slow < 6
    jumped = np.concatenate([frames[:1].repeat(8, 0), frames[-1:].repeat(8, 0)])
    assert watched(jumped).colour_drift() == pytest.approx(6, abs=0.4)


def test_halved_contrast_is_one_octave() -> None:
    grey = np.zeros((16, 8, 8, 3), np.uint8)
    low, high = 90, 170
    grey[:8, :4], grey[:8, 4:] = low, high
    middle, half = (lightness(low) + lightness(high)) / 2, (lightness(high) - lightness(low)) / 4
    levels = np.array([lightness(level) for level in range(256)])
    grey[8:, :4] = np.abs(levels - (middle - half)).argmin()
    grey[8:, 4:] = np.abs(levels - (middle + half)).argmin()
    assert watched(grey).contrast_drift() == pytest.approx(1, abs=0.02)


def test_a_flat_end_has_no_contrast_to_compare() -> None:
    frames = np.concatenate([still(8), np.full((8, 64, 128, 3), 90, np.uint8)])
    assert watched(frames).contrast_drift() is None


def test_a_take_that_stays_drifts_nowhere_and_a_walker_hardly() -> None:
    assert watched(still(24)).colour_drift() == pytest.approx(0, abs=1e-9)
    moving = watched(walker(24)).colour_drift()
    assert moving is not None and moving < 1


def test_a_step_at_a_join_stands_out_of_the_steps_inside_chunks() -> None:
    frames = lifted(walker(24, step=4), np.repeat([0.0, 6.0, 12.0], 8))
    step, smooth = watched(frames, joins=(8, 16)).join_step(), watched(walker(24, step=4), joins=(8, 16)).join_step()
    assert step is not None and smooth is not None
    assert step > 10
    assert smooth < 2


def test_without_joins_there_is_no_step() -> None:
    assert watched(walker(24)).join_step() is None


def test_one_frame_cannot_drift() -> None:
    assert watched(still(1)).colour_drift() is None


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_theatre_take_of_three_chunks_reads_as_in_the_bench_of_production_models(seed: int) -> None:
    scene = sample_scene(seed, shots=1, frames=18)
    shot = replace(scene.shots[0], camera="pan left")
    frames = lifted(render_shot(scene, shot).frames, np.repeat([0.0, 5.0, 9.0], 6))
    watch, wanted = watched(frames, joins=(6, 12)), drift([frames[:6], frames[6:12], frames[12:]])
    assert watch.colour_drift() == pytest.approx(wanted["colour"], abs=0.03)
    assert watch.contrast_drift() == pytest.approx(wanted["contrast"], abs=0.002)
    assert watch.join_step() == pytest.approx(wanted["join"], rel=0.02)
