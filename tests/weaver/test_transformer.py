"""The transformer: what its sequence costs, and that each cache reaches the output only where it is valid."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from reelkit.weaver.caches import shot_cache, temporal_cache, token_count
from reelkit.weaver.layers import (
    PLACE_FEATURES,
    attend,
    grid_positions,
    patches,
    place_features,
    pool_positions,
    unpatch,
)
from reelkit.weaver.transformer import WeaverTransformer
from tests.weaver.conftest import counted, tiny_transformer


def run(network, target=None, history=None, stills=None, text=None, mask=None, t=0.5):
    generator = torch.Generator().manual_seed(1)
    target = torch.randn(2, 4, 6, 8, 16, generator=generator) if target is None else target
    text = torch.randn(2, 5, 8, generator=generator) if text is None else text
    mask = torch.ones(2, 5, dtype=torch.bool) if mask is None else mask
    with torch.no_grad():
        return network(target, torch.full((2,), t), text, mask, temporal_cache(history), shot_cache(stills))


def latents(count, seed=2, height=8, width=16):
    return torch.randn(2, 4, count, height, width, generator=torch.Generator().manual_seed(seed))


def test_a_whole_step_costs_eleven_latent_frames_in_the_real_forward(transformer):
    with counted(transformer) as seen:
        run(transformer, history=latents(19), stills=latents(3))
    assert seen == [token_count(8, 16, target=6)] == [11 * 4 * 8]


@pytest.mark.parametrize(("history", "stills", "cost"), [(0, 0, 6), (19, 0, 8), (0, 3, 9), (19, 3, 11)])
def test_each_mode_pays_only_for_its_caches(transformer, history, stills, cost):
    with counted(transformer) as seen:
        run(
            transformer, history=latents(history) if history else None, stills=latents(stills) if stills else None
        )
    assert seen == [cost * 32]


def test_a_slot_that_is_not_valid_changes_nothing(transformer):
    history, stills = temporal_cache(latents(5)), shot_cache(latents(2))
    arguments = (latents(6), torch.full((2,), 0.3), torch.randn(2, 5, 8), torch.ones(2, 5, dtype=torch.bool))
    with torch.no_grad():
        expected = transformer(*arguments, history, stills)
        other_history = replace(history, latents=history.latents.clone())
        other_history.latents[:, :, :13] = 99.0
        other_stills = replace(stills, latents=stills.latents.clone())
        other_stills.latents[:, :, 2] = -99.0
        assert torch.allclose(transformer(*arguments, other_history, other_stills), expected, atol=1e-5)


def test_a_cache_without_a_valid_slot_equals_no_cache(transformer):
    history, stills = temporal_cache(latents(5)), shot_cache(latents(2))
    history = replace(history, valid=torch.zeros_like(history.valid))
    stills = replace(stills, valid=torch.zeros_like(stills.valid))
    arguments = (latents(6), torch.full((2,), 0.3), torch.randn(2, 5, 8), torch.ones(2, 5, dtype=torch.bool))
    with torch.no_grad():
        assert torch.allclose(transformer(*arguments, history, stills), transformer(*arguments), atol=1e-5)


def test_history_keyframes_text_and_time_each_reach_the_output(transformer):
    plain = run(transformer)
    assert not torch.allclose(run(transformer, history=latents(19)), plain)
    assert not torch.allclose(run(transformer, stills=latents(3)), plain)
    assert not torch.allclose(run(transformer, text=torch.zeros(2, 5, 8)), plain)
    assert not torch.allclose(run(transformer, t=0.9), plain)
    base = latents(19)
    moved = base.clone()
    moved[:, :, 0] += 1.0
    assert not torch.allclose(run(transformer, history=base), run(transformer, history=moved)), (
        "the oldest latent counts"
    )


def test_no_text_is_the_learned_unconditional_whatever_the_features(transformer):
    nothing = torch.zeros(2, 5, dtype=torch.bool)
    one = run(transformer, text=torch.randn(2, 5, 8), mask=nothing)
    two = run(transformer, text=torch.randn(2, 5, 8), mask=nothing)
    assert torch.equal(one, two)


@pytest.mark.parametrize("targets", range(1, 7))
def test_one_to_six_latents_can_be_made_at_once(transformer, targets):
    assert run(transformer, target=latents(targets)).shape == (2, 4, targets, 8, 16)


@pytest.mark.parametrize(("height", "width"), [(8, 16), (12, 20), (7, 9)])
def test_grids_that_kernels_do_not_divide_are_padded_never_cut(height, width):
    network = tiny_transformer()
    target = torch.randn(2, 4, 3, height, width)
    history = latents(19, height=height, width=width)
    corner = history.clone()
    corner[:, :, 0, -1, -1] += 3.0
    one = run(network, target=target, history=history)
    assert one.shape == target.shape
    assert not torch.allclose(one, run(network, target=target, history=corner))


@pytest.mark.parametrize("kernel", [(1, 2, 2), (1, 4, 4), (2, 8, 8)])
def test_unpatch_undoes_patches_on_any_grid(kernel):
    x = torch.randn(1, 3, 4, 7, 10)
    assert torch.equal(unpatch(patches(x, kernel), kernel, (4, 7, 10)), x)


def test_positions_are_means_of_the_cells_behind_a_token():
    where = pool_positions(grid_positions(-2, 2, 8, 8, torch.device("cpu")), (2, 8, 8))
    assert where.tolist() == [[-1.5, 3.5, 3.5]]


def test_configuration_alone_sets_the_size_and_survives_saving(tmp_path):
    network = tiny_transformer(width=64, layers=3)
    network.save_pretrained(tmp_path)
    again = WeaverTransformer.from_pretrained(tmp_path)
    assert len(again.blocks) == 3 and again.config.width == 64
    assert torch.allclose(run(network), run(again.eval()), atol=1e-5)


def test_place_in_the_picture_is_a_share_of_it_so_sizes_agree():
    small = place_features(torch.tensor([[0.0, 2.0, 4.0]]), 8, 16)
    large = place_features(torch.tensor([[5.0, 8.0, 16.0]]), 32, 64)
    assert small.shape == (1, PLACE_FEATURES)
    assert torch.allclose(small, large, atol=1e-5)
    assert not torch.allclose(small, place_features(torch.tensor([[0.0, 3.0, 4.0]]), 8, 16))


@pytest.mark.parametrize("masked", [False, True])
def test_written_out_attention_is_the_fused_one(masked):
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, 4, 20, 16)
    mask = torch.rand(2, 1, 1, 20) > 0.4 if masked else None
    fused = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    assert torch.allclose(attend(q, k, v, mask), fused, atol=1e-5)
