"""A context knows the headers that have passed and nothing else."""

import pytest

from reelkit.errors import RecordError
from reelkit.manifest.context import Context

from .lines import entry, movie, shot


def context() -> Context:
    made = Context()
    for line in (
        movie(fps=12),
        {"kind": "character", "id": "mara", "movie": "film", "name": "Mara"},
        {"kind": "character", "id": "tom", "movie": "film", "name": "Tom"},
        {"kind": "character", "id": "mara", "movie": "other", "name": "Another Mara"},
        {"kind": "scene", "id": "s01", "movie": "film", "place": "lighthouse"},
    ):
        made.observe(entry(line) if isinstance(line, dict) else line)
    return made


def test_headers_are_answered_by_movie() -> None:
    known = context()
    assert known.movie("film").fps == 12.0
    assert known.has_movie("film") and not known.has_movie("other")
    assert known.movies() == ["film"]
    assert [one.name for one in known.characters("film").values()] == ["Mara", "Tom"]
    assert known.characters("none") == {} and known.scenes("none") == {}
    scene = known.scene("film", "s01")
    assert scene is not None and scene.place == "lighthouse"
    assert known.scene("film", "s02") is None and known.scene("film", None) is None
    assert list(known.scenes("film")) == ["s01"]


def test_a_missing_movie_is_the_record_s_error() -> None:
    with pytest.raises(RecordError, match="movie nowhere has no record before this one"):
        Context().movie("nowhere")


def test_the_last_header_stands() -> None:
    known = context()
    known.observe(movie(fps=25))
    assert known.movie("film").fps == 25.0


def test_a_wrong_header_is_told_to_who_asks_and_not_before() -> None:
    known = context()
    known.observe(movie("bad", fps=-1))
    with pytest.raises(RecordError, match=r"film.jsonl:1: movie bad: `fps`"):
        known.movie("bad")


def test_the_cast_of_a_shot_comes_in_its_order() -> None:
    line = shot("a", 1, characters=["tom", "ghost", "mara"])
    assert [one.name for one in context().cast(line.shot())] == ["Tom", "Mara"]


def test_shots_are_not_kept() -> None:
    known = context()
    before = {name: repr(value) for name, value in vars(known).items()}
    known.observe(shot("a", 1))
    assert {name: repr(value) for name, value in vars(known).items()} == before
