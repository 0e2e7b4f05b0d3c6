"""What cannot be meant is found, named and carried on; what is right is left alone."""

from typing import Any

import pytest

from reelkit.manifest import validation
from reelkit.manifest.records import Entry
from reelkit.manifest.validation import media_paths, validate

from .lines import entry, movie, shot


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
    monkeypatch.setattr(validation, "REMEMBERED_SHOTS", 2)
    film = [movie(), *(shot(f"s{order}", order) for order in range(1, 5))]
    assert "comes too late" in message([*film, shot("s1", 1)])
    assert message([*film, shot("s3", 3)]) == ""


def test_missing_media_is_named() -> None:
    line = shot("a", 1, takes=[{"path": "here.mp4", "shot_cache": [{"path": "gone.png"}]}])
    assert "its media file gone.png is missing" in message([movie(), line], exists="here.mp4".__eq__)
    assert list(media_paths(line.shot())) == ["here.mp4", "gone.png"]


def test_a_record_made_right_loses_its_error_and_another_stage_s_stays() -> None:
    wrong = {"type": "X", "message": "m"}
    healed = shot("a", 1, error={"stage": "validate", **wrong})
    others = shot("b", 2, error={"stage": "shot", **wrong})
    worse = shot("c", 1, error={"stage": "shot", **wrong})
    _, first, second, third = validate([movie(), healed, others, worse])
    assert first.error is None
    assert second == others and third == worse
