import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reelkit.metrics.similarity import Mean, PairwiseMean, unit

VECTORS = arrays(np.float64, st.tuples(st.integers(2, 6), st.just(4)), elements=st.floats(-3, 3)).filter(
    lambda v: bool((np.linalg.norm(v, axis=1) > 0.1).all())
)


def mean_pairwise(vectors: np.ndarray) -> float | None:
    running = PairwiseMean()
    for row in vectors:
        running.add(row)
    return running.mean()


def test_mean_pairwise_of_three_vectors_by_hand() -> None:
    half = np.sqrt(0.5)
    vectors = np.array([[1.0, 0.0], [0.0, 2.0], [3 * half, 3 * half]])
    assert mean_pairwise(vectors) == pytest.approx((0 + half + half) / 3)


def test_fewer_than_two_vectors_have_no_pair() -> None:
    assert mean_pairwise(np.zeros((0, 3))) is None
    assert mean_pairwise(np.ones((1, 3))) is None


@given(VECTORS)
def test_the_running_sum_agrees_with_all_pairs(vectors: np.ndarray) -> None:
    rows = unit(vectors)
    pairs = [float(rows[i] @ rows[j]) for i in range(len(rows)) for j in range(i)]
    assert mean_pairwise(vectors) == pytest.approx(np.mean(pairs), abs=1e-9)


@given(VECTORS, st.floats(0.1, 100))
def test_order_and_scale_change_nothing(vectors: np.ndarray, scale: float) -> None:
    assert mean_pairwise(vectors[::-1] * scale) == pytest.approx(mean_pairwise(vectors), abs=1e-9)


def test_nearness_is_the_mean_cosine_to_those_before() -> None:
    running = PairwiseMean()
    assert running.nearness(np.array([1.0, 0.0])) is None
    running.add(np.array([1.0, 0.0]))
    running.add(np.array([0.0, 1.0]))
    assert running.nearness(np.array([5.0, 0.0])) == pytest.approx(0.5)


def test_mean_skips_what_is_absent() -> None:
    mean = Mean()
    assert mean.mean() is None
    for value in (1.0, None, 4.0):
        mean.add(value)
    assert mean.mean() == pytest.approx(2.5)
