"""The kernel distance against torchmetrics, and the sample that it is computed on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.image.kid import KernelInceptionDistance

from reelkit.metrics.distributions.kernel import Reservoir, kernel_distance


def rows(count: int, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(count, 16)) + shift).astype(np.float32)


def filled(most: int, parts: list[tuple[str, np.ndarray]]) -> Reservoir:
    found = Reservoir(most)
    for name, part in parts:
        found.add(name, list(range(len(part))), part)
    return found


def test_the_distance_by_hand() -> None:
    a, b = np.array([[0.0], [1.0]], np.float32), np.array([[1.0], [2.0]], np.float32)
    # k(0,1) = 1; k(1,2) = 27; across: k(0,1) = k(0,2) = 1, k(1,1) = 8, k(1,2) = 27
    assert kernel_distance(a, b) == pytest.approx(1 + 27 - 2 * (1 + 1 + 8 + 27) / 4)


def test_the_distance_is_torchmetrics_kid_over_one_subset_of_all() -> None:
    torch.manual_seed(2)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 16))
    inputs = [torch.rand(50, 3, 8, 8), torch.rand(50, 3, 8, 8) * 0.7]
    theirs = KernelInceptionDistance(feature=Plain(network), subsets=1, subset_size=50)
    theirs.update(inputs[0], real=True)
    theirs.update(inputs[1], real=False)
    with torch.no_grad():
        ours = kernel_distance(*(network(each).numpy() for each in inputs))
    assert ours == pytest.approx(float(theirs.compute()[0]), rel=1e-4)


class Plain(nn.Module):
    """Hands on what it is given, whatever its type."""

    num_features = 16

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.network(images.float())


def test_one_row_has_no_distance() -> None:
    assert kernel_distance(rows(1), rows(5)) is None
    assert kernel_distance(Reservoir().rows, rows(5)) is None


def test_a_small_set_is_kept_whole() -> None:
    given = rows(9)
    found = filled(20, [("a", given[:4]), ("b", given[4:])])
    assert sorted(map(tuple, found.rows)) == sorted(map(tuple, given)) and found.count == 9


def test_a_large_set_is_bounded_and_its_sample_the_same_in_any_order() -> None:
    parts = [(f"shot {n}", rows(7, seed=n)) for n in range(30)]
    straight, backwards = filled(25, parts), filled(25, parts[::-1])
    assert straight.rows.shape == (25, 16) and straight.count == backwards.count == 210
    np.testing.assert_array_equal(straight.rows, backwards.rows)
    merged = filled(25, parts[:11])
    merged.merge(filled(25, parts[11:]))
    np.testing.assert_array_equal(merged.rows, straight.rows)


def test_the_sample_favours_neither_beginning_nor_end() -> None:
    numbered = [(f"shot {n}", np.full((10, 1), n, np.float32)) for n in range(100)]
    assert filled(400, numbered).rows.mean() == pytest.approx(49.5, abs=4)


def test_a_sample_survives_being_kept() -> None:
    given = filled(5, [("a", rows(9))])
    found = Reservoir.from_arrays(given.arrays())
    np.testing.assert_array_equal(found.rows, given.rows)
    assert found.count == 9 and not len(Reservoir.from_arrays({}).rows)
