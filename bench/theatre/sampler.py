"""Several chunks in one batch: what `WeaverPipeline` draws one by one, to rounding, at a fraction of the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reelkit.weaver.caches import ShotCache, TemporalCache, add_noise, shot_cache, temporal_cache
from reelkit.weaver.pipeline import SHOT_NOISE, WeaverPipeline
from reelkit.weaver.sampling import flow_times, guided, sample_euler

Frames = NDArray[np.uint8]


@dataclass(frozen=True)
class Ask:
    """One chunk to draw; the mode follows from which caches are filled, as in `WeaverPipeline`.

    references: stills uint8 [H, W, 3], at most three. history: the shot's latents so far [C, T, h, w].
    """

    prompt: str
    seed: int
    references: tuple[Frames, ...] = ()
    history: Tensor | None = None


@dataclass(frozen=True)
class Sampling:
    """How chunks are drawn; the checkpoint's `model_index.json` holds its own steps and guidance.

    shot_noise: noise level on the shot cache; 0 for a weaver that was trained without.
    """

    steps: int
    guidance: float
    shot_noise: float = SHOT_NOISE
    batch: int = 10


@dataclass(frozen=True)
class Drawn:
    """frames: uint8 [6, H, W, 3]; latents: float32 [C, 6, h, w], the next chunk's history."""

    frames: Frames
    latents: Tensor


def sample_chunks(
    pipeline: WeaverPipeline, asks: Sequence[Ask], latents: int, size: tuple[int, int], sampling: Sampling
) -> list[Drawn]:
    """Draw every ask, `sampling.batch` of them in one forward. size: (width, height) in pixels."""
    made: list[Drawn] = []
    for begin in range(0, len(asks), sampling.batch):
        made += _sample(pipeline, asks[begin : begin + sampling.batch], latents, size, sampling)
    return made


@torch.inference_mode()
def _sample(
    pipeline: WeaverPipeline, asks: Sequence[Ask], count: int, size: tuple[int, int], sampling: Sampling
) -> list[Drawn]:
    width, height = size
    grid = (height // pipeline.codec.spatial, width // pipeline.codec.spatial)
    noises, shots = [], []
    for ask in asks:
        generator = torch.Generator("cpu").manual_seed(ask.seed)
        noises.append(torch.randn(1, pipeline.codec.channels, count, *grid, generator=generator))
        shots.append(_shot_cache(pipeline, ask.references, sampling.shot_noise, generator))
    pasts = [temporal_cache(None if ask.history is None else ask.history[None].float()) for ask in asks]
    text, mask = pipeline.text_encoder.token_features([*(ask.prompt for ask in asks), *[""] * len(asks)])
    half = len(asks)
    conditional = sampling.guidance == 1
    copies = 1 if conditional else 2
    text, mask = text[: copies * half].to(pipeline.device), mask[: copies * half].to(pipeline.device)
    caches: dict[str, Any] = {
        "temporal": _joined(pasts, copies, pipeline.device),
        "shots": _joined(shots, copies, pipeline.device),
    }

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        with pipeline._autocast():
            v = pipeline.transformer(x.repeat(copies, 1, 1, 1, 1), t.repeat(copies), text, mask, **caches).float()
        return v if conditional else guided(v[:half], v[half:], sampling.guidance)

    noise = torch.cat(noises).to(pipeline.device)
    latents = sample_euler(velocity, noise, flow_times(sampling.steps, pipeline.shift)).float()
    made = []
    for row in latents:
        with pipeline._autocast():
            frames, _ = pipeline.codec.decode(row)
        made.append(Drawn(frames, row.cpu()))
    return made


def _shot_cache(
    pipeline: WeaverPipeline, references: Sequence[Frames], noise: float, generator: torch.Generator
) -> ShotCache | None:
    if not references:
        return None
    with pipeline._autocast():
        stills = torch.cat([pipeline.codec.encode(still[None]) for still in references], dim=1)[None].float()
    return shot_cache(add_noise(stills.cpu(), torch.full((1,), noise), generator), noise)


def _joined(caches: Sequence[Any], copies: int, device: torch.device) -> Any:
    """One cache of the whole batch, repeated for guidance; samples without one have no valid slot in it."""
    filled = next((cache for cache in caches if cache is not None), None)
    if filled is None:
        return None
    kind: type[TemporalCache] | type[ShotCache] = type(filled)
    rows = [filled if cache is None else cache for cache in caches]
    valid = torch.cat([row.valid & (cache is not None) for row, cache in zip(rows, caches, strict=True)])
    latents, noise = torch.cat([row.latents for row in rows]), torch.cat([row.noise for row in rows])
    repeats = [1] * (latents.ndim - 1)
    return kind(
        latents.repeat(copies, *repeats).to(device), valid.repeat(copies, 1).to(device), noise.repeat(copies).to(device)
    )
