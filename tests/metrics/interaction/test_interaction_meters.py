"""InterGenEval as a judge behind a socket answers it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reelkit.errors import RecordError
from reelkit.metrics.interaction.card import METRICS
from reelkit.metrics.interaction.meters import FAMILY, places
from tests.metrics.judging.chat_server import Answer, Request, serving
from tests.metrics.judging.scoring import greys, grouped, lines, measured, resources

NAMES = [metric.name for metric in METRICS]
OPENS = {"subject": "a woman in red", "verb": "opens", "object": "the green door"}
QUESTIONS = [f"given question {number}?" for number in range(1, 11)]


def ten(words: Callable[[int], str]) -> str:
    return json.dumps({f"q{number}": words(number) for number in range(1, 11)})


def judge(said: Mapping[str, Any]) -> Callable[[Request], Answer]:
    """Writes questions; answers as `said` says."""

    def answer(request: Request) -> Answer:
        name = request["response_format"]["json_schema"]["name"]
        if name == "intergen_questions":
            return Answer(ten(lambda number: f"written question {number}?"))
        return Answer(said[name] if isinstance(said[name], str) else json.dumps(said[name]))

    return answer


RIGHT = judge(
    {
        "intergen_answers": ten(lambda number: "yes" if number in (1, 2, 3, 7, 8, 9, 10) else "no"),
        "intergen_presence": {"emerged": [2], "disappeared": []},
    }
)


def test_questions_are_written_unseen_answered_from_frames_and_scored(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "interactions": [OPENS]})
    with serving(RIGHT) as chat:
        reading = measured(FAMILY, resources(NAMES, chat, notes), greys(21))
    assert reading is not None
    spi = 0.5 * ((1 - 5 * 1 / 4) + 1)
    assert reading.scores == {
        "intergen_kisa": 0.5,
        "intergen_sgi": 1.0,
        "intergen_spi": pytest.approx(spi),
        "intergen_kisa_spi": pytest.approx(0.5 * spi),
        "intergen_sgi_spi": pytest.approx(spi),
        "intergen_if": pytest.approx((0.5 * spi + 1.0 * spi) / 2),
    }
    written, answered, presence = range(3)
    assert not chat.pictures(written) and "a woman in red | opens | the green door" in chat.words(written)
    assert len(chat.pictures(answered)) == 5 and "written question 4?" in chat.words(answered)
    assert "- the green door" in chat.words(presence) and "from 1 to 4" in chat.words(presence)


def test_questions_that_are_given_are_not_written(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "interactions": [{**OPENS, "questions": QUESTIONS}]})
    with serving(RIGHT) as chat:
        reading = measured(FAMILY, resources(["intergen_kisa"], chat, notes), greys(6))
    assert reading is not None and reading.scores["intergen_kisa"] == 0.5
    assert len(chat.requests) == 1 and "given question 10?" in chat.words(0)


def test_frame_numbers_that_are_not_shown_are_no_answer(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "interactions": [{**OPENS, "questions": QUESTIONS}]})
    wrong = judge({"intergen_answers": ten(lambda _: "yes"), "intergen_presence": {"emerged": [0, 99], "disappeared": []}})
    with serving(wrong) as chat:
        stock = resources(NAMES, chat, notes)
        reading = measured(FAMILY, stock, greys(21))
        assert reading is not None
        _, extras = grouped(FAMILY, stock, [reading])
    assert reading.scores["intergen_kisa"] == 1.0
    assert reading.scores["intergen_spi"] is None and reading.scores["intergen_if"] is None
    assert extras["judged_interaction"]["unanswered"] == 1


def test_one_interaction_without_an_answer_leaves_the_take_without_a_share(tmp_path: Path) -> None:
    both = [{**OPENS, "questions": QUESTIONS}, {**OPENS, "verb": "shuts", "questions": ["shuts?"] * 10}]
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "interactions": both})

    def half(request: Request) -> Answer:
        return Answer("I will not say") if "shuts?" in str(request["messages"]) else RIGHT(request)

    with serving(half) as chat:
        reading = measured(FAMILY, resources(["intergen_kisa", "intergen_sgi"], chat, notes), greys(6))
    assert reading is not None and reading.scores["intergen_kisa"] is None and reading.scores["intergen_sgi"] is None


def test_one_frame_cannot_be_compared(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "a", "interactions": [OPENS]})
    with serving(RIGHT) as chat:
        reading = measured(FAMILY, resources(["intergen_spi"], chat, notes), greys(1))
    assert reading is not None and reading.scores["intergen_spi"] is None and chat.requests == []


def test_every_fifth_frame_and_the_last_are_shown_or_sixteen_of_a_long_take() -> None:
    assert places(1) == [0]
    assert places(5) == [0, 4]
    assert places(11) == [0, 5, 10]
    assert places(76) == list(range(0, 76, 5))
    long = places(100_000)
    assert len(long) == 16 and long[0] == 0 and long[-1] == 99_999


def test_shots_nobody_wrote_of_are_not_asked_about_and_nine_questions_are_wrong(tmp_path: Path) -> None:
    notes = lines(tmp_path / "notes.jsonl", {"shot": "b", "interactions": [{**OPENS, "questions": QUESTIONS[:9]}]})
    with serving(RIGHT) as chat:
        stock = resources(NAMES, chat, notes)
        assert measured(FAMILY, stock, greys(1)) is None
        with pytest.raises(RecordError, match="has 9 questions; it needs ten, or none"):
            measured(FAMILY, stock, greys(1), id="b")
