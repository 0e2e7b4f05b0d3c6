"""The plan of shots over words, by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reelkit.errors import RecordError
from reelkit.metrics.scripts.script import PlannedShot, Script
from reelkit.metrics.scripts.talkcuts import (
    Segment,
    annotated_plan,
    matching_accuracy,
    overlap,
    plan_accuracy,
    plan_iou,
    planned,
    shot_type,
)

TRUE = [Segment(0, 4, "head"), Segment(4, 10, "half body"), Segment(10, 12, "whole body")]
SHOTS = (PlannedShot("a", "close-up", 6), PlannedShot("b", "wide", 0), PlannedShot("c", "medium", 6))
SCRIPT = Script(name="movie talk", form="manifest", movie="talk", shots=SHOTS)


def test_the_same_plan_is_perfect() -> None:
    assert plan_iou(TRUE, TRUE) == plan_accuracy(TRUE, TRUE) == matching_accuracy(TRUE, TRUE) == 1.0


def test_a_plan_of_two_shots_by_hand() -> None:
    plan = planned(SCRIPT)
    assert plan == [Segment(0, 6, "head"), Segment(6, 12, "half body")]
    assert overlap(plan[0], TRUE[0]) == pytest.approx(4 / 6)
    assert plan_iou(plan, TRUE) == pytest.approx((4 / 6 + 4 / 8 + 2 / 6) / 3)
    assert plan_accuracy(plan, TRUE) == pytest.approx(8 / 12)
    assert matching_accuracy(plan, TRUE) == 1.0


def test_cutting_everything_up_does_not_pay() -> None:
    words = [Segment(word, word + 1, "half body") for word in range(12)]
    assert plan_iou(words, TRUE) == pytest.approx((1 / 4 + 1 / 6 + 1 / 2) / 3)
    assert plan_accuracy(words, TRUE) == pytest.approx(6 / 12)
    assert matching_accuracy(words, TRUE) == 0.0


def test_nothing_matched_and_nothing_planned() -> None:
    assert matching_accuracy([Segment(0, 1, "head")], [Segment(0, 4, "head")]) is None
    assert (plan_iou([], TRUE), plan_accuracy([], TRUE), matching_accuracy([], TRUE)) == (0.0, 0.0, None)
    assert plan_iou(TRUE, []) is None and plan_accuracy(TRUE, []) is None


@pytest.mark.parametrize(
    ("framing", "shows"),
    [
        ("extreme close-up", "head"), ("Close-up", "head"), ("closeup", "head"), ("medium close-up", "head"),
        ("medium", "half body"), ("medium-full", "half body"), ("half_body", "half body"),
        ("full", "whole body"), ("wide shot", "whole body"), ("over the shoulder", None), ("", None),
    ],
)  # fmt: skip
def test_framings_are_what_is_seen_of_a_person(framing: str, shows: str | None) -> None:
    assert shot_type(framing) == shows


def test_a_framing_that_is_none_is_never_right() -> None:
    assert plan_accuracy([Segment(0, 4)], [Segment(0, 4, "head")]) == 0.0
    assert matching_accuracy([Segment(0, 4)], [Segment(0, 4, "head")]) == 0.0


def _line(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def _plan(movie: str | None, *ends: int, words: int = 12) -> dict[str, Any]:
    starts = (0, *ends)
    segments = [{"start": a, "end": b, "type": "head"} for a, b in zip(starts, ends, strict=False)]
    return {"kind": "talkcuts_plan", "movie": movie, "words": words, "segments": segments}


def test_the_plan_of_the_movie_is_found_among_other_lines(tmp_path: Path) -> None:
    path = _line(tmp_path / "a.jsonl", {"shot": "a", "cuts": [3]}, _plan(None, 12), _plan("talk", 5, 12), _plan("x", 2, 12))
    assert annotated_plan(path, SCRIPT, 12) == [Segment(0, 5, "head"), Segment(5, 12, "head")]
    other = Script(name="movie y", form="manifest", movie="y")
    assert annotated_plan(path, other, 12) == [Segment(0, 12, "head")]
    assert annotated_plan(_line(tmp_path / "b.jsonl", _plan("x", 12)), SCRIPT, 12) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (_plan("talk", 5, 4, 12), r"5\.\.4 where one from word 5"),
        (_plan("talk", 5, 11), "end at word 11, and it has 12"),
        (_plan("talk", 14, words=14), "of 14 words, and the shots speak 12"),
        ({**_plan("talk", 12), "words": "many"}, r"a\.jsonl:1"),
        ({**_plan("talk"), "segments": [{"start": 0, "end": 12, "type": "knee"}]}, r"a\.jsonl:1"),
    ],
)
def test_a_plan_that_does_not_fit_is_told(tmp_path: Path, line: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordError, match=reason):
        annotated_plan(_line(tmp_path / "a.jsonl", line), SCRIPT, 12)
