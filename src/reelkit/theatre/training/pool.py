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
from reelkit.weaver.caches import CHUNK_LATENTS, HISTORY, SHOT_SLOTS, ShotCache, TemporalCache
from reelkit.weaver.codec import FrameCodec
from reelkit.weaver.training import Batch

SHOTS = 4
FRAMES = HISTORY + CHUNK_LATENTS
"""Frames drawn of a shot: the longest past and a chunk."""
PARAPHRASES = 2
STYLED = 0.35
"""Share of captions behind a movie's style."""
PORTRAITS = 0.2
"""Share of stills from the prompt alone that are portraits: nothing but a character, so that words find its looks."""
UNCONDITIONAL = 0.1
"""Share of prompts that are dropped, for guidance."""
WHOLE_PAST = 0.7
"""Share of pasts that are whole chunks, or more than the temporal cache holds."""
KEYFRAME_ODDS = (0.2, 0.2, 0.6)
"""How often a shot cache holds one, two or three keyframes."""
WITH_PORTRAIT, WITH_OWN_STILL, WITH_STRANGER = 0.3, 0.2, 0.25
"""Share of shot caches with the character's portrait, with the shot's own still, with a picture of another scene."""


class Sample(NamedTuple):
    """One row of a batch: target [C, T, h, w], text features [L, D] and mask [L], and the caches of its mode.

    past: latents [C, HISTORY, h, w] and which are there; keyframes: [C, SHOT_SLOTS, h, w] and which are there.
    """

    target: Tensor
    text: Tensor
    mask: Tensor
    past: Tensor | None = None
    valid: Tensor | None = None
    keyframes: Tensor | None = None
    kept: Tensor | None = None


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

        def stacked(name: str) -> Tensor:
            column = torch.stack([getattr(row, name) for row in rows])
            return (column if column.dtype == torch.bool else column.float()).to(device)

        level = torch.zeros(batch, device=device)
        temporal = TemporalCache(stacked("past"), stacked("valid"), level) if mode in (2, 4) else None
        shots = ShotCache(stacked("keyframes"), stacked("kept"), level) if mode in (3, 4) else None
        return Batch(stacked("target"), stacked("text"), stacked("mask"), temporal, shots)

    def _sample(self, mode: int, targets: int) -> Sample:
        rng, filled = self.rng, min(self.count, self.size)
        scene, shot, variant = int(rng.integers(filled)), int(rng.integers(SHOTS)), int(rng.integers(PARAPHRASES))
        if mode == 1 and targets == 1 and rng.random() < PORTRAITS:
            return Sample(self.portraits[scene][:, None], self.text[scene, SHOTS, variant], self.mask[scene, SHOTS, variant])
        length = self._past_length() if mode in (2, 4) else 0
        clip = self.latents[scene, shot]
        start = int(rng.integers(length, len(clip) - targets + 1))
        mask = self.mask[scene, shot, variant]
        if rng.random() < UNCONDITIONAL:
            mask = torch.zeros_like(mask)
        sample = Sample(clip[start : start + targets].transpose(0, 1), self.text[scene, shot, variant], mask)
        if mode in (2, 4):
            past = clip[[max(start - length, i) for i in range(start - HISTORY, start)]]
            sample = sample._replace(past=past.transpose(0, 1), valid=torch.arange(HISTORY) >= HISTORY - length)
        if mode in (3, 4):
            keyframes, kept = self._keyframes(scene, shot, start)
            sample = sample._replace(keyframes=keyframes.transpose(0, 1), kept=kept)
        return sample

    def _past_length(self) -> int:
        """Latents behind a chunk: mostly whole chunks, as in films, else any number."""
        if self.rng.random() < WHOLE_PAST:
            return int(self.rng.choice((*range(CHUNK_LATENTS, HISTORY, CHUNK_LATENTS), HISTORY)))
        return int(self.rng.integers(1, HISTORY + 1))

    def _keyframes(self, scene: int, shot: int, start: int) -> tuple[Tensor, Tensor]:
        """One to three keyframes: other shots', a portrait, the shot's own still first; a quarter with a stranger among them."""
        rng, filled = self.rng, min(self.count, self.size)
        others = [other for other in range(SHOTS) if other != shot]
        rng.shuffle(others)
        frames = [self._frame(scene, other) for other in others]
        if self.on_stage[scene, shot] and rng.random() < WITH_PORTRAIT:
            frames.insert(int(rng.integers(2)), self.portraits[scene])
        if rng.random() < WITH_OWN_STILL:
            frames.insert(0, self.latents[scene, shot, start])
        frames = frames[: int(rng.choice((1, 2, 3), p=KEYFRAME_ODDS))]
        if rng.random() < WITH_STRANGER:
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
