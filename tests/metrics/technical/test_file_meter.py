"""Length, blank frames and frozen frames, as the pass feeds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.manifest.kinds import Shot, Take
from reelkit.metrics.meters import ClipInfo, Resources
from reelkit.metrics.passing import measure_frames
from reelkit.metrics.technical.card import METRICS
from reelkit.metrics.technical.meters import FileMeter

NAMES = frozenset(m.name for m in METRICS)


def measured(frames: np.ndarray, names: frozenset[str] = NAMES, take: Take | None = Take()) -> dict[str, Any]:  # noqa: B008
    models: Any = None
    resources = Resources(names=names, models=models)
    info = ClipInfo(
        path=Path("take.mp4"), frames=len(frames), fps=8.0, width=32, height=16, seconds=len(frames) / 8,
        used=len(frames), shot=Shot(id="s1", movie="m", seconds=2.0), take=take,
    )  # fmt: skip
    [reading] = measure_frames(resources, iter(frames), [FileMeter(resources, info)])
    return dict(reading.scores)


def test_blank_and_frozen_frames_and_a_length_that_misses_the_plan() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (10, 16, 32, 3)).astype(np.uint8)
    frames[3] = 5
    frames[7] = 120
    frames[9] = frames[8]
    assert measured(frames) == {
        "duration_error": 0.75,
        "blank_frames": 20.0,
        "frozen_frames": pytest.approx(100 / 9),
    }


def test_only_what_is_asked_for_is_said() -> None:
    frames = np.zeros((4, 16, 32, 3), np.uint8)
    assert measured(frames, frozenset({"blank_frames"})) == {"blank_frames": 100.0}


def test_a_still_has_no_length_to_compare() -> None:
    assert measured(np.zeros((1, 16, 32, 3), np.uint8), frozenset({"duration_error"}), take=None) == {"duration_error": None}
