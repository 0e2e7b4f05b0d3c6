"""VBench's meters over the one pass: which frames each network sees, and what becomes of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.manifest.kinds import Shot
from reelkit.metrics.meters import ClipInfo, Reading, Resources, ShotReading, view
from reelkit.metrics.passing import measure_frames
from reelkit.metrics.registry import BY_NAME
from reelkit.metrics.vbench.card import METRICS
from reelkit.metrics.vbench.meters import VBenchGroup, VBenchMeter, difference
from tests.metrics.worlds import ColourEncoder

ALL = tuple(metric.name for metric in METRICS)


class Networks(ColourEncoder):
    """Embeds a frame by its level; steps, drawn frames and quality follow from levels too."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> np.ndarray:
        self.seen[network] = self.seen.get(network, 0) + len(inputs)
        if network in ("dino-b16", "clip-b32", "clip-l14"):
            angles = [np.radians(float(each.mean())) for each in inputs]
            return np.array([[2 * np.cos(a), 2 * np.sin(a)] for a in angles], np.float32)
        if network == "laion-aesthetic-l14":
            return np.array([[5.0 + each[0]] for each in inputs], np.float32)
        if network == "raft-things":
            return np.array([[abs(float(each[1].mean()) - float(each[0].mean()))] for each in inputs], np.float32)
        if network == "amt-s":
            return np.array([[abs(each[1].mean() - (float(each[0].mean()) + each[2].mean()) / 2)] for each in inputs], np.float32)
        if network == "musiq-spaq":
            return np.array([[40.0] for _ in inputs], np.float32)
        assert network == "viclip"
        return np.array([[1.0, 0.0] if isinstance(each, str) else [0.6, 0.8] for each in inputs], np.float32)


def read(
    levels: Sequence[int], models: Networks, names: Sequence[str] = ALL, fps: float = 8.0, prompt: str = "a ramp"
) -> Reading:
    frames = [np.full((32, 48, 3), level, np.uint8) for level in levels]
    info = ClipInfo(
        path=Path("x.mp4"), frames=len(frames), fps=fps, width=48, height=32, seconds=len(frames) / fps, used=len(frames),
        shot=Shot(id="s", movie="m", prompt=prompt),
    )
    resources = Resources(names=frozenset(names), models=models)
    return measure_frames(resources, frames, [VBenchMeter(resources, info)])[0]


def test_every_dimension_of_a_take_by_hand() -> None:
    models = Networks()
    scores = read([0, 60, 60, 60, 60, 60, 60, 60], models).scores
    chain = (0.5 + 6 * (1 + 0.5) / 2) / 7
    assert scores["vbench_subject_consistency"] == scores["vbench_background_consistency"] == pytest.approx(chain, abs=1e-5)
    assert scores["vbench_temporal_flickering"] == pytest.approx((255 - 60 / 7) / 255)
    assert scores["vbench_motion_smoothness"] == pytest.approx((255 - 30 / 3) / 255)
    assert scores["vbench_dynamic_degree"] == 0.0
    cosines = [1.0] + 7 * [0.5]
    assert scores["vbench_aesthetic_quality"] == pytest.approx(np.mean([(5 + c) / 10 for c in cosines]), abs=1e-5)
    assert scores["vbench_imaging_quality"] == pytest.approx(0.4)
    assert scores["vbench_overall_consistency"] == pytest.approx(0.6)
    assert models.seen == {
        "dino-b16": 8, "clip-b32": 8, "clip-l14": 8, "musiq-spaq": 8, "laion-aesthetic-l14": 8, "raft-things": 7, "amt-s": 3,
        "viclip": 2,
    }


def test_flow_is_seen_at_about_eight_frames_a_second() -> None:
    models = Networks()
    assert read(range(0, 96, 2), models, ["vbench_dynamic_degree"], fps=24).scores["vbench_dynamic_degree"] == 1.0
    assert models.seen == {"raft-things": 15}


def test_nothing_is_asked_about_a_take_without_a_prompt_or_too_short_for_a_view() -> None:
    models = Networks()
    assert read([9] * 8, models, ["vbench_overall_consistency"], prompt=" ").scores["vbench_overall_consistency"] is None
    assert read([9] * 7, models, ["vbench_overall_consistency"]).scores["vbench_overall_consistency"] is None
    assert models.seen == {}


def test_a_single_frame_has_neither_motion_nor_consistency() -> None:
    scores = read([9], Networks()).scores
    assert scores["vbench_subject_consistency"] is None and scores["vbench_temporal_flickering"] is None
    assert scores["vbench_motion_smoothness"] is None and scores["vbench_dynamic_degree"] is None
    assert scores["vbench_imaging_quality"] == pytest.approx(0.4)


def test_groups_weigh_consistency_by_frames_and_the_rest_by_shots() -> None:
    group = VBenchGroup(Resources(names=frozenset(ALL), models=Networks()))
    for levels in ([0, 60], [0] * 31):
        reading = read(levels, Networks())
        group.add(ShotReading(shot=Shot(id="s", movie="m"), scores={}, material=reading.material))
    values = group.values()
    assert values["vbench_subject_consistency"] == pytest.approx((0.5 + 30) / 31, abs=1e-5)
    assert values["vbench_quality"] is not None and values["vbench_quality_and_consistency"] is not None


def test_a_total_needs_every_part() -> None:
    group = VBenchGroup(Resources(names=frozenset(ALL), models=Networks()))
    reading = read([9], Networks())
    group.add(ShotReading(shot=Shot(id="s", movie="m"), scores={}, material=reading.material))
    assert group.values()["vbench_quality"] is None
    assert BY_NAME["vbench_quality_and_consistency"].basis == "definition"


def test_differences_do_not_wrap_round() -> None:
    low, high = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    assert difference(low, high) == difference(high, low) == 255.0


def test_views_are_taken_from_the_middles_of_eight_parts() -> None:
    def seen(used: int) -> list[int]:
        info = ClipInfo(
            path=Path("x"), frames=used, fps=8, width=8, height=8, seconds=1, used=used, shot=Shot(id="s", movie="m")
        )
        return view(info).tolist()

    assert seen(16) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert seen(24) == [1, 4, 7, 10, 13, 16, 19, 22]
    assert len(seen(5)) == 5
