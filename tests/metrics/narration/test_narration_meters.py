"""Movie101v2's marks as a judge behind a socket gives them."""

import json
from pathlib import Path

import pytest

from reelkit.errors import RecordError
from reelkit.metrics.narration.card import METRICS
from reelkit.metrics.narration.meters import FAMILY
from tests.metrics.judging.chat_server import Answer, Request, serving
from tests.metrics.judging.scoring import greys, grouped, lines, measured, resources

NAMES = [metric.name for metric in METRICS]
REFERENCE = ["0:00:01|0:00:04|[Mara] climbs the stairs of the lighthouse."]
CANDIDATE = ["0:00:02|0:00:03|Somebody goes up."]


def marks(request: Request) -> Answer:
    asked = request["response_format"]["json_schema"]["schema"]["required"]
    given = {"environment": 1, "character": 3, "plot": 4}
    return Answer(json.dumps({name: given[name] for name in asked}))


def test_both_levels_are_asked_with_both_texts_and_no_pictures(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "narration": REFERENCE, "candidate": CANDIDATE})
    with serving(marks) as chat:
        reading = measured(FAMILY, resources(NAMES, chat, notes), greys(3))
    assert reading is not None
    assert reading.scores == {"movie101_environment": 1.0, "movie101_character": 3.0, "movie101_plot": 4.0}
    assert len(chat.requests) == 2 and not chat.pictures(0)
    assert "climbs the stairs" in chat.words(0) and "Somebody goes up." in chat.words(1)
    assert "0:00:01" not in chat.words(0)


def test_only_the_level_that_is_wanted_is_asked(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "narration": REFERENCE, "candidate": []})
    with serving(marks) as chat:
        reading = measured(FAMILY, resources(["movie101_plot"], chat, notes), greys(3))
    assert reading is not None and reading.scores == {"movie101_plot": 4.0}
    assert "(the candidate says nothing)" in chat.words(0)


def test_an_answer_that_cannot_be_used_is_left_out_and_counted(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "narration": REFERENCE, "candidate": CANDIDATE})

    def half(request: Request) -> Answer:
        return marks(request) if "plot" in str(request["response_format"]) else Answer('{"environment": -1, "character": 9}')

    with serving(half) as chat:
        stock = resources(NAMES, chat, notes)
        reading = measured(FAMILY, stock, greys(3))
        assert reading is not None
        _, extras = grouped(FAMILY, stock, [reading, reading])
    assert reading.scores == {"movie101_environment": None, "movie101_character": None, "movie101_plot": 4.0}
    told = extras["judged_narration"]
    assert (told["questions"], told["unanswered"]) == (4, 2) and "movie101_L1" in told["reason"]


def test_a_shot_without_reference_or_candidate_has_no_marks(tmp_path: Path) -> None:
    notes = lines(
        tmp_path / "notes.jsonl",
        {"shot": "a", "narration": REFERENCE},
        {"shot": "b", "narration": [], "candidate": CANDIDATE},
        {"shot": "c", "movie": "another", "narration": REFERENCE, "candidate": CANDIDATE},
    )
    with serving(marks) as chat:
        stock = resources(NAMES, chat, notes)
        assert [measured(FAMILY, stock, greys(1), id=id) for id in "abcd"] == [None] * 4
    assert chat.requests == []


def test_a_line_that_is_wrong_is_told(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "narration": ["Mara climbs."], "candidate": CANDIDATE})
    with serving(marks) as chat, pytest.raises(RecordError, match=r"'Mara climbs\.' is not start"):
        measured(FAMILY, resources(NAMES, chat, notes), greys(1))
