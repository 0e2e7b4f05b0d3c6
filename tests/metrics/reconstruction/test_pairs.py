"""PSNR and SSIM against torchmetrics and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

from reelkit.metrics.reconstruction.pairs import MOST_DECIBELS, psnr, ssim


def pair(noise: float, size: tuple[int, int] = (48, 70)) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(1)
    smooth = np.kron(chance.integers(0, 256, (size[0] // 8 + 1, size[1] // 8 + 1, 3)), np.ones((8, 8, 1)))
    first = smooth[: size[0], : size[1]]
    second = np.clip(first + noise * chance.normal(size=first.shape), 0, 255)
    return first.astype(np.uint8), second.astype(np.uint8)


def tensors(*frames: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(frame).permute(2, 0, 1)[None].double() for frame in frames]


@pytest.mark.parametrize("noise", [0.3, 5.0, 90.0])
@pytest.mark.parametrize("size", [(48, 70), (33, 17)])
def test_both_are_torchmetrics(noise: float, size: tuple[int, int]) -> None:
    a, b = pair(noise, size)
    x, y = tensors(a, b)
    assert psnr(a, b) == pytest.approx(float(peak_signal_noise_ratio(x, y, data_range=255.0)), rel=1e-6)
    assert ssim(a, b) == pytest.approx(float(structural_similarity_index_measure(x, y, data_range=255.0)), abs=1e-9)


def test_by_hand_one_level_everywhere_is_48_decibels() -> None:
    a = np.full((16, 16, 3), 100, np.uint8)
    assert psnr(a, a + 1) == pytest.approx(20 * np.log10(255))
    assert psnr(a + 1, a) == psnr(a, a + 1)


def test_equal_frames_count_the_most() -> None:
    a, _ = pair(0)
    assert psnr(a, a) == MOST_DECIBELS
    assert ssim(a, a) == pytest.approx(1.0)


def test_both_fall_as_noise_grows() -> None:
    values = [(psnr(*pair(noise)), ssim(*pair(noise))) for noise in (2, 10, 40)]
    assert values == sorted(values, reverse=True)
