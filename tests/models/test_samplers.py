"""Schedulers of another kind keep the settings of the checkpoint's own."""

from __future__ import annotations

import diffusers
import numpy as np
import torch

from reelkit.models.samplers import fresh


def test_a_flow_schedule_is_the_same_by_every_kind() -> None:
    times = np.linspace(1.0, 0.2, 5)
    for own in (
        diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.02),
        diffusers.UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0
        ),
    ):
        schedules = []
        for kind in (None, "FlowMatchEulerDiscreteScheduler", "UniPCMultistepScheduler"):
            made = fresh(own, kind)
            made.set_timesteps(sigmas=times, mu=0.7)
            schedules.append(made.sigmas)
        assert torch.allclose(schedules[0], schedules[1], atol=1e-5)
        assert torch.allclose(schedules[0], schedules[2], atol=1e-5)


def test_other_schedulers_keep_their_prediction() -> None:
    own = diffusers.EulerDiscreteScheduler(prediction_type="v_prediction", timestep_spacing="trailing")
    made = fresh(own, "DPMSolverMultistepScheduler")
    assert (made.config.prediction_type, made.config.timestep_spacing) == ("v_prediction", "trailing")
    assert fresh(own, None) is not own
