"""Plans to chunks, on the grids of real models."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.manifest.records import Beat
from reelkit.stages.chunking import HISTORY_LATENTS, FrameGrid, beat_at, midpoint, plan_frames

CAUSAL = FrameGrid(first=21, later=24, multiple=4, offset=1)
PER_FRAME = FrameGrid(first=6, later=6, multiple=1, offset=1)
LTX = FrameGrid(first=41, later=48, multiple=8, offset=1)


@pytest.mark.parametrize(
    ("grid", "plan", "opening"),
    [(CAUSAL, 1, 1), (CAUSAL, 2, 5), (CAUSAL, 20, 21), (CAUSAL, 21, 21), (CAUSAL, 96, 21), (PER_FRAME, 4, 4)],
)
def test_a_first_chunk_is_the_plan_or_the_window_up_to_the_frame_rule(
    grid: FrameGrid, plan: int, opening: int
) -> None:
    assert grid.opening(plan) == opening


@given(grid=st.sampled_from([CAUSAL, PER_FRAME, LTX]), plan=st.integers(1, 2000))
def test_a_take_ends_on_the_first_latent_boundary_at_or_after_the_plan(grid: FrameGrid, plan: int) -> None:
    have = grid.opening(plan)
    chunks = [have]
    while frames := grid.growth(have, plan):
        assert frames <= grid.later
        chunks.append(frames)
        have += frames
    assert have == grid.filled(plan)
    assert plan <= have < plan + grid.multiple
    seen = grid.visible(chunks)
    latents = [grid.latents(frames, opening=index == 0) for index, frames in enumerate(chunks)]
    assert sum(latents[-seen:]) >= min(HISTORY_LATENTS, sum(latents))
    assert sum(latents[len(latents) - seen + 1 :]) < HISTORY_LATENTS


def test_full_chunks_are_six_latents_and_four_of_them_are_seen() -> None:
    assert CAUSAL.latents(21, opening=True) == CAUSAL.latents(24, opening=False) == 6
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
