"""The weaver's objective: a rectified flow over a chunk, its caches noised asymmetrically (FilmWeaver, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from reelkit.weaver.caches import ShotCache, TemporalCache, add_noise
from reelkit.weaver.sampling import shifted
from reelkit.weaver.transformer import WeaverTransformer

TIME_SHIFT = 2.0
"""How far training times are moved towards noise; sampling uses the same shift."""


class NoiseRanges(NamedTuple):
    """Noise levels on the caches in training, as shares of the diffusion's 1000 steps."""

    shot: tuple[float, float] = (0.1, 0.4)
    """Strong: concepts, not pixels, come from the shot cache."""
    temporal: tuple[float, float] = (0.0, 0.1)
    """Weak: motion needs the detail."""


CLEAN = NoiseRanges((0.0, 0.0), (0.0, 0.0))
"""The ablation without noise augmentation."""


@dataclass(frozen=True)
class Batch:
    """Samples of one mode: target latents [B, C, T, h, w], text features [B, L, D] and mask [B, L], clean caches or None."""

    target: Tensor
    text: Tensor
    text_mask: Tensor
    temporal: TemporalCache | None
    shots: ShotCache | None


def noised(
    cache: TemporalCache | ShotCache | None, levels: tuple[float, float]
) -> TemporalCache | ShotCache | None:
    """The cache with noise of a level drawn evenly from `levels` for each sample."""
    if cache is None:
        return None
    low, high = levels
    level = low + (high - low) * torch.rand(cache.noise.shape, device=cache.noise.device)
    return replace(cache, latents=add_noise(cache.latents, level), noise=level)


def flow_loss(transformer: WeaverTransformer, batch: Batch, noise: NoiseRanges = NoiseRanges()) -> Tensor:  # noqa: B008
    """Mean square error of the velocity, times drawn evenly and moved towards noise (SD3, arXiv 2403.03206, eq. 23).

    A picture's layout is settled while it is almost all noise: with logit-normal times, which seldom come there, small
    weavers learned textures and no rooms.
    """
    t = shifted(torch.rand(batch.target.shape[0], device=batch.target.device), TIME_SHIFT)
    eps = torch.randn_like(batch.target)
    amount = t.view(-1, 1, 1, 1, 1)
    x_t = (1 - amount) * batch.target + amount * eps
    temporal = noised(batch.temporal, noise.temporal)
    shots = noised(batch.shots, noise.shot)
    assert temporal is None or isinstance(temporal, TemporalCache)
    assert shots is None or isinstance(shots, ShotCache)
    v = transformer(x_t, t, batch.text, batch.text_mask, temporal, shots)
    return F.mse_loss(v.float(), eps - batch.target)
