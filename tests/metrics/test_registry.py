import pytest

from reelkit.errors import UsageError
from reelkit.metrics.gate import missed, parse_gates
from reelkit.metrics.registry import LISTING_HEADER, METRICS, choose, listing
from reelkit.metrics.report import Measured, page, table


def test_the_papers_six_and_the_copy_paste_rate_are_there() -> None:
    names = [metric.name for metric in METRICS]
    assert names[:7] == [
        "aes",
        "incep",
        "character_consistency",
        "all_consistency",
        "character_alignment",
        "all_alignment",
        "copy_paste_rate",
    ]
    assert len(set(names)) == len(names)


def test_the_listing_says_whose_definition_each_is() -> None:
    rows = {row[0]: row for row in listing()}
    assert all(len(row) == len(LISTING_HEADER) for row in rows.values())
    assert "source" in rows["all_consistency"]
    assert "definition" in rows["character_consistency"]
    assert rows["copy_paste_rate"][3:5] == ("0..100", "lower")
    assert rows["duration_error"][3] == "0.."


def test_choosing_keeps_registry_order_and_knows_none_and_all() -> None:
    assert choose(["all_alignment,all_consistency"]) == ("all_consistency", "all_alignment")
    assert choose(["none"]) == ()
    assert choose(["all"]) == choose([]) == tuple(metric.name for metric in METRICS)


@pytest.mark.parametrize("names", [["beauty"], ["none", "aes"]])
def test_a_wrong_choice_is_a_usage_error(names: list[str]) -> None:
    with pytest.raises(UsageError):
        choose(names)


def test_gates_say_what_was_missed() -> None:
    gates = parse_gates(["all_consistency >= 60, duration_error<0.5", "copy_paste_rate<=70"])
    assert missed(gates, {"all_consistency": 60.0, "duration_error": 0.5}) == [
        "duration_error<0.5 is missed: duration_error is 0.50",
        "copy_paste_rate<=70 is missed: copy_paste_rate could not be measured",
    ]


@pytest.mark.parametrize("text", ["all_consistency", "beauty>1", "all_consistency>=high"])
def test_a_wrong_gate_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_gates([text])


def test_the_table_has_a_dash_for_what_is_absent_and_the_page_escapes() -> None:
    lines = [
        Measured("film", "s01", 2, {"all_consistency": 91.257}),
        Measured("<b>", "film", 2, {"aes": 5.0}),
    ]
    head, rows = table(lines)
    assert head == ["movie", "scene", "shots", "aes", "all_consistency"]
    assert rows == [["film", "s01", "2", "-", "91.26"], ["<b>", "film", "2", "5.00", "-"]]
    text = page(lines, "theatre@1")
    assert "&lt;b&gt;" in text and "<b>" not in text and "theatre@1" in text
