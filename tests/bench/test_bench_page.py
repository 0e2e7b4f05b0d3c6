from __future__ import annotations

import pytest

from bench.theatre.intervals import Interval
from bench.theatre.page import filled, table
from bench.theatre.paper import paper_change, verdict
from bench.theatre.tables import cell, clear


def test_a_table_goes_between_its_marks_and_nothing_else_changes() -> None:
    page = "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n"
    assert filled(page, "a", "new") == "before\n<!-- a -->\nnew\n<!-- /a -->\nafter\n"
    assert filled(filled(page, "a", "new"), "a", "old") == page


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no section <!-- b -->"):
        filled("before <!-- a --><!-- /a -->", "b", "new")


def test_rows_of_a_table() -> None:
    assert table(["", "x"], [["a", "1"]]) == "|  | x |\n| --- | ---: |\n| a | 1 |"


def test_changes_are_held_against_the_papers_sign() -> None:
    assert paper_change("without-shot", "all_consistency") == pytest.approx(-9.68)
    assert paper_change("without-noise", "all_consistency") == pytest.approx(0.80)
    assert paper_change("without-noise", "copy_paste_rate") is None
    assert verdict(-9.68, Interval(-2.0, -3.0, -1.0, 20)) == "as the paper"
    assert verdict(-9.68, Interval(2.0, 1.0, 3.0, 20)) == "against the paper"
    assert verdict(-9.68, Interval(-2.0, -5.0, 1.0, 20)) == "undecided"


def test_an_interval_reads_the_same_from_json() -> None:
    assert cell({"value": 1.25, "low": 1.0, "high": 1.5, "scenes": 20}, 2) == "1.25 [1.00, 1.50]"
    assert cell({"value": None, "low": None, "high": None, "scenes": 0}) == "–"


def test_a_lower_error_is_better() -> None:
    assert clear(Interval(-1.0, -2.0, -0.5, 20)._asdict(), lower_is_better=True) == "weaver better"
    assert clear(Interval(-1.0, -2.0, -0.5, 20)._asdict()) == "baseline better"
    assert clear(Interval(1.0, -2.0, 2.5, 20)._asdict()) == "not decided"
