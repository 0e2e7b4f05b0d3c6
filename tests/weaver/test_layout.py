"""Frames and latents are counted in one place, and without torch."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.weaver.layout import frames_for, latents_for

GRIDS = st.sampled_from([(1, 1), (1, 4), (1, 8), (4, 4)])


@given(frames=st.integers(1, 5000), grid=GRIDS, opening=st.booleans())
def test_the_fewest_latents_that_hold_the_frames(frames: int, grid: tuple[int, int], opening: bool) -> None:
    latents = latents_for(frames, grid, opening)
    assert frames_for(latents, grid, opening) >= frames
    assert latents == 1 or frames_for(latents - 1, grid, opening) < frames


@given(latents=st.integers(1, 500), grid=GRIDS, opening=st.booleans())
def test_whole_latents_come_back(latents: int, grid: tuple[int, int], opening: bool) -> None:
    assert latents_for(frames_for(latents, grid, opening), grid, opening) == latents


@pytest.mark.parametrize(
    "module", ["reelkit.weaver.layout", "reelkit.stages.chunking", "reelkit.models.families.weaver"]
)
def test_counting_loads_no_torch(module: str) -> None:
    program = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
