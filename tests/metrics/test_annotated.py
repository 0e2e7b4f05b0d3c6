import os
from pathlib import Path

import msgspec
import pytest

from reelkit.errors import RecordError, UnreadableError
from reelkit.metrics.annotated import annotated


class Cuts(msgspec.Struct, frozen=True):
    shot: str
    cuts: list[int]


def notes(folder: Path, *lines: str) -> Path:
    path = folder / "notes.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_lines_without_the_field_are_left_alone_whatever_they_hold(tmp_path: Path) -> None:
    path = notes(tmp_path, '{"shot": 7, "who": ["mara"]}', "", '{"shot": "s1", "cuts": [24], "by": "me"}')
    assert annotated(path, "cuts", Cuts) == (Cuts("s1", [24]),)
    assert annotated(path, "none", Cuts) == ()


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = notes(tmp_path, '{"shot": "s1", "cuts": [24]}')
    first = annotated(path, "cuts", Cuts)
    assert annotated(path, "cuts", Cuts) is first
    notes(tmp_path, '{"shot": "s1", "cuts": [30]}')
    os.utime(path, ns=(1, 1))
    assert annotated(path, "cuts", Cuts) == (Cuts("s1", [30]),)


@pytest.mark.parametrize("line", ["cuts at 24", "[24]", '{"shot": "s1", "cuts": "24"}'])
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(RecordError, match=r"notes\.jsonl:2"):
        annotated(notes(tmp_path, '{"shot": "s0"}', line), "cuts", Cuts)


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.jsonl"):
        annotated(tmp_path / "none.jsonl", "cuts", Cuts)
