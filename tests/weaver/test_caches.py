"""The temporal and the shot cache as tensors."""

from __future__ import annotations

import pytest
import torch

from reelkit.weaver.caches import (
    HISTORY,
    TEMPORAL_LEVELS,
    add_noise,
    shot_cache,
    temporal_cache,
    token_count,
)


def test_the_temporal_cache_keeps_one_two_and_sixteen_latents_at_1x_4x_and_32x():
    base = 1 * 2 * 2
    kept = [
        (level.latents, (level.kernel[0] * level.kernel[1] * level.kernel[2]) // base)
        for level in TEMPORAL_LEVELS
    ]
    assert kept == [(1, 1), (2, 4), (16, 32)]
    assert HISTORY == 19


def test_no_history_is_no_cache():
    assert temporal_cache(None) is None
    assert temporal_cache(torch.zeros(1, 4, 0, 8, 8)) is None
    assert shot_cache(None) is None


def test_history_is_kept_from_the_newest_back_and_missing_slots_are_invalid():
    history = torch.arange(25.0).view(1, 1, 25, 1, 1)
    full = temporal_cache(history)
    assert full is not None and full.latents.flatten().tolist() == [float(i) for i in range(6, 25)]
    assert full.valid.all()
    short = temporal_cache(history[:, :, :4])
    assert short is not None and short.latents.flatten().tolist()[-4:] == [0.0, 1.0, 2.0, 3.0]
    assert short.valid.sum() == 4 and short.valid[0, -4:].all()


def test_a_fourth_keyframe_is_refused():
    with pytest.raises(ValueError, match="3 slots; 4"):
        shot_cache(torch.zeros(1, 4, 4, 8, 8))


def test_noise_mixes_by_its_level_and_zero_leaves_latents_alone():
    latents = torch.ones(2, 1, 1, 32, 32)
    noisy = add_noise(latents, torch.tensor([0.0, 0.4]), torch.Generator().manual_seed(0))
    assert torch.equal(noisy[0], latents[0])
    assert noisy[1].mean().item() == pytest.approx(0.6, abs=0.05)
    assert noisy[1].std().item() == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize(
    ("width", "height", "equivalents"),
    [(128, 64, 11.0), (192, 128, 11.0), (320, 192, 11.0), (256, 144, 11.22), (832, 480, 11.03)],
)
def test_the_budget_is_eleven_latents_and_padded_grids_cost_what_methods_says(width, height, equivalents):
    cells = (height // 8, width // 8)
    base = token_count(*cells, target=1, temporal=False, shots=0)
    assert token_count(*cells, target=6) / base == pytest.approx(equivalents, abs=0.005)
