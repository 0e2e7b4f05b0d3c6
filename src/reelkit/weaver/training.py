"""The weaver's objective: a rectified flow over a chunk, its caches noised asymmetrically (FilmWeaver, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from reelkit.weaver.caches import BASE_PATCH, Cache, ShotCache, TemporalCache, add_noise
from reelkit.weaver.layers import patches
from reelkit.weaver.sampling import shifted
from reelkit.weaver.transformer import WeaverTransformer

TIME_SHIFT = 3.0
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


def noised(cache: Cache | None, levels: tuple[float, float]) -> Cache | None:
    """The cache with noise of a level drawn evenly from `levels` for each sample."""
    if cache is None:
        return None
    low, high = levels
    level = low + (high - low) * torch.rand(cache.noise.shape, device=cache.noise.device)
    return replace(cache, latents=add_noise(cache.latents, level), noise=level)


def visible_directions(latents: Tensor, colours: Tensor, weight: float = 2.0) -> Tensor:
    """A symmetric matrix [D, D] that turns errors of a token's latents into ones that count by how visible they are.

    latents: tokens [N, D] (`patches` of latents by BASE_PATCH); colours: the mean colours [N, P] of small cells of the
    picture behind each. Linear regression predicts the cells; the square error of what it makes of an error is added to
    the plain one, with `weight` times its trace. Latents are near white, and in ours an eighth of their directions
    holds nearly all that the eye sees of layout: counted alike, a small network learns grain first. The expected
    velocity is the minimum either way, since the form is positive definite.
    """
    tokens, cells = (x - x.mean(dim=0) for x in (latents.double(), colours.double()))
    directions, reach, _ = torch.linalg.svd(torch.linalg.lstsq(tokens, cells).solution, full_matrices=False)
    share = weight * len(directions) * reach**2 / reach.square().sum()
    extra = directions * ((1 + share).sqrt() - 1) @ directions.T
    return (torch.eye(len(directions), dtype=extra.dtype) + extra).float()


def flow_loss(
    transformer: WeaverTransformer,
    batch: Batch,
    noise: NoiseRanges = NoiseRanges(),  # noqa: B008
    visible: Tensor | None = None,
) -> Tensor:
    """Mean square error of the velocity, times drawn evenly and moved towards noise (SD3, arXiv 2403.03206, eq. 23).

    visible: errors of a token's latents are multiplied by it (`visible_directions`); None counts all alike.
    A picture's layout is settled while it is almost all noise: with logit-normal times, which seldom come there, small
    weavers learned textures and no rooms.
    """
    t = shifted(torch.rand(batch.target.shape[0], device=batch.target.device), TIME_SHIFT)
    eps = torch.randn_like(batch.target)
    amount = t.view(-1, 1, 1, 1, 1)
    x_t = (1 - amount) * batch.target + amount * eps
    temporal = noised(batch.temporal, noise.temporal)
    shots = noised(batch.shots, noise.shot)
    v = transformer(x_t, t, batch.text, batch.text_mask, temporal, shots)
    error = v.float() - (eps - batch.target)
    return (error if visible is None else patches(error, BASE_PATCH) @ visible).square().mean()
