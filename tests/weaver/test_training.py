"""The objective: caches noised asymmetrically, and a loss that training lowers."""

from __future__ import annotations

import pytest
import torch

from reelkit.weaver.caches import shot_cache, temporal_cache
from reelkit.weaver.training import CLEAN, Batch, NoiseRanges, flow_loss, noised, visible_directions
from tests.weaver.conftest import tiny_transformer


def test_the_shot_cache_is_noised_more_than_the_temporal_cache():
    torch.manual_seed(0)
    ranges = NoiseRanges()
    assert ranges == ((0.1, 0.4), (0.0, 0.1))
    shots = noised(shot_cache(torch.zeros(64, 4, 3, 16, 16)), ranges.shot)
    past = noised(temporal_cache(torch.zeros(64, 4, 19, 16, 16)), ranges.temporal)
    assert shots.noise.min() >= 0.1 and shots.noise.max() <= 0.4
    assert past.noise.max() <= 0.1
    for cache in (shots, past):
        spread = cache.latents.flatten(1).std(dim=1)
        assert torch.allclose(spread, cache.noise, atol=0.05)


def test_without_augmentation_the_caches_stay_clean():
    cache = shot_cache(torch.randn(2, 4, 3, 4, 4))
    assert torch.equal(noised(cache, CLEAN.shot).latents, cache.latents)
    assert noised(None, CLEAN.shot) is None


def test_training_lowers_the_loss_on_a_batch():
    torch.manual_seed(0)
    network = tiny_transformer().train()
    batch = Batch(
        target=torch.randn(8, 4, 1, 4, 4).sign(),
        text=torch.randn(8, 5, 8),
        text_mask=torch.ones(8, 5, dtype=torch.bool),
        temporal=None,
        shots=shot_cache(torch.randn(8, 4, 2, 4, 4)),
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(120):
        loss = flow_loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-20:]) < 0.7 * sum(losses[:20])


def test_what_the_eye_sees_counts_more_and_the_minimum_stays():
    torch.manual_seed(0)
    latents = torch.randn(4000, 8)
    seen = latents[:, :2] @ torch.tensor([[3.0, 0.0], [0.0, 1.0]])
    visible = visible_directions(latents, seen, weight=2.0)
    counts = (visible @ visible).diagonal()
    assert counts[:2].tolist() == pytest.approx([1 + 16 * 0.9, 1 + 16 * 0.1], rel=1e-3)
    assert counts[2:].tolist() == pytest.approx([1.0] * 6, abs=1e-3)
    errors = torch.randn(500, 8) + torch.linspace(-1, 1, 8)
    guess = torch.zeros(8, requires_grad=True)
    optimizer = torch.optim.SGD([guess], lr=0.2)
    for _ in range(400):
        optimizer.zero_grad()
        ((errors - guess) @ visible).square().mean().backward()
        optimizer.step()
    assert torch.allclose(guess, errors.mean(dim=0), atol=1e-3)
