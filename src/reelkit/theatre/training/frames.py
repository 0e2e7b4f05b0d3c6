"""Endless batches of theatre frames, drawn by worker processes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from reelkit.theatre.render import render_portrait, render_shot
from reelkit.theatre.world import sample_scene

TRAIN_SEEDS = 1_000_000_000
"""Training draws seeds from here on; tests and benchmarks stay below, so no scene is ever in both."""


def worker_share() -> tuple[int, int]:
    """This process's number among a loader's workers, and how many there are; (0, 1) without workers."""
    info = get_worker_info()
    return (info.id, info.num_workers) if info else (0, 1)


class FrameStream(IterableDataset[Tensor]):
    """Batches uint8 [B, 3, H, W] of frames from random shots; resumes at any `start`."""

    def __init__(self, batch: int, width: int, height: int, start: int = 0, seed: int = 0) -> None:
        self.batch, self.width, self.height, self.start, self.seed = batch, width, height, start, seed

    def __iter__(self) -> Iterator[Tensor]:
        worker, workers = worker_share()
        rng = np.random.default_rng([self.seed, self.start, worker])
        scene_seed = TRAIN_SEEDS + self.seed * 10_000_000 + self.start * 16 + worker
        while True:
            pictures: list[np.ndarray] = []
            while len(pictures) < self.batch:
                scene = sample_scene(scene_seed, shots=3, frames=25)
                scene_seed += workers
                for shot in scene.shots:
                    numbers = sorted(rng.choice(shot.frames, size=2, replace=False).tolist())
                    pictures.extend(render_shot(scene, shot, self.width, self.height, frames=numbers).frames)
                if rng.random() < 0.3:
                    pictures.append(render_portrait(scene.characters[0], self.width, self.height, scene_seed))
            order = rng.permutation(len(pictures))[: self.batch]
            yield torch.from_numpy(np.stack([pictures[i] for i in order])).permute(0, 3, 1, 2)


def frame_batches(
    batch: int, width: int, height: int, start: int, workers: int, seed: int = 0
) -> Iterator[Tensor]:
    """Batches [B, 3, H, W] of floats in [-1, 1]."""
    stream = FrameStream(batch, width, height, start, seed)
    loader: DataLoader[Tensor] = DataLoader(
        stream, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None
    )
    for frames in loader:
        yield frames.float() / 127.5 - 1
