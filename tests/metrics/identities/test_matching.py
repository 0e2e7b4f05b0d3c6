"""ID matching over pairs, counted by hand, by the definition, and over a film's worth of appearances."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.metrics.identities.matching import Matching

LABELS = st.sampled_from(["a", "b", "c", None])


def test_pairs_by_hand() -> None:
    # true a: three appearances, three pairs; b: two, one pair. Predicted 1: a a b, three pairs; 2: a b, one pair.
    matching = Matching([("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")])
    assert matching.precision() == pytest.approx(100 * 1 / 4)
    assert matching.recall() == pytest.approx(100 * 1 / 4)


def test_one_identity_for_all_recalls_everything_and_one_for_each_predicts_nothing() -> None:
    people = ["a", "a", "b", "b", "b"]
    one = Matching((who, "1") for who in people)
    assert one.recall() == 100.0 and one.precision() == pytest.approx(100 * 4 / 10)
    each = Matching((who, str(number)) for number, who in enumerate(people))
    assert each.recall() == 0.0 and each.precision() is None


def test_missed_people_cost_recall_and_false_finds_precision() -> None:
    assert Matching([("a", "1"), ("a", "1"), ("a", None)]).recall() == pytest.approx(100 / 3)
    assert Matching([("a", "1"), ("a", "1"), (None, "1")]).precision() == pytest.approx(100 / 3)


@given(st.lists(st.tuples(LABELS, LABELS), max_size=12))
def test_counting_labels_is_counting_pairs(appearances: list[tuple[str | None, str | None]]) -> None:
    pairs = list(combinations(appearances, 2))
    same = [(one[0] == other[0] is not None, one[1] == other[1] is not None) for one, other in pairs]
    true, predicted, both = (sum(each) for each in zip(*((t, p, t and p) for t, p in same), strict=True)) if same else (0, 0, 0)
    matching = Matching(appearances)
    assert matching.precision() == (100 * both / predicted if predicted else None)
    assert matching.recall() == (100 * both / true if true else None)


def test_a_hundred_thousand_appearances_are_counted() -> None:
    matching = Matching((str(number % 50), str(number % 100)) for number in range(100_000))
    # 1000 appearances a label, all right; 2000 a person, in two labels
    assert matching.precision() == 100.0
    assert matching.recall() == pytest.approx(100 * (2 * 1000 * 999) / (2000 * 1999))
