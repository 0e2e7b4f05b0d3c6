"""The Inception Score in splits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.image.inception import InceptionScore

from reelkit.metrics.distributions.splits import SPLITS, SplitScore


def logits(count: int, seed: int = 0) -> np.ndarray:
    return (3 * np.random.default_rng(seed).normal(size=(count, 20))).astype(np.float32)


def test_the_score_is_torchmetrics_on_the_same_splits() -> None:
    given = torch.from_numpy(logits(200))
    theirs = InceptionScore(feature=nn.Identity(), splits=SPLITS)
    theirs.update(given)
    torch.manual_seed(7)
    expected = float(theirs.compute()[0])
    torch.manual_seed(7)
    order = torch.randperm(200).numpy()
    splits = np.empty(200, np.int64)
    splits[order] = np.repeat(np.arange(SPLITS), 20)
    ours = SplitScore()
    ours.add(given.numpy()[:90], splits[:90])
    ours.add(given.numpy()[90:], splits[90:])
    assert ours.value() == pytest.approx(expected, rel=1e-5)


def test_dealt_splits_are_of_equal_size_and_near_torchmetrics() -> None:
    given = logits(2000)
    ours = SplitScore(seed=3)
    for start in range(0, 2000, 7):
        ours.add(given[start : start + 7])
    assert set(ours._counts) == {200}
    theirs = InceptionScore(feature=nn.Identity())
    theirs.update(torch.from_numpy(given))
    assert ours.value() == pytest.approx(float(theirs.compute()[0]), rel=0.01)


def test_sameness_is_one_and_certain_variety_is_the_classes() -> None:
    same, varied = SplitScore(), SplitScore()
    same.add(np.tile(logits(1), (50, 1)))
    varied.add(np.repeat(100 * np.eye(5, dtype=np.float32), 40, axis=0), np.tile(np.arange(SPLITS), 20))
    assert same.value() == pytest.approx(1.0)
    assert varied.value() == pytest.approx(5.0)


def test_merged_scores_are_of_all_rows() -> None:
    parts = [SplitScore(seed) for seed in range(3)]
    whole = SplitScore()
    for seed, part in enumerate(parts):
        splits = np.arange(40) % SPLITS
        part.add(logits(40, seed), splits)
        whole.add(logits(40, seed), splits)
    merged = SplitScore()
    for part in parts:
        merged.merge(part)
    assert merged.count == 120 and merged.value() == pytest.approx(whole.value())


def test_fewer_rows_than_splits_have_no_score() -> None:
    few = SplitScore()
    few.add(logits(SPLITS - 1))
    assert few.value() is None
    few.add(logits(1))
    assert few.value() is not None
