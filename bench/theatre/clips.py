"""Clips with answers for the detector: drawn by a worker, half of them through the autoencoder, kept in a ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from bench.theatre.network import CLASSES, FRAMES, HEIGHT, HIDDEN, WIDTH, Answers
from bench.theatre.scenes import SPAN, boxes_of
from reelkit.theatre.render import render_shot
from reelkit.theatre.training.frames import TRAIN_SEEDS, worker_share
from reelkit.theatre.truth import labels
from reelkit.theatre.world import Scene, Shot, sample_scene
from reelkit.weaver.autoencoder import FrameAutoencoder

DETECTOR_SEEDS = TRAIN_SEEDS + 700_000_000
"""The detector's own stretch of the training seeds."""
LATENT_NOISE = 0.15
"""Most noise on latents before decoding, as a share of each channel's standard deviation: sampling leaves some too."""


class Drawn(NamedTuple):
    """One clip: frames uint8 [6, H, W, 3], class numbers, hidden values, layout, boxes [6, 4] as shares; -1 unknown."""

    frames: np.ndarray
    classes: np.ndarray
    hidden: np.ndarray
    layout: np.ndarray
    box: np.ndarray


def draw_clip(scene: Scene, shot: Shot, start: int) -> Drawn:
    """Six frames of a shot from `start` on."""
    clip = render_shot(scene, shot, WIDTH, HEIGHT, frames=range(start, start + FRAMES))
    known = labels(scene, shot)
    boxes = boxes_of(clip, shot)
    low, high = boxes[:, :2] / (WIDTH, HEIGHT), boxes[:, 2:] / (WIDTH, HEIGHT)
    box = np.nan_to_num(np.concatenate([(low + high) / 2, high - low], axis=1), nan=-1.0)
    return Drawn(
        frames=clip.frames,
        classes=np.array([known[name] for name in CLASSES], np.int64),
        hidden=np.array([known[name] for name in HIDDEN], np.float32),
        layout=np.array(known["layout"], np.float32),
        box=box.astype(np.float32),
    )


class ClipStream(IterableDataset[Drawn]):
    """Endless clips, one of each shot of scenes from seed `start` on."""

    def __init__(self, start: int) -> None:
        self.start = start

    def __iter__(self) -> Iterator[Drawn]:
        worker, stride = worker_share()
        seed = self.start + worker
        while True:
            scene, rng = sample_scene(seed, shots=3, frames=SPAN), np.random.default_rng([seed, 2])
            for shot in scene.shots:
                yield draw_clip(scene, shot, int(rng.integers(SPAN - FRAMES + 1)))
            seed += stride


def as_tensors(clips: list[Drawn]) -> tuple[Tensor, Answers]:
    """Frames uint8 [B, 6, 3, H, W] and answers of clips."""
    frames = torch.from_numpy(np.stack([clip.frames for clip in clips])).permute(0, 1, 4, 2, 3)
    classes = torch.from_numpy(np.stack([clip.classes for clip in clips]))
    return frames, Answers(
        classes={name: classes[:, place] for place, name in enumerate(CLASSES)},
        hidden=torch.from_numpy(np.stack([clip.hidden for clip in clips])),
        layout=torch.from_numpy(np.stack([clip.layout for clip in clips])),
        box=torch.from_numpy(np.stack([clip.box for clip in clips])),
    )


@torch.inference_mode()
def reconstruct(autoencoder: FrameAutoencoder, frames: np.ndarray, noise: float = 0.0, batch: int = 48) -> np.ndarray:
    """Frames uint8 [N, H, W, 3] through the autoencoder, `noise` standard deviations added to the latents."""
    std = torch.tensor(autoencoder.config.latents_std).view(-1, 1, 1)
    parts = []
    for begin in range(0, len(frames), batch):
        pixels = torch.from_numpy(frames[begin : begin + batch]).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.autocast("cpu", torch.bfloat16):
            latents = autoencoder.encoder(pixels).float()
            made = autoencoder.decoder(latents + noise * std * torch.randn_like(latents)).float()
        scaled = ((made.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
        parts.append(scaled.permute(0, 2, 3, 1).numpy())
    return np.concatenate(parts)


class ClipPool:
    """A ring of clips, half of them reconstructed; new ones take the place of the oldest."""

    def __init__(self, size: int, autoencoder: FrameAutoencoder, start: int, workers: int = 1) -> None:
        loader = DataLoader(ClipStream(start), batch_size=None, num_workers=workers, collate_fn=lambda clip: clip,
                            prefetch_factor=32 if workers else None)  # fmt: skip
        self.drawn = iter(loader)
        self.size, self.autoencoder = size, autoencoder
        self.clips: list[Drawn] = []
        self.count = 0
        self.rng = np.random.default_rng(start)

    def add(self, count: int) -> None:
        """Draw `count` clips into the ring."""
        fresh = [Drawn(*map(np.asarray, next(self.drawn))) for _ in range(count)]
        soft = fresh[: (count + self.count % 2) // 2]
        if soft:
            flat = np.concatenate([clip.frames for clip in soft])
            made = reconstruct(self.autoencoder, flat, float(self.rng.uniform(0, LATENT_NOISE)))
            soft = [clip._replace(frames=frames) for clip, frames in zip(soft, np.split(made, len(soft)), strict=True)]
        for clip in [*soft, *fresh[len(soft) :]]:
            if len(self.clips) < self.size:
                self.clips.append(clip)
            else:
                self.clips[self.count % self.size] = clip
            self.count += 1

    def batch(self, count: int) -> tuple[Tensor, Answers]:
        """`count` clips of the ring, at random."""
        return as_tensors([self.clips[int(i)] for i in self.rng.integers(len(self.clips), size=count)])
