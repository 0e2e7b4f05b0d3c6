"""Precision, recall and F1 of characters: the published rows, and the counts behind them."""

from __future__ import annotations

import pytest

from reelkit.metrics.moviebench.identity import Counts

PUBLISHED = {
    "StoryDiffusion": (78.17, 37.26, 50.47),
    "AutoStory": (77.61, 41.81, 54.34),
    "Magic-Me": (41.30, 5.80, 10.17),
    "SVD": (20.49, 12.54, 15.56),
    "CogVideoX": (24.80, 15.63, 19.17),
}


def counts(precision: float, recall: float, due: int = 10_000_000) -> Counts:
    """Of so many characters due that two decimals of a percentage are exact."""
    hits = round(due * recall / 100)
    return Counts(hits, round(hits * (100 / precision - 1)), due - hits)


@pytest.mark.parametrize("system", PUBLISHED)
def test_f1_is_that_of_moviebenchs_table(system: str) -> None:
    precision, recall, f1 = PUBLISHED[system]
    found = counts(precision, recall)
    assert found.precision() == pytest.approx(precision, abs=1e-4) and found.recall() == pytest.approx(recall, abs=1e-4)
    assert found.f1() == pytest.approx(f1, abs=0.006)


def test_f1_of_the_annotations_row() -> None:
    found = counts(90, 97).f1()
    assert found is not None and round(found) == 93


def test_counts_of_one_shot() -> None:
    found = Counts.of({"mara", "tom", "stranger"}, {"mara", "tom", "ann", "bo"})
    assert found == Counts(hits=2, strangers=1, lost=2)
    assert found.scores() == {
        "id_precision": pytest.approx(200 / 3), "id_recall": 50.0, "id_f1": pytest.approx(400 / 7)
    }  # fmt: skip


def test_strangers_lower_precision_alone_and_the_lost_recall_alone() -> None:
    """MovieBench's script divides by the lost in both."""
    assert Counts(4, 4, 0).precision() == 50 and Counts(4, 4, 0).recall() == 100
    assert Counts(4, 0, 4).precision() == 100 and Counts(4, 0, 4).recall() == 50


def test_sums_are_micro_averages() -> None:
    both = Counts.of({"a"}, {"a"}) + Counts.of({"x"}, {"a", "b", "c"})
    assert both.precision() == 50 and both.recall() == 25


def test_what_has_no_cases_has_no_number() -> None:
    assert Counts().scores() == {"id_precision": None, "id_recall": None, "id_f1": None}
    assert Counts(lost=2).scores() == {"id_precision": None, "id_recall": 0.0, "id_f1": 0.0}
    assert Counts(strangers=2).scores() == {"id_precision": 0.0, "id_recall": None, "id_f1": 0.0}
