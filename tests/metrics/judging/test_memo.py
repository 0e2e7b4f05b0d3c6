"""Answers that are remembered."""

from pathlib import Path

import numpy as np

from reelkit.metrics.judging.judge import open_judge
from tests.metrics.judging.chat_server import MODEL, Answer, serving

SCHEMA = {"type": "object", "properties": {"mark": {"type": "integer"}}, "required": ["mark"]}
RED, BLUE = np.full((8, 8, 3), (220, 30, 30), np.uint8), np.full((8, 8, 3), (30, 60, 220), np.uint8)


def test_the_same_question_is_asked_once_even_by_another_process(tmp_path: Path) -> None:
    answers = [Answer('{"mark": 4}'), Answer("Yes", logprobs={"Yes": 0.6, "No": 0.2})]
    with serving(answers) as chat:
        first = open_judge(f"{chat.url}#{MODEL}", memo=tmp_path, environ={})
        said = first.ask("How good?", SCHEMA, [RED]), first.yes_probability("Is it red?", [RED])
        again = open_judge(f"{chat.url}#{MODEL}", memo=tmp_path, environ={})
        assert (again.ask("How good?", SCHEMA, [RED]), again.yes_probability("Is it red?", [RED])) == said
    assert len(chat.requests) == 2


def test_other_words_frames_schemas_and_models_are_other_questions(tmp_path: Path) -> None:
    with serving([Answer('{"mark": 4}')]) as chat:
        one = open_judge(f"{chat.url}#{MODEL}", memo=tmp_path, environ={})
        one.ask("How good?", SCHEMA, [RED])
        one.ask("How bad?", SCHEMA, [RED])
        one.ask("How good?", SCHEMA, [BLUE])
        one.ask("How good?", SCHEMA, [RED, RED])
        one.ask("How good?", {**SCHEMA, "additionalProperties": False}, [RED])
        open_judge(f"{chat.url}#other", memo=tmp_path, environ={}).ask("How good?", SCHEMA, [RED])
    assert len(chat.requests) == 6


def test_a_torn_file_is_asked_for_again(tmp_path: Path) -> None:
    with serving([Answer('{"mark": 4}'), Answer('{"mark": 5}')]) as chat:
        one = open_judge(f"{chat.url}#{MODEL}", memo=tmp_path, environ={})
        one.ask("How good?", SCHEMA)
        [path] = tmp_path.rglob("*.json")
        path.write_bytes(b'{"mark"')
        assert one.ask("How good?", SCHEMA) == {"mark": 5}
    assert path.read_bytes() == b'{"mark":5}'


def test_a_place_that_cannot_be_written_to_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with serving([Answer('{"mark": 4}')]) as chat:
        one = open_judge(f"{chat.url}#{MODEL}", memo=tmp_path / "file", environ={})
        assert one.ask("How good?", SCHEMA) == {"mark": 4}
