"""A line keeps every byte a stage does not speak of, and its typed view says what is wrong where."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import RecordError
from reelkit.manifest.records import RECORDS, Chunk, Entry, Keyframe, Shot, Take

from .lines import entry, read, shot

LINE = (
    '{"zoom":1.50,"kind":"shot","id":"s01-001","movie":"film","seconds":4.0,"note":{"b": 1, "a":[1E2]},'
    '"takes":[{"key":"k1","frames":48,"rating":5.0},{"mine":"x","key":"k2"}],"with":{"steps":30}}'
)


def test_a_line_that_nothing_changed_is_verbatim() -> None:
    assert entry(LINE).encode().decode() == LINE


def test_replace_sets_a_field_in_its_place_and_leaves_the_rest_verbatim() -> None:
    changed = entry(LINE).replace(seconds=5.0, prompt="new")
    expected = LINE.replace('"seconds":4.0', '"seconds":5.0')[:-1] + ',"prompt":"new"}'
    assert changed.encode().decode() == expected


def test_an_equal_value_keeps_its_text() -> None:
    assert entry(LINE).replace(seconds=4.0, zoom=1.5).encode().decode() == LINE


def test_unknown_fields_inside_takes_survive_a_stage_that_adds_and_changes_takes() -> None:
    line = entry(LINE)
    first, second = line.shot().takes
    changed = line.replace(takes=[Take(key="k0"), first, msgspec.structs.replace(second, locked=True)])
    new, kept, locked = json.loads(changed.encode())["takes"]
    assert new["key"] == "k0" and new["width"] == 832
    assert kept == {"key": "k1", "frames": 48, "rating": 5.0}
    assert locked == {"mine": "x", "key": "k2", "locked": True}
    assert b'{"key":"k1","frames":48,"rating":5.0}' in changed.encode()


def test_a_take_that_is_taken_away_is_gone() -> None:
    line = entry(LINE)
    changed = line.replace(takes=[line.shot().takes[1]])
    assert json.loads(changed.encode())["takes"] == [{"mine": "x", "key": "k2"}]


def test_scores_keep_the_text_of_the_others() -> None:
    line = entry('{"kind":"shot","id":"a","movie":"m","scores":{"clip":0.50}}')
    changed = line.replace(scores={**line.shot().scores, "flow": np.float32(0.25)})
    assert changed.encode().decode().endswith('"scores":{"clip":0.50,"flow":0.25}}')


def test_with_has_its_json_name() -> None:
    line = entry(LINE)
    assert line.shot().with_ == {"steps": 30}
    assert line.replace(with_={"steps": 8}).shot().with_ == {"steps": 8}
    assert b"with_" not in line.replace(with_={}).encode()


def test_a_path_is_written_with_slashes() -> None:
    assert b'"path":"a/b.png"' in shot("a", 1).replace(path=Path("a") / "b.png").encode()


def test_what_no_manifest_can_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="no place in a record"):
        shot("a", 1).replace(note=object())


def test_a_failure_is_set_read_and_cleared_by_its_own_stage() -> None:
    failed = shot("a", 1, error={"stage": "plan", "type": "X", "message": "m", "extra": 1})
    failed = failed.fail("shot", RecordError("no frames"))
    assert failed.error is not None
    assert json.loads(failed.encode())["error"] == {
        "stage": "shot",
        "type": "RecordError",
        "message": "no frames",
    }
    assert failed.failed_elsewhere("score") and not failed.failed_elsewhere("shot")
    assert failed.clear_error("score") is failed
    assert failed.clear_error("shot").error is None


def test_an_error_of_another_shape_still_counts_as_one() -> None:
    assert shot("a", 1, error="by hand").failed_elsewhere("shot")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"seconds": -1}, "`seconds`: Expected `float` > 0"),
        ({"seconds": 0}, "`seconds`: Expected `float` > 0"),
        ({"seconds": "4"}, "`seconds`: Expected `float`, got `str`"),
        ({"beats": [{"prompt": "x", "seconds": -2}]}, "`beats[0].seconds`: Expected `float` > 0"),
        ({"takes": None}, "`takes`: Expected `array`, got `null`"),
        ({"pick": 2**53}, "`pick`: Expected `int` <= 9007199254740991"),
        ({"takes": [{"chunks": [{"seed": 1}]}]}, "`takes[0].chunks[0]`: Object missing required field `key`"),
        ({"movie": "No/Film"}, "`movie`: Expected `str` matching regex"),
        ({"movie": "film\n"}, "`movie`: Expected `str` matching regex"),
    ],
)
def test_a_wrong_record_names_line_record_field_and_reason(fields: dict[str, Any], reason: str) -> None:
    wrong = entry({"kind": "shot", "id": "s1", "movie": "film", **fields})
    with pytest.raises(RecordError) as caught:
        wrong.shot()
    assert str(caught.value).startswith("film.jsonl:1: shot ")
    assert reason in str(caught.value)


def test_a_number_beyond_floats_is_wrong_where_it_is_used_and_verbatim_where_it_is_not() -> None:
    line = entry('{"kind":"shot","id":"a","movie":"m","far":1e999,"seconds":4}')
    assert line.shot().seconds == 4.0
    assert b'"far":1e999' in line.replace(seconds=5).encode()
    with pytest.raises(RecordError, match="`seconds`"):
        entry('{"kind":"shot","id":"a","movie":"m","seconds":1e999}').shot()


@pytest.mark.parametrize("id", ["a" * 65, "A", "a_b", "a/b", "..", "é", "a\n", "a\0"])
def test_ids_that_could_not_name_a_folder_are_wrong(id: str) -> None:
    with pytest.raises(RecordError, match="`id`"):
        entry({"kind": "movie", "id": id}).movie_record()


def test_the_picked_take_is_the_one_picked_else_the_first() -> None:
    takes = [Take(key="a"), Take(key="b")]
    assert Shot("s", "m", takes=takes, pick=1).picked == takes[1]
    assert Shot("s", "m", takes=takes).picked == takes[0]
    assert Shot("s", "m", takes=takes, pick=7).picked == takes[0]
    assert Shot("s", "m").picked is None


def test_every_kind_of_record_goes_round() -> None:
    for kind, record in RECORDS.items():
        fields = {"id": "x"} if kind == "movie" else {"id": "x", "movie": "film"}
        made = record(**fields)
        line = Entry.of(made, "plan:1")
        assert (line.kind, line.id, line.where) == (kind, "x", "plan:1")
        assert line.movie == ("x" if kind == "movie" else "film")
        assert line.view(record) == made


def test_a_full_shot_goes_round() -> None:
    made = Shot(
        "s1",
        "film",
        order=3,
        keyframes=[Keyframe("film/s1/k.png", role="start", key="k")],
        takes=[Take(key="t", chunks=[Chunk("c", mode=3, seed=2**48 - 1, frames=17)], mode=3)],
        pick=0,
        with_={"steps": 12},
    )
    assert Entry.of(made).shot() == made


def test_importing_the_records_is_light() -> None:
    code = (
        "import sys, reelkit.manifest.merge, reelkit.manifest.validation, reelkit.manifest.schema;"
        "print([m for m in ('numpy', 'torch', 'rich', 'av') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(min_size=1), json_values, max_size=6),
    st.booleans(),
    st.booleans(),
)
def test_unknown_fields_are_verbatim_and_in_order(
    unknown: dict[str, Any], ascii_only: bool, spaced: bool
) -> None:
    known = {"kind": "shot", "id": "a", "movie": "m", "seconds": 4}
    fields = {
        **{name: value for name, value in unknown.items() if name not in known and name != "prompt"},
        **known,
    }
    separators = (", ", ": ") if spaced else (",", ":")
    line = json.dumps(fields, ensure_ascii=ascii_only, separators=separators)
    (parsed,), rejects = read(line.encode())
    assert not rejects
    changed = parsed.replace(prompt="new").fail("shot", ValueError("x")).clear_error("shot")
    assert list(json.loads(changed.encode())) == [*fields, "prompt", "error"]
    for name, value in fields.items():
        text = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
        assert bytes(changed.raw[name]).decode() == text
