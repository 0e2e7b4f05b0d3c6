"""Thresholds as they are written, and what misses them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import UsageError
from reelkit.metrics.gate import Gate, missed, parse_gates, rank
from reelkit.metrics.registry import BY_NAME


def test_gates_stand_in_one_text_or_several_and_know_where_they_look() -> None:
    gates = parse_gates(["all_consistency >= 60, duration_error<0.5", "movie:all_consistency>=60", "incep>2"])
    assert [(g.level, g.name, g.comparison, g.threshold) for g in gates] == [
        ("shot", "all_consistency", ">=", 60.0),
        ("shot", "duration_error", "<", 0.5),
        ("movie", "all_consistency", ">=", 60.0),
        ("movie", "incep", ">", 2.0),
    ]
    assert [str(gate) for gate in gates][1:3] == ["duration_error<0.5", "movie:all_consistency>=60"]


@pytest.mark.parametrize("text", ["beauty>=1", "all_consistency", "all_consistency=>1", "shot:incep>1", "blank_frames==x"])
def test_what_cannot_be_meant_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_gates([text])


@pytest.mark.parametrize(
    ("comparison", "passes"),
    [(">=", (0, 1, 1)), (">", (0, 0, 1)), ("<=", (1, 1, 0)), ("<", (1, 0, 0)), ("==", (0, 1, 0)), ("!=", (1, 0, 1))],
)
def test_comparisons(comparison: str, passes: tuple[int, int, int]) -> None:
    gate = Gate("shot", "blank_frames", comparison, 2.0)
    assert tuple(int(gate.passes(value)) for value in (1.0, 2.0, 3.0)) == passes


def test_an_absent_score_misses_its_gate() -> None:
    (line,) = missed(parse_gates(["blank_frames==0"]), {})
    assert "could not be measured" in line
    (line,) = missed(parse_gates(["blank_frames==0"]), {"blank_frames": 12.5})
    assert line == "blank_frames==0 is missed: blank_frames is 12.5"
    assert missed(parse_gates(["blank_frames==0"]), {"blank_frames": 0.0}) == []


def test_the_first_gate_ranks_before_the_second() -> None:
    gates = parse_gates(["all_consistency>=10,duration_error<=1"])
    good = {"all_consistency": 80.0, "duration_error": 0.9}
    near = {"all_consistency": 80.0, "duration_error": 0.1}
    best = {"all_consistency": 81.0, "duration_error": 1.0}
    assert sorted([good, best, near], key=lambda scores: rank(gates, scores)) == [good, near, best]


def test_a_threshold_in_another_unit_is_doubted() -> None:
    (share, percent) = parse_gates(["all_consistency>=0.7,all_consistency>=70"])
    assert "cosine x100" in (share.doubt() or "")
    assert percent.doubt() is None
    assert parse_gates(["blank_frames==0"])[0].doubt() is None


@given(st.sampled_from(sorted(BY_NAME)), st.sampled_from([">=", "<=", "<", ">", "==", "!="]), st.integers(-999, 999))
def test_what_a_gate_prints_is_read_again(name: str, comparison: str, threshold: int) -> None:
    (gate,) = parse_gates([f"{name}{comparison}{threshold}"])
    assert parse_gates([str(gate)]) == (gate,)
    assert gate.threshold == threshold
