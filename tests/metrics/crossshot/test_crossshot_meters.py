"""The family as the pass feeds it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.manifest.kinds import Shot
from reelkit.metrics import passing
from reelkit.metrics.crossshot.card import METRICS
from reelkit.metrics.crossshot.meters import FAMILY, StoryMeter
from reelkit.metrics.meters import ClipInfo, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames
from reelkit.models.measuring.known import NetworkCard
from tests.metrics.worlds import ColourEncoder, picture, shares

ALL = frozenset(metric.name for metric in METRICS)
READY = frozenset(metric.name for metric in METRICS if metric.needs == ("encoder",))


class WithViclip(ColourEncoder):
    """ViCLIP as the mean of what the frames show."""

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> Any:
        assert network == "viclip"
        assert {len(window) for window in inputs} == {8}
        return np.array([np.mean([shares(frame) for frame in window], axis=0) for window in inputs], np.float32)


@pytest.fixture(autouse=True)
def viclip(monkeypatch: pytest.MonkeyPatch) -> None:
    card = NetworkCard(loader="none:none", source="", licence="", takes="windows", span=8, hop=8)
    monkeypatch.setattr(passing, "networks", lambda: {"viclip": card})


def shot(
    frames: list[np.ndarray], prompt: str = "red", names: frozenset[str] = READY, annotations: Path | None = None, id: str = "a"
) -> Reading:
    models: Any = WithViclip()
    stock = Resources(names=names, models=models, annotations=annotations)
    info = ClipInfo(
        path=Path("take.mp4"), frames=len(frames), fps=8, width=96, height=64, seconds=len(frames) / 8, used=len(frames),
        shot=Shot(id=id, movie="film", prompt=prompt),
    )  # fmt: skip
    assert FAMILY.clip is not None
    meter = FAMILY.clip(stock, info)
    assert meter is not None
    [reading] = measure_frames(stock, frames, [meter])
    return reading


def story(*readings: Reading, names: frozenset[str] = READY) -> Mapping[str, float | None]:
    models: Any = None
    meter = StoryMeter(Resources(names=names, models=models))
    for reading in readings:
        meter.add(ShotReading(shot=Shot(id="a", movie="film"), scores={}, material=reading.material))
    return meter.values()


RED, BLUE = [picture("red")] * 3, [picture("blue")] * 3


def test_a_story_that_keeps_its_looks_is_more_alike_than_one_that_does_not() -> None:
    same = story(shot(RED), shot(RED), shot(RED))["stbench_cross_shot"]
    changed = story(shot(RED), shot(BLUE), shot(RED))["stbench_cross_shot"]
    red, blue = np.array(shares(RED[0])), np.array(shares(BLUE[0]))
    apart = float(red @ blue / np.linalg.norm(red) / np.linalg.norm(blue))
    assert same == pytest.approx(1)
    assert changed == pytest.approx((1 + 2 * apart) / 3, abs=1e-5)
    assert apart < 0.9


def test_the_relevant_pairs_are_those_with_like_prompts() -> None:
    many = [shot([picture(colour)], colour) for colour in ("red", "blue", "green", "yellow") for _ in range(3)]
    found = story(*many)
    assert found["stbench_cross_shot_top10"] == pytest.approx(1, abs=1e-3)
    assert found["stbench_cross_shot"] is not None and found["stbench_cross_shot"] < 0.95


def test_viclip_sees_eight_frames_of_the_take_and_none_of_a_shorter_one() -> None:
    names = frozenset({"stbench_cross_shot_viclip"})
    changing = [picture("red")] * 8 + [picture("blue")] * 8
    rows = np.array([shares(picture("red")), shares(picture("blue"))])
    between = rows.mean(axis=0)
    expected = float(between @ rows[0] / np.linalg.norm(between) / np.linalg.norm(rows[0]))
    found = story(shot(changing, names=names), shot([picture("red")] * 20, names=names), names=names)
    assert found["stbench_cross_shot_viclip"] == pytest.approx(expected, abs=1e-5)
    assert shot(RED, names=names).material.clip is None


def test_only_what_is_asked_for_is_looked_at() -> None:
    assert set(story(shot(RED), shot(BLUE), names=frozenset({"stbench_cross_shot"}))) == {"stbench_cross_shot"}
    models: Any = None
    nothing = Resources(names=frozenset({"shot_cut_accuracy"}), models=models)
    assert FAMILY.scene is not None and FAMILY.scene(nothing) is None


def scenery(seed: int, frames: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (9, 16, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    return [picture] * frames


def test_cuts_are_found_and_compared_with_those_that_were_asked_for(tmp_path: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    said = {"right": [12, 24], "late": [6, 24, 400], "none": []}
    notes.write_text("".join(json.dumps({"shot": id, "cuts": cuts}) + "\n" for id, cuts in said.items()))
    names = frozenset({"shot_cut_accuracy"})
    frames = scenery(1, 12) + scenery(2, 12) + scenery(3, 12)
    found = {
        id: shot(frames, names=names, annotations=notes, id=id).scores.get("shot_cut_accuracy")
        for id in ("right", "late", "none", "unsaid")
    }
    assert found["right"] == 1
    assert found["late"] == pytest.approx(np.exp(-6 / 36))
    assert found["none"] == pytest.approx(np.exp(-2))
    assert found["unsaid"] is None
