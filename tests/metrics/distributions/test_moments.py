"""Running sums of rows, and the distance of Gaussians, against numpy, scipy and torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance

from reelkit.metrics.distributions.moments import FOLD, Moments, frechet


def rows(count: int, width: int = 6, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return (chance.normal(size=(count, width)) @ chance.normal(size=(width, width)) + shift).astype(np.float32)


def of(*parts: np.ndarray) -> Moments:
    found = Moments()
    for part in parts:
        found.add(part)
    return found


def test_mean_and_covariance_are_those_of_all_rows_together() -> None:
    given = rows(2 * FOLD + 37)
    found = of(given[:3], given[3 : FOLD + 9], given[FOLD + 9 :])
    assert found.count == len(given)
    np.testing.assert_allclose(found.mean(), given.astype(np.float64).mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(found.covariance(), np.cov(given.astype(np.float64), rowvar=False), atol=1e-9)


@pytest.mark.parametrize("sizes", [(2, 5), (FOLD + 3, 5), (5, FOLD + 3), (FOLD, 3 * FOLD + 1)])
def test_merged_sums_are_the_sums_of_the_whole(sizes: tuple[int, int]) -> None:
    first, second = rows(sizes[0], seed=1), rows(sizes[1], seed=2, shift=1.0)
    merged, other = of(first), of(second)
    merged.merge(other)
    whole = of(first, second)
    assert merged.count == whole.count == sum(sizes) and other.count == sizes[1]
    np.testing.assert_allclose(merged.mean(), whole.mean(), atol=1e-10)
    np.testing.assert_allclose(merged.covariance(), whole.covariance(), atol=1e-9)


def test_memory_does_not_grow_with_five_thousand_shots() -> None:
    film, width, highest = Moments(), 8, 0
    for shot in range(5000):
        film.merge(of(rows(3, width, seed=shot % 7)))
        highest = max(highest, film.held)
    assert film.count == 15_000
    assert highest <= FOLD * width + width * width


def test_a_short_take_holds_its_rows_and_no_matrix() -> None:
    assert of(np.zeros((20, 2048), np.float32)).held == 20 * 2048


def test_one_row_has_no_covariance_and_no_distance() -> None:
    assert of(rows(1)).covariance() is None
    assert frechet(of(rows(1)), of(rows(9))) is None
    assert frechet(Moments(), of(rows(9))) is None


def test_the_distance_of_points_on_a_line_is_as_by_hand() -> None:
    # means 1 and 5, variances 2 and 8: 16 + 2 + 8 - 2 * sqrt(16)
    a, b = np.array([[0.0], [2.0]], np.float32), np.array([[3.0], [7.0]], np.float32)
    assert frechet(of(a), of(b)) == pytest.approx(18.0)


def test_a_set_is_at_no_distance_from_itself() -> None:
    assert frechet(of(rows(40)), of(rows(40))) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("count", [200, 5])
def test_the_distance_is_that_of_the_matrix_root(count: int) -> None:
    a, b = rows(count, 12, seed=3).astype(np.float64), rows(count + 4, 12, seed=4, shift=0.5).astype(np.float64)
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(s @ t)
    by_hand = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s + t - 2 * np.real(root))
    assert frechet(of(rows(count, 12, seed=3)), of(rows(count + 4, 12, seed=4, shift=0.5))) == pytest.approx(by_hand, rel=1e-5)


class Features(nn.Module):
    """A random network of 24 features."""

    num_features = 24

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3 * 8 * 8, 24)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.layer(images.flatten(1).float() / 255))


def test_the_distance_is_torchmetrics() -> None:
    torch.manual_seed(5)
    network = Features()
    chance = np.random.default_rng(6)
    real = torch.from_numpy(chance.integers(0, 256, (90, 3, 8, 8), dtype=np.uint8))
    fake = torch.from_numpy(chance.integers(0, 200, (70, 3, 8, 8), dtype=np.uint8))
    theirs = FrechetInceptionDistance(feature=network, input_img_size=(3, 8, 8)).set_dtype(torch.float64)
    network.float()
    theirs.update(real, real=True)
    theirs.update(fake, real=False)
    with torch.no_grad():
        ours = frechet(of(network(fake).numpy()), of(network(real).numpy()))
    assert ours == pytest.approx(float(theirs.compute()), rel=1e-5)


def test_sums_survive_being_kept() -> None:
    found = Moments.from_arrays(of(rows(FOLD + 2)).arrays())
    np.testing.assert_array_equal(found.covariance(), of(rows(FOLD + 2)).covariance())
    assert Moments.from_arrays(Moments().arrays()).count == 0
