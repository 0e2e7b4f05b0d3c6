"""Sampling a rectified flow: timesteps, classifier-free guidance, Euler steps. Symbols are those of the literature."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]
"""v(x_t, t): noisy latents [B, ...] and times [B] in [0, 1] to noise minus data."""


def shifted(t: Tensor, shift: float) -> Tensor:
    """Times in [0, 1] moved towards noise by `shift` >= 1 (SD3, arXiv 2403.03206, eq. 23)."""
    return shift * t / (1 + (shift - 1) * t)


def flow_times(steps: int, shift: float = 1.0) -> Tensor:
    """`steps` + 1 times from 1 (noise) to 0 (data), moved towards noise by `shift` >= 1 (SD3, arXiv 2403.03206, eq. 23)."""
    return shifted(torch.linspace(1.0, 0.0, steps + 1), shift)


def guided(conditional: Tensor, unconditional: Tensor, guidance: float) -> Tensor:
    """Classifier-free guidance (arXiv 2207.12598): unconditional + guidance (conditional - unconditional)."""
    return unconditional + guidance * (conditional - unconditional)


def sample_euler(
    velocity: Velocity, x: Tensor, times: Tensor, on_step: Callable[[int, int], None] | None = None
) -> Tensor:
    """Integrate dx/dt = v(x, t) along `times` from noise x; `on_step(done, total)` may raise to cancel."""
    total = len(times) - 1
    for index in range(total):
        t, s = times[index], times[index + 1]
        x = x + (s - t).to(x) * velocity(x, t.expand(x.shape[0]).to(x.device))
        if on_step is not None:
            on_step(index + 1, total)
    return x
