"""Encoded theatre scenes in memory, and batches of weaver samples drawn from them; old scenes make room for new ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from reelkit.models.encoder import Encoder
from reelkit.theatre.captions import canonical_caption, caption, portrait_caption, styled
from reelkit.theatre.render import render_portrait, render_shot
from reelkit.theatre.training.frames import TRAIN_SEEDS
from reelkit.theatre.world import Scene, Shot, sample_scene
from reelkit.weaver.caches import HISTORY, SHOT_SLOTS, ShotCache, TemporalCache
from reelkit.weaver.codec import FrameCodec
from reelkit.weaver.training import Batch

SHOTS = 4
FRAMES = HISTORY + 6
PARAPHRASES = 2
STYLED = 0.35
"""Share of captions behind a movie's style."""
PORTRAITS = 0.2
"""Share of stills from the prompt alone that are portraits: nothing but a character, so that words find its looks."""


class DrawnScene(NamedTuple):
    """A scene before it is encoded: frames uint8 [SHOTS, T, H, W, 3]; captions [SHOTS + 1][PARAPHRASES], the last of
    the portrait; a portrait [H, W, 3] of the first character; and which shots show that character."""

    frames: np.ndarray
    captions: list[list[str]]
    portrait: np.ndarray
    on_stage: list[bool]


class SceneStream(IterableDataset[DrawnScene]):
    """Endless drawn scenes from `start` on; of each shot all FRAMES frames, or if `stills` one, from anywhere in it."""

    def __init__(self, start: int, stills: bool = False, width: int = 128, height: int = 64) -> None:
        self.start, self.stills, self.width, self.height = start, stills, width, height

    def __iter__(self) -> Iterator[DrawnScene]:
        number = self.start
        while True:
            scene = sample_scene(TRAIN_SEEDS + 500_000_000 + number, SHOTS, FRAMES)
            rng = np.random.default_rng(number)
            frames = np.stack([self._render(scene, shot, rng) for shot in scene.shots])
            captions = [
                [canonical_caption(scene, shot)] + [caption(scene, shot, rng) for _ in range(PARAPHRASES - 1)]
                for shot in scene.shots
            ]
            captions.append([portrait_caption(scene.characters[0])] * PARAPHRASES)
            captions = [[styled(text, rng) if rng.random() < STYLED else text for text in row] for row in captions]
            portrait = render_portrait(scene.characters[0], self.width, self.height, number)
            yield DrawnScene(frames, captions, portrait, [0 in shot.cast for shot in scene.shots])
            number += 1

    def _render(self, scene: Scene, shot: Shot, rng: np.random.Generator) -> np.ndarray:
        numbers = [int(rng.integers(FRAMES))] if self.stills else None
        return render_shot(scene, shot, self.width, self.height, frames=numbers).frames


class ScenePool:
    """A ring of encoded scenes: latents float16 [N, SHOTS, T, C, h, w], text features, portraits."""

    def __init__(
        self, size: int, codec: FrameCodec, encoder: Encoder, drawn: Iterator[DrawnScene], seed: int
    ) -> None:
        self.size, self.codec, self.encoder, self.drawn = size, codec, encoder, drawn
        self.rng = np.random.default_rng(seed)
        self.count = 0
        self.latents = self.portraits = self.text = self.mask = torch.empty(0)
        self.on_stage = torch.zeros(size, SHOTS, dtype=torch.bool)

    @torch.inference_mode()
    def add(self, scenes: int) -> None:
        """Encode `scenes` new scenes into the ring, over the oldest once it is full."""
        for _ in range(scenes):
            scene = next(self.drawn)
            flat = scene.frames.reshape(-1, *scene.frames.shape[2:])
            with torch.autocast(str(self.encoder.device), torch.bfloat16):
                encoded = self.codec.encode(np.concatenate([flat, scene.portrait[None]]))
                features, mask = self.encoder.token_features(
                    [text for shot in scene.captions for text in shot]
                )
            encoded = encoded.transpose(0, 1).half()
            if not self.latents.numel():
                self._allocate(scene.frames.shape[1], encoded, features)
            slot = self.count % self.size
            self.latents[slot] = encoded[:-1].unflatten(0, (SHOTS, -1))
            self.portraits[slot] = encoded[-1]
            self.text[slot] = features.half().unflatten(0, (SHOTS + 1, PARAPHRASES))
            self.mask[slot] = mask.unflatten(0, (SHOTS + 1, PARAPHRASES))
            self.on_stage[slot] = torch.tensor(scene.on_stage)
            self.count += 1

    def _allocate(self, frames: int, encoded: Tensor, features: Tensor) -> None:
        frame, words = encoded.shape[1:], features.shape[1:]
        self.latents = torch.empty(self.size, SHOTS, frames, *frame, dtype=torch.float16)
        self.portraits = torch.empty(self.size, *frame, dtype=torch.float16)
        self.text = torch.empty(self.size, SHOTS + 1, PARAPHRASES, *words, dtype=torch.float16)
        self.mask = torch.zeros(self.size, SHOTS + 1, PARAPHRASES, words[0], dtype=torch.bool)

    def draw(self, batch: int, mode: int, targets: int, device: str = "cpu") -> Batch:
        """A batch of one FilmWeaver mode (1 none, 2 temporal, 3 shot, 4 both) with `targets` latents each, caches clean."""
        rows = [self._sample(mode, targets) for _ in range(batch)]
        target = torch.stack([row[0] for row in rows]).float().to(device)
        text = torch.stack([row[1] for row in rows]).float().to(device)
        mask = torch.stack([row[2] for row in rows]).to(device)
        level = torch.zeros(batch, device=device)
        temporal = shots = None
        if mode in (2, 4):
            past = torch.stack([row[3] for row in rows]).float().to(device)
            valid = torch.stack([row[4] for row in rows]).to(device)
            temporal = TemporalCache(past, valid, level)
        if mode in (3, 4):
            keyframes = torch.stack([row[5] for row in rows]).float().to(device)
            kept = torch.stack([row[6] for row in rows]).to(device)
            shots = ShotCache(keyframes, kept, level)
        return Batch(target, text, mask, temporal, shots)

    def _sample(self, mode: int, targets: int) -> tuple[Tensor, ...]:
        rng, filled = self.rng, min(self.count, self.size)
        scene, shot = int(rng.integers(filled)), int(rng.integers(SHOTS))
        past = 0
        if mode in (2, 4):
            past = (
                int(rng.choice((6, 12, 18, 19))) if rng.random() < 0.7 else int(rng.integers(1, HISTORY + 1))
            )
        clip = self.latents[scene, shot]
        start = int(rng.integers(past, len(clip) - targets + 1))
        variant = int(rng.integers(PARAPHRASES))
        mask = self.mask[scene, shot, variant]
        if rng.random() < 0.1:
            mask = torch.zeros_like(mask)
        history = clip[
            [max(start - past, i) for i in range(start - HISTORY, start)] if past else [0] * HISTORY
        ]
        valid = torch.arange(HISTORY) >= HISTORY - past
        if mode == 1 and targets == 1 and rng.random() < PORTRAITS:
            words, known = self.text[scene, SHOTS, variant], self.mask[scene, SHOTS, variant]
            return self.portraits[scene][:, None], words, known
        keyframes, kept = self._keyframes(scene, shot, start)
        return (
            clip[start : start + targets].transpose(0, 1),
            self.text[scene, shot, variant],
            mask,
            history.transpose(0, 1),
            valid,
            keyframes.transpose(0, 1),
            kept,
        )

    def _keyframes(self, scene: int, shot: int, start: int) -> tuple[Tensor, Tensor]:
        """One to three keyframes: other shots', a portrait, the shot's own still first; a quarter with a stranger among them."""
        rng, filled = self.rng, min(self.count, self.size)
        others = [other for other in range(SHOTS) if other != shot]
        rng.shuffle(others)
        frames = [self._frame(scene, other) for other in others]
        if self.on_stage[scene, shot] and rng.random() < 0.3:
            frames.insert(int(rng.integers(2)), self.portraits[scene])
        if rng.random() < 0.2:
            frames.insert(0, self.latents[scene, shot, start])
        frames = frames[: int(rng.choice((1, 2, 3), p=(0.2, 0.2, 0.6)))]
        if rng.random() < 0.25:
            stranger = self._frame(int(rng.integers(filled)), int(rng.integers(SHOTS)))
            place = int(rng.integers(len(frames) + 1))
            if len(frames) < SHOT_SLOTS:
                frames.insert(place, stranger)
            elif len(frames) > 1:
                frames[place % len(frames)] = stranger
        kept = torch.arange(SHOT_SLOTS) < len(frames)
        frames += [torch.zeros_like(frames[0])] * (SHOT_SLOTS - len(frames))
        return torch.stack(frames), kept

    def _frame(self, scene: int, shot: int) -> Tensor:
        clip = self.latents[scene, shot]
        return clip[int(self.rng.integers(len(clip)))]
