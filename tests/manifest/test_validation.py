"""What cannot be meant is found, named and carried on; what is right is left alone."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from reelkit.errors import RecordError
from reelkit.manifest import order
from reelkit.manifest.context import Context
from reelkit.manifest.order import ShotOrder
from reelkit.manifest.records import Entry
from reelkit.manifest.validation import Validator, media_paths

from .lines import entry, movie, shot


def validate(
    entries: Iterable[Entry], stage: str = "score", exists: Callable[[str], bool] | None = None
) -> Iterator[Entry]:
    """The entries as a stage that only validates lets them go."""
    context = Context()
    validator = Validator(context, exists)
    for one in entries:
        context.observe(one)
        try:
            validator.check(one)
        except RecordError as exc:
            yield one.fail(stage, exc)
        else:
            yield one


def message(entries: list[Entry], **options: Any) -> str:
    """The error of the last entry, or nothing."""
    error = list(validate(entries, **options))[-1].error
    return error.message if error else ""


def test_right_records_pass_untouched() -> None:
    right = [
        movie(),
        shot("a", 1, seconds=4, beats=[{"seconds": 1.5}, {"seconds": 2.5}], takes=[{"key": "k"}], pick=0),
        shot("b", 2),
        entry({"kind": "note", "id": "Anything Goes!", "seconds": -1}),
    ]
    assert list(validate(right)) == right


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"seconds": -4}, "`seconds`: Expected `float` > 0"),
        ({"beats": [{"seconds": 1}]}, "its beats last 1 s together, and the shot 4 s"),
        ({"pick": 0}, "it picks take 0 of 0"),
        ({"takes": [{"path": "a\0b"}]}, "holds a null byte"),
    ],
)
def test_a_wrong_shot_travels_on_with_its_reason(fields: dict[str, Any], reason: str) -> None:
    wrong = shot("a", 1, kept="yes", **fields)
    _, checked = validate([movie(), wrong], stage="score")
    assert checked.error is not None
    assert (checked.error.stage, checked.error.type) == ("score", "RecordError")
    assert checked.error.message.startswith("film.jsonl:1: shot film/a: ")
    assert reason in checked.error.message
    assert bytes(checked.raw["kept"]) == b'"yes"'


def test_a_shot_needs_its_movie_before_it() -> None:
    assert "its movie film has no record before it" in message([shot("a", 1)])
    assert "no record before it" in message([entry({"kind": "scene", "id": "s", "movie": "none"})])


def test_order_rises_within_a_movie() -> None:
    film = [movie(), movie("other"), shot("a", 5)]
    assert message([*film, shot("b", 6)]) == ""
    assert message([*film, shot("b", 1, "other")]) == ""
    assert "its order 4 comes too late: after shot a (5)" in message([*film, shot("b", 4)])
    assert "its order 5 repeats the order of shot a" in message([*film, shot("b", 5)])


def test_a_repeat_is_not_out_of_order() -> None:
    assert message([movie(), shot("a", 1), shot("b", 2), shot("a", 1)]) == ""


def test_only_so_many_shots_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "REMEMBERED_SHOTS", 2)
    film = [movie(), *(shot(f"s{order}", order) for order in range(1, 5))]
    assert "comes too late" in message([*film, shot("s1", 1)])
    assert message([*film, shot("s3", 3)]) == ""


def test_missing_media_is_named() -> None:
    line = shot("a", 1, takes=[{"path": "here.mp4", "shot_cache": [{"path": "gone.png"}]}])
    assert "its media file gone.png is missing" in message([movie(), line], exists="here.mp4".__eq__)
    assert list(media_paths(line.shot())) == ["here.mp4", "gone.png"]


def test_where_shots_stand_together_a_repeat_and_an_interleaved_movie_are_out_of_order() -> None:
    places = [("a", 1, "film"), ("b", 2, "film"), ("b", 2, "film"), ("c", 1, "other"), ("d", 3, "film")]
    found: dict[bool, list[str | None]] = {}
    for together in (False, True):
        held = ShotOrder(together=together)
        found[together] = []
        for id, number, name in places:
            one = shot(id, number, name).shot()
            found[together].append(problem := held.problem(one))
            if problem is None:
                held.passed(one)
    assert found[False] == [None] * 5
    assert [problem is None for problem in found[True]] == [True, True, False, True, False]
    assert found[True][4] == "the shots of film are not together; `reel merge` sorts shots"
