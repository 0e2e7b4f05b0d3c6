"""The sampler against fields whose solution is known."""

from __future__ import annotations

import pytest
import torch

from reelkit.weaver.sampling import flow_times, guided, sample_euler


def test_times_run_from_noise_to_data_and_shift_towards_noise():
    assert flow_times(4).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    shifted = flow_times(4, shift=3.0)
    assert shifted[0] == 1.0 and shifted[-1] == 0.0
    assert shifted[2].item() == pytest.approx(3 * 0.5 / (1 + 2 * 0.5))


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_straight_flow_is_solved_exactly_in_any_number_of_steps(steps):
    data, noise = torch.full((2, 3), 5.0), torch.randn(2, 3)
    found = sample_euler(lambda x, t: noise - data, noise, flow_times(steps, 2.0))
    assert torch.allclose(found, data, atol=1e-5)


def test_a_perfect_predictor_of_one_sample_is_followed_to_it():
    data = torch.randn(1, 4)
    found = sample_euler(lambda x, t: (x - data) / t[:, None], torch.randn(1, 4), flow_times(10))
    assert torch.allclose(found, data, atol=1e-5)


def test_guidance_extrapolates_from_unconditional_through_conditional():
    one, zero = torch.tensor([2.0]), torch.tensor([1.0])
    assert [guided(one, zero, g).item() for g in (0.0, 1.0, 3.0)] == [1.0, 2.0, 4.0]


def test_every_step_is_reported():
    seen = []
    sample_euler(lambda x, t: x, torch.ones(1), flow_times(3), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
