"""How the bench draws many chunks: in batches, at a fraction of the time of one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelkit.weaver.pipeline import SHOT_NOISE, Ask, MadeChunk, WeaverPipeline


@dataclass(frozen=True)
class Sampling:
    """How chunks are drawn; the checkpoint's `model_index.json` holds its own steps and guidance.

    shot_noise: noise level on the shot cache; 0 for a weaver that was trained without.
    """

    steps: int
    guidance: float
    shot_noise: float = SHOT_NOISE
    batch: int = 10


def sample_chunks(
    pipeline: WeaverPipeline, asks: Sequence[Ask], frames: int, size: tuple[int, int], sampling: Sampling
) -> list[MadeChunk]:
    """Draw every ask, `sampling.batch` of them in one forward. size: (width, height) in pixels."""
    made: list[MadeChunk] = []
    for begin in range(0, len(asks), sampling.batch):
        made += pipeline.draw(
            asks[begin : begin + sampling.batch],
            frames=frames,
            size=size,
            steps=sampling.steps,
            guidance=sampling.guidance,
            shot_noise=sampling.shot_noise,
        )
    return made
