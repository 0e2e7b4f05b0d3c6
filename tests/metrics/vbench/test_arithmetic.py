"""VBench's arithmetic against hand values and against rows that its leaderboard published."""

from __future__ import annotations

import numpy as np
import pytest

from reelkit.metrics.vbench.arithmetic import QUALITY, SEMANTIC, Chain, LongChain, moves, total, weighted

DIMENSIONS = (
    "subject_consistency",
    "background_consistency",
    "temporal_flickering",
    "motion_smoothness",
    "dynamic_degree",
    "aesthetic_quality",
    "imaging_quality",
    "object_class",
    "multiple_objects",
    "human_action",
    "color",
    "spatial_relationship",
    "scene",
    "appearance_style",
    "temporal_style",
    "overall_consistency",
)
PUBLISHED = {
    "LaVie": (
        (91.41, 97.47, 98.30, 96.38, 49.72, 54.94, 61.90, 91.82,
         33.32, 96.80, 86.39, 34.09, 52.69, 23.56, 25.93, 26.41),
        (78.78, 70.31, 77.08),
    ),
    "ModelScope": (
        (89.87, 95.29, 98.28, 95.79, 66.39, 52.06, 58.57, 82.25,
         38.98, 92.40, 81.72, 33.68, 39.26, 23.39, 25.37, 25.67),
        (78.05, 66.54, 75.75),
    ),
    "VideoCrafter-2.0": (
        (96.85, 98.22, 98.41, 97.73, 42.50, 63.13, 67.22, 92.55,
         40.66, 95.00, 92.92, 35.86, 55.29, 25.13, 25.84, 28.23),
        (82.20, 73.42, 80.44),
    ),
    "CogVideoX-5B": (
        (96.23, 96.52, 98.66, 96.92, 70.97, 61.98, 62.90, 85.23,
         62.11, 99.40, 82.81, 66.35, 53.20, 24.91, 25.38, 27.59),
        (82.75, 77.04, 81.61),
    ),
}  # fmt: skip
"""VBench leaderboard: sixteen dimensions, then quality, semantic and total score, all in percent to two places."""


@pytest.mark.parametrize("model", PUBLISHED)
def test_published_totals_follow_from_published_dimensions(model: str) -> None:
    row, (quality, semantic, whole) = PUBLISHED[model]
    values = {name: value / 100 for name, value in zip(DIMENSIONS, row, strict=True)}
    ours = weighted(values, QUALITY), weighted(values, SEMANTIC)
    assert [100 * value for value in (*ours, total(*ours))] == pytest.approx([quality, semantic, whole], abs=0.011)


def test_a_total_of_parts_is_no_total() -> None:
    with pytest.raises(KeyError):
        weighted({"subject_consistency": 0.9}, QUALITY)


def angle(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32) * 3


def test_consistency_looks_at_the_frame_before_and_at_the_first() -> None:
    chain = Chain()
    assert chain.value() is None
    for degrees in (0, 60, 120):
        chain.add(angle(degrees))
    # second: before and first are both .5; third: before is .5, and -.5 to the first counts as 0
    assert chain.value() == pytest.approx(((0.5 + 0.5) / 2 + (0.5 + 0.0) / 2) / 2, abs=1e-6)


def test_the_long_branches_see_what_a_short_clip_hides() -> None:
    long, inside = LongChain(4), Chain()
    for clip in range(3):
        for _ in range(4):
            long.add(angle(60 * clip))
    for _ in range(4):
        inside.add(angle(0))
    fast = ((0.5 + 0.5) / 2 + (0.5 + 0.0) / 2) / 2
    assert inside.value() == pytest.approx(1)
    assert long.value() == pytest.approx((1 + fast) / 2, abs=1e-6)
    assert long.value() == pytest.approx((1 + fast) / 2, abs=1e-6)  # asked twice
    alone = LongChain(8)
    for _ in range(4):
        alone.add(angle(0))
    assert alone.value() == pytest.approx(1)


def test_the_last_long_clip_is_filled_up_from_before() -> None:
    long = LongChain(4)
    for degrees in (0, 0, 0, 0, 60, 60):
        long.add(angle(degrees))
    # the second clip is frames 2 to 5 (0, 0, 60, 60) and starts at 0 degrees, as the first does
    second = ((1 + 1) / 2 + (0.5 + 0.5) / 2 + (1 + 0.5) / 2) / 3
    assert long.value() == pytest.approx(((1 + second) / 2 + 1) / 2, abs=1e-6)


def test_what_moves_enough() -> None:
    # 16 frames of 256 pixels ask for 4 steps of more than 6 pixels
    assert moves([7, 0, 7, 0, 7, 7, 0], 16, 256)
    assert not moves([7, 0, 7, 0, 7, 6, 0], 16, 256)
    assert not moves([7] * 15, 16, 512)
    assert moves([0.0], 1, 256) and not moves([], 1, 256)
