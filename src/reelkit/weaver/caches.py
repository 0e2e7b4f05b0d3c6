"""The two caches of FilmWeaver as tensors: what they keep, how far each part is compressed, and what they cost.

Temporal cache (inside a shot): the newest latent whole, the next two at 4x, the sixteen before at 32x. Shot cache
(across cuts): K keyframes, whole. Source: FilmWeaver (arXiv 2512.11274), section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from reelkit.weaver.layout import BASE_PATCH, CHUNK_LATENTS, HISTORY, SHOT_SLOTS, TEMPORAL_LEVELS, Level

__all__ = [
    "BASE_PATCH",
    "CHUNK_LATENTS",
    "HISTORY",
    "SHOT_SLOTS",
    "TEMPORAL_LEVELS",
    "Cache",
    "Level",
    "ShotCache",
    "TemporalCache",
    "add_noise",
    "shot_cache",
    "temporal_cache",
    "token_count",
]


@dataclass(frozen=True)
class TemporalCache:
    """The past of a shot.

    latents: normalised latents [B, C, HISTORY, h, w], oldest first, so that index -1 is the newest.
    valid: bool [B, HISTORY]; slots before the shot's first latent are False.
    noise: noise level added to the cache, [B] in [0, 1].
    """

    latents: Tensor
    valid: Tensor
    noise: Tensor


@dataclass(frozen=True)
class ShotCache:
    """Keyframes of other shots, or pictures put there by hand.

    latents: normalised one-frame latents [B, C, K, h, w]; valid: bool [B, K]; noise: [B] in [0, 1].
    """

    latents: Tensor
    valid: Tensor
    noise: Tensor


Cache = TypeVar("Cache", TemporalCache, ShotCache)


def temporal_cache(history: Tensor | None, noise: float = 0.0) -> TemporalCache | None:
    """The cache for a shot whose latents so far are `history` [B, C, T, h, w], T >= 0; None where there are none."""
    if history is None or history.shape[2] == 0:
        return None
    tail = history[:, :, -HISTORY:]
    missing = HISTORY - tail.shape[2]
    batch = tail.shape[0]
    latents = torch.cat([tail[:, :, :1].expand(-1, -1, missing, -1, -1), tail], dim=2) if missing else tail
    valid = torch.ones(batch, HISTORY, dtype=torch.bool, device=tail.device)
    valid[:, :missing] = False
    return TemporalCache(latents, valid, torch.full((batch,), noise, device=tail.device))


def shot_cache(keyframes: Tensor | None, noise: float = 0.0) -> ShotCache | None:
    """The cache holding `keyframes` [B, C, K', h, w], K' <= SHOT_SLOTS; None where there are none.

    Raises ValueError where there are more keyframes than slots.
    """
    if keyframes is None or keyframes.shape[2] == 0:
        return None
    batch, _, count = keyframes.shape[:3]
    if count > SHOT_SLOTS:
        raise ValueError(
            f"the shot cache has {SHOT_SLOTS} slots; {count} keyframes were given: keep the most similar"
        )
    latents = F.pad(keyframes, (0, 0, 0, 0, 0, SHOT_SLOTS - count))
    valid = torch.zeros(batch, SHOT_SLOTS, dtype=torch.bool, device=keyframes.device)
    valid[:, :count] = True
    return ShotCache(latents, valid, torch.full((batch,), noise, device=keyframes.device))


def add_noise(latents: Tensor, level: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Rectified-flow noise at `level` [B] in [0, 1]: (1 - level) x + level eps.

    FilmWeaver noises the shot cache at steps 100-400 of 1000 and the temporal cache at 0-100: levels .1-.4, 0-.1.
    """
    noise = torch.randn(latents.shape, generator=generator, device=latents.device, dtype=latents.dtype)
    amount = level.view(-1, *([1] * (latents.ndim - 1))).to(latents.dtype)
    return (1 - amount) * latents + amount * noise


def token_count(height: int, width: int, target: int, temporal: bool = True, shots: int = SHOT_SLOTS) -> int:
    """Tokens of one forward over a latent grid of `height` x `width` cells, text apart.

    On grids that 8 divides: target + shots + (1 + 2/4 + 16/32) latent-frame equivalents, 11 for 6 targets.
    """

    def cells(latents: int, kernel: tuple[int, int, int]) -> int:
        kt, kh, kw = kernel
        return -(-latents // kt) * -(-height // kh) * -(-width // kw)

    total = cells(target, BASE_PATCH) + shots * cells(1, BASE_PATCH)
    return total + (sum(cells(level.latents, level.kernel) for level in TEMPORAL_LEVELS) if temporal else 0)
