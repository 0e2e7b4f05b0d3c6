"""Plans to chunks, on the grids of real models."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.manifest.records import Beat
from reelkit.models import FrameRule
from reelkit.stages.chunking import FrameGrid, beat_at, midpoint, plan_frames


def grid(first: int, later: int, step: int, reach: int) -> FrameGrid:
    return FrameGrid(
        first=first, later=later, opens=FrameRule(step, 1), grows=FrameRule(step, step), reach=reach
    )


CAUSAL = grid(21, 24, 4, 19 * 4)
PER_FRAME = grid(6, 6, 1, 19)
LTX = grid(41, 48, 8, 9)
H3 = FrameGrid(first=124, later=123, opens=FrameRule(17, 124, 345), grows=FrameRule(17, 123, 344), reach=1)


@pytest.mark.parametrize(
    ("grid", "plan", "opening"),
    [(CAUSAL, 1, 1), (CAUSAL, 2, 5), (CAUSAL, 20, 21), (CAUSAL, 21, 21), (CAUSAL, 96, 21), (PER_FRAME, 4, 4)],
)
def test_a_first_chunk_is_the_plan_or_the_window_up_to_the_frame_rule(
    grid: FrameGrid, plan: int, opening: int
) -> None:
    assert grid.opening(plan) == opening


@given(grid=st.sampled_from([CAUSAL, PER_FRAME, LTX, H3]), plan=st.integers(1, 2000))
def test_a_take_ends_on_the_first_latent_boundary_at_or_after_the_plan(grid: FrameGrid, plan: int) -> None:
    have = grid.opening(plan)
    assert grid.opens.holds(have)
    chunks = [have]
    while frames := grid.growth(have, plan):
        assert frames <= grid.later and grid.grows.holds(frames)
        chunks.append(frames)
        have += frames
    assert have == grid.filled(plan)
    assert plan <= have
    if grid is not H3:  # whose shortest chunk is longer than a latent
        assert have < plan + grid.opens.multiple
    seen = grid.visible(chunks)
    assert sum(chunks[-seen:]) >= min(grid.reach, sum(chunks))
    assert sum(chunks[len(chunks) - seen + 1 :]) < grid.reach


def test_four_full_chunks_are_seen_of_a_long_take() -> None:
    assert CAUSAL.visible([21] + [24] * 3) == 4
    assert CAUSAL.visible([21] + [24] * 300) == 4


def test_a_chunk_uses_the_beat_at_its_midpoint() -> None:
    beats = [Beat("stands", 1.0), Beat("sits", 2.0), Beat("sleeps", 1.0)]
    assert beat_at(beats, midpoint(0, 21, 24)) == 0
    assert beat_at(beats, midpoint(21, 24, 24)) == 1
    assert beat_at(beats, 1.0) == 1
    assert beat_at(beats, 9.0) == 2


def test_a_thousandth_over_a_whole_frame_is_that_frame() -> None:
    assert plan_frames(0.1 + 0.2, 10) == 3
    assert plan_frames(0.01, 24) == 1
    assert plan_frames(1.001, 24) == 25
    assert plan_frames(round(25 / 24, 6) + 1, 24) == 49
