"""What a pool of encoded scenes puts into a sample's caches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reelkit.theatre.training.pool import FRAMES, PARAPHRASES, SHOTS, DrawnScene, ScenePool
from reelkit.weaver.caches import CHUNK_LATENTS, HISTORY


class Codec:
    """Latents that are the picture's first pixel."""

    def encode(self, frames: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(frames[:, :1, :1, :1].astype(np.float32)).permute(3, 0, 1, 2)


class Words:
    device = "cpu"

    def token_features(self, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.ones(len(texts), 2, 3), torch.ones(len(texts), 2, dtype=torch.bool)


def scene(number: int) -> DrawnScene:
    """Every frame of a scene of its own shade: shot s, frame t is 200 number + 25 s + t."""
    shades = 200 * number + 25 * np.arange(SHOTS)[:, None] + np.arange(FRAMES)
    frames = np.broadcast_to(shades[..., None, None, None], (SHOTS, FRAMES, 2, 2, 3)).astype(np.float32)
    portrait = np.full((2, 2, 3), 200 * number + 150, np.float32)
    return DrawnScene(frames, [["text"] * PARAPHRASES] * (SHOTS + 1), portrait, [True] * SHOTS)


@pytest.fixture(scope="module")
def pool() -> ScenePool:
    pool = ScenePool(2, Codec(), Words(), iter([scene(1), scene(2), scene(3)]), seed=0)
    pool.add(3)
    return pool


def test_a_new_scene_takes_the_place_of_the_oldest(pool: ScenePool) -> None:
    held = {int(value) // 200 for value in pool.draw(64, 1, 1).target.flatten()}
    assert held == {2, 3}


def test_history_is_what_came_before_the_target_and_ends_right_before_it(pool: ScenePool) -> None:
    batch = pool.draw(200, 2, CHUNK_LATENTS)
    assert batch.shots is None
    target, past, valid = batch.target[:, 0, :, 0, 0], batch.temporal.latents[:, 0, :, 0, 0], batch.temporal.valid
    assert (target.diff(dim=1) == 1).all()
    assert (past[:, -1] == target[:, 0] - 1).all()
    for row, keep in zip(past, valid, strict=True):
        known = row[keep]
        assert (known.diff() == 1).all()
        assert keep.tolist() == sorted(keep.tolist())
    assert {int(keep.sum()) for keep in valid} >= {6, 12, 18, HISTORY}


def test_keyframes_are_mostly_of_the_scene_and_a_quarter_has_a_stranger(pool: ScenePool) -> None:
    batch = pool.draw(600, 3, CHUNK_LATENTS)
    assert batch.temporal is None
    scenes = batch.target[:, 0, 0, 0, 0] // 200
    keyframes, kept = batch.shots.latents[:, 0, :, 0, 0], batch.shots.valid
    foreign = ((keyframes // 200 != scenes[:, None]) & kept).any(dim=1).float().mean()
    assert 0.05 < foreign < 0.25  # a stranger may come from the same scene: half of two
    assert kept[:, 0].all() and (keyframes[~kept] == 0).all()
    assert {int(n) for n in kept.sum(dim=1)} == {1, 2, 3}
    portraits = (keyframes % 200 == 150).any(dim=1).float().mean()
    assert 0.1 < portraits < 0.45


def test_a_tenth_of_the_prompts_is_dropped(pool: ScenePool) -> None:
    dropped = ~pool.draw(1000, 1, 1).text_mask.any(dim=1)
    assert 0.06 < dropped.float().mean() < 0.14


def test_a_fifth_of_the_stills_from_a_prompt_alone_are_portraits(pool: ScenePool) -> None:
    shades = pool.draw(600, 1, 1).target[:, 0, 0, 0, 0]
    assert 0.13 < (shades % 200 == 150).float().mean() < 0.27
    assert not (pool.draw(100, 1, CHUNK_LATENTS).target % 200 == 150).any()
