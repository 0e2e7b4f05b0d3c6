"""The family as the pass feeds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.manifest.kinds import Chunk, Shot, Take
from reelkit.metrics.complaints.card import METRICS
from reelkit.metrics.complaints.meters import FAMILY, ComplaintMeter, SceneMeter, duplicate_takes, joins
from reelkit.metrics.meters import ClipInfo, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames

from .pictures import Frames, grainy, lifted, still, walker

ALL = frozenset(m.name for m in METRICS if not m.needs)


def info(frames: int, chunks: tuple[int, ...] = (), used: int | None = None, fps: float = 24.0) -> ClipInfo:
    take = Take(chunks=[Chunk(key=str(n), frames=length) for n, length in enumerate(chunks)])
    return ClipInfo(
        path=Path("take.mp4"), frames=frames, fps=fps, width=128, height=64, seconds=frames / fps,
        used=used or frames, shot=Shot(id="s1", movie="m"), take=take,
    )  # fmt: skip


def measured(frames: Frames, about: ClipInfo | None = None, names: frozenset[str] = ALL) -> Reading:
    about = about or info(len(frames))
    models: Any = None
    resources = Resources(names=names, models=models)
    [reading] = measure_frames(resources, iter(frames[: about.used]), [ComplaintMeter(resources, about)])
    return reading


def test_one_pass_gives_what_every_watch_gives() -> None:
    frames = np.concatenate([walker(24), lifted(still(48, seed=3), 5.0)])
    scores = measured(frames, info(72, chunks=(24, 48))).scores
    assert scores["cut_inside"] == 1
    assert scores["frozen_motion"] == pytest.approx(100 * 48 / 72)
    assert scores["flicker"] is not None and scores["flicker"] < 1
    assert scores["join_step"] is not None and scores["join_step"] > 5
    assert scores["colour_drift"] is not None and scores["colour_drift"] > 1
    assert set(scores) == {"cut_inside", "colour_drift", "contrast_drift", "join_step", "frozen_motion", "flicker"}


def test_only_what_is_asked_for_is_said() -> None:
    assert set(measured(walker(24), names=frozenset({"flicker", "join_step"})).scores) == {"flicker", "join_step"}


def test_large_frames_are_measured_as_their_reduction() -> None:
    small = walker(30)
    large = small.repeat(6, axis=1).repeat(6, axis=2)
    one, other = measured(small).scores, measured(large).scores
    assert other["colour_drift"] == pytest.approx(one["colour_drift"], abs=0.02)
    assert other["cut_inside"] == one["cut_inside"] == 0


def test_joins_are_those_of_the_part_that_stands_in_the_film() -> None:
    assert joins(info(30, chunks=(10, 10, 10))) == [10, 20]
    assert joins(info(30, chunks=(10, 10, 10), used=15)) == [10]
    assert joins(info(30, chunks=(30,))) == []


def test_chunks_that_do_not_make_up_the_file_have_no_joins() -> None:
    assert joins(info(30, chunks=(10, 10))) == []


def fed(*takes: Frames) -> tuple[SceneMeter, list[float | None]]:
    meter = SceneMeter()
    shots = []
    for number, take in enumerate(takes):
        shot = Shot(id=f"s{number}", movie="m")
        reading = ShotReading(shot=shot, scores={}, material=measured(take).material)
        shots.append(meter.add(reading).get("duplicate_shots"))
    return meter, shots


def test_a_scene_counts_shots_that_repeat_earlier_ones_and_says_which() -> None:
    one, other = walker(48, seed=1), walker(48, seed=2)
    meter, shots = fed(one, other, grainy(one, 4), other)
    assert shots == [None, 0, 100, 100]
    assert meter.values()["duplicate_shots"] == pytest.approx(100 * 2 / 3)
    assert meter.extras() == {"repeats": [{"shot": "s2", "repeats": "s0"}, {"shot": "s3", "repeats": "s1"}]}


def test_one_shot_repeats_nothing_that_could_be_said() -> None:
    meter, _ = fed(walker(24))
    assert meter.values()["duplicate_shots"] is None
    assert meter.extras() == {}


def test_takes_of_a_shot_are_compared_but_not_with_what_they_grew_from() -> None:
    frames = walker(48)
    materials = [measured(each).material for each in (frames, frames[:24], walker(48, phase=50), frames)]
    apart = [Take(key="a"), Take(key="b"), Take(key="c"), Take(key="d")]
    assert duplicate_takes(apart, materials) == pytest.approx(100 * 2 / 3)
    grown = [Take(key="a", parent="b"), Take(key="b"), Take(key="c")]
    assert duplicate_takes(grown, materials[:3]) == 0
    assert duplicate_takes(grown[:2], materials[:2]) is None


def test_a_run_without_the_metric_makes_no_scene_meter() -> None:
    models: Any = None
    assert FAMILY.scene is not None
    assert FAMILY.scene(Resources(names=frozenset({"flicker"}), models=models)) is None
