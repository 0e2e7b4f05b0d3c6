"""Where a batch stands, and what of its media may go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelkit.errors import RecordError
from reelkit.manifest.records import Entry
from reelkit.stages.clean import clean
from reelkit.stages.extend import extend
from reelkit.stages.keyframes import keyframes
from reelkit.stages.options import CleanOptions, ExtendOptions, KeyframesOptions, ShotOptions
from reelkit.stages.shot import shot
from reelkit.stages.status import status
from tests.support.film import entries, film, media_hashes, shots, through_jq
from tests.support.tiny import TinyModels


def make(manifest: list[Entry], media: Path) -> list[Entry]:
    stills = keyframes(manifest, KeyframesOptions(media=media), TinyModels())
    takes = shot(stills, ShotOptions(media=media), TinyModels())
    return list(extend(takes, ExtendOptions(media=media), TinyModels()))


def test_status_counts_a_movie_at_each_stage(tmp_path: Path) -> None:
    (row,) = status(film(), tmp_path)
    assert (row.movie, row.title, row.shots, row.takes, row.finished) == (
        "lighthouse", "The Lighthouse", 4, 0, 0
    )  # fmt: skip
    assert row.planned_seconds == 8.0
    done = make(film(), tmp_path)
    (row,) = status(done, tmp_path)
    assert (row.keyframes, row.takes, row.finished, row.missing) == (4, 4, 4, 0)
    assert row.made_seconds == pytest.approx((25 + 61 + 13 + 97) / 24)
    (tmp_path / shots(done)["s01-001"].takes[0].path).unlink()
    failed = through_jq(done, s02_001={"error": {"stage": "shot", "type": "RecordError", "message": "x"}})
    (row,) = status(failed, tmp_path)
    assert (row.missing, row.failed, row.errors) == (1, 1, {"shot": 1})


def test_status_gives_a_row_a_movie(tmp_path: Path) -> None:
    assert [row.movie for row in status([*film("one"), *film("two")])] == ["one", "two"]


def test_clean_lists_what_an_edit_left_behind_and_deletes_only_when_asked(tmp_path: Path) -> None:
    old = make(film(), tmp_path)
    new = make(film(s02_002={"prompt": "Mara sleeps."}), tmp_path)
    (tmp_path / "lighthouse" / "s02-002" / "notes.json").write_text("{}")
    every = media_hashes(tmp_path)
    assert list(clean([*old, *new], CleanOptions(media=tmp_path, min_age_seconds=0))) == []
    listed = list(clean(new, CleanOptions(media=tmp_path, min_age_seconds=0)))
    gone = {file.path.relative_to(tmp_path).as_posix() for file in listed}
    assert gone and not any(file.deleted for file in listed) and media_hashes(tmp_path) == every
    last = shots(old)["s02-002"]
    assert {last.takes[0].path, last.keyframes[0].path} <= gone
    deleted = list(clean(new, CleanOptions(media=tmp_path, min_age_seconds=0, delete=True)))
    assert {file.path for file in deleted} == {file.path for file in listed}
    assert media_hashes(tmp_path).keys() == every.keys() - gone
    models = TinyModels()
    assert list(shot(new, ShotOptions(media=tmp_path), models)) == new and models.made == []


def test_clean_keeps_the_frames_by_which_later_shots_see_a_take(tmp_path: Path) -> None:
    done = list(shot(film(), ShotOptions(media=tmp_path), TinyModels()))
    assert list((tmp_path / "lighthouse" / "s01-001").glob("*.png"))
    assert list(clean(done, CleanOptions(media=tmp_path, min_age_seconds=0))) == []


def test_clean_never_touches_other_movies_or_live_writers(tmp_path: Path) -> None:
    make(film("other"), tmp_path)
    done = make(film(), tmp_path)
    fresh, stale = (tmp_path / "lighthouse" / "s01-001" / f"{c * 64}.mp4.part" for c in "ab")
    for part in (fresh, stale):
        part.write_bytes(b"x")
    os.utime(stale, (1, 1))
    assert [file.path for file in clean(done, CleanOptions(media=tmp_path, min_age_seconds=0))] == [stale]


def test_clean_leaves_what_a_running_batch_may_be_about_to_name(tmp_path: Path) -> None:
    make(film(), tmp_path)
    every = media_hashes(tmp_path)
    assert list(clean(film(), CleanOptions(media=tmp_path, delete=True))) == []
    assert media_hashes(tmp_path) == every
    chunk = next((tmp_path / "lighthouse" / "s01-001").glob("*.mp4"))
    os.utime(chunk, (1, 1))
    assert [file.path for file in clean(film(), CleanOptions(media=tmp_path, delete=True))] == [chunk]


def test_clean_reads_every_manifest_before_it_deletes_anything(tmp_path: Path) -> None:
    make(film(), tmp_path)
    before = media_hashes(tmp_path)
    broken = entries([{"kind": "shot", "id": "x", "movie": "lighthouse", "takes": "none"}])
    with pytest.raises(RecordError):
        list(clean([*film(), *broken], CleanOptions(media=tmp_path, min_age_seconds=0, delete=True)))
    assert media_hashes(tmp_path) == before
