"""The weaver's numbers: frames in a latent, latents in a chunk, and what its caches hold. Imports nothing heavy.

Stages and families count with it before torch is loaded. Source: FilmWeaver (arXiv 2512.11274), section 3.2.
"""

from __future__ import annotations

from typing import NamedTuple

FramesPerLatent = tuple[int, int]
"""Frames in the first latent of a shot and in each later one."""


class Level(NamedTuple):
    """One stretch of the temporal cache."""

    latents: int
    """How many latents it keeps."""
    kernel: tuple[int, int, int]
    """Patch (time, height, width) in latent cells that becomes one token."""


BASE_PATCH = (1, 2, 2)
TEMPORAL_LEVELS = (Level(1, (1, 2, 2)), Level(2, (1, 4, 4)), Level(16, (2, 8, 8)))
"""Newest first: 1x, 4x and 32x fewer tokens a latent than the base patch."""
HISTORY = sum(level.latents for level in TEMPORAL_LEVELS)
"""Latents of the past that the temporal cache reaches back: 19."""
SHOT_SLOTS = 3
"""Keyframes in the shot cache: the paper's K."""
CHUNK_LATENTS = 6
"""Latents made by one generation step."""


def latents_for(frames: int, frames_per_latent: FramesPerLatent, opening: bool = True) -> int:
    """The fewest latents that hold at least `frames` frames: a shot's first ones, or (not `opening`) later ones."""
    first, later = frames_per_latent
    return 1 + max(0, -(-(frames - first) // later)) if opening else -(-frames // later)


def frames_for(latents: int, frames_per_latent: FramesPerLatent, opening: bool = True) -> int:
    """Frames in `latents` latents: a shot's first ones, or (not `opening`) later ones."""
    first, later = frames_per_latent
    return first + (latents - 1) * later if opening and latents else latents * later
