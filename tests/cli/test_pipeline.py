"""Every verb with the real stages behind it and a tiny model that really writes pictures and clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.cli.call import Call
from reelkit.media.video import write_video
from tests.support.tiny import TinyModels

from .conftest import MOVIE, SCENE, Result, lines, shot
from .test_plan import SCREENPLAY

Reel = Callable[..., Result]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> TinyModels:
    models = TinyModels()
    monkeypatch.setattr(Call, "models", lambda call: models)
    return models


def test_a_screenplay_becomes_a_film(reel: Reel, tiny: TinyModels, tmp_path: Path) -> None:
    result = reel("plan", "--fps", "12", stdin=SCREENPLAY)
    shots = sum(record["kind"] == "shot" for record in result.records)
    for verb in ("keyframes", "shot", "extend"):
        result = reel(verb, stdin=result.stdout)
        assert result.status == 0, result.stderr
        assert " 0 failed" in result.stderr
    (tmp_path / "takes.jsonl").write_bytes(result.stdout)

    checked = reel("score", "--metrics", "none", "takes.jsonl")
    assert checked.status == 0, checked.stderr
    film = reel("assemble", "-o", "film.mp4", "takes.jsonl")
    assert film.status == 0, film.stderr
    assert (tmp_path / "film.mp4").stat().st_size > 0
    assert film.records[-1]["kind"] == "cut"

    (row,) = reel("status", "-q", "takes.jsonl").records
    assert (row["shots"], row["takes"], row["finished"], row["missing"]) == (shots, shots, shots, 0)


def test_a_second_run_makes_nothing_and_why_says_so(reel: Reel, tiny: TinyModels, tmp_path: Path) -> None:
    plan = reel("plan", stdin=SCREENPLAY).stdout
    (tmp_path / "takes.jsonl").write_bytes(reel("shot", stdin=plan).stdout)
    made = len(tiny.requests)
    assert made > 0
    assert reel("shot", "takes.jsonl").status == 0
    assert len(tiny.requests) == made
    would = reel("shot", "--dry-run", "--steps", "9", "takes.jsonl")
    assert would.stderr.count("would make") == made
    assert would.stdout == (tmp_path / "takes.jsonl").read_bytes()
    assert len(tiny.requests) == made

    (tmp_path / "reel.toml").write_text("[shot]\nsteps = 9\n")
    stale = [row for row in reel("why", "s01-001", "takes.jsonl").records if row["stage"] == "shot"]
    assert [change["part"] for change in stale[0]["changes"]] == ["steps"]


def test_clean_lists_and_then_deletes(reel: Reel, tiny: TinyModels, tmp_path: Path) -> None:
    plan = reel("plan", stdin=SCREENPLAY).stdout
    (tmp_path / "old.jsonl").write_bytes(reel("shot", stdin=plan).stdout)
    (tmp_path / "new.jsonl").write_bytes(reel("shot", "--seed", "5", stdin=plan).stdout)
    clips = set((tmp_path / "media").rglob("*.mp4"))
    both = {Path(row["path"]) for row in reel("clean", "--min-age", "0", "old.jsonl", "new.jsonl").records}
    assert not both & clips
    listed = {Path(row["path"]) for row in reel("clean", "--min-age", "0", "new.jsonl").records}
    assert listed & clips
    assert all(path.exists() for path in listed)
    assert {Path(row["path"]) for row in reel("clean", "--min-age", "0", "--yes", "new.jsonl").records} == listed
    assert not any(path.exists() for path in listed)
    broken = (tmp_path / "new.jsonl").read_bytes() + b"not a record\n"
    (tmp_path / "new.jsonl").write_bytes(broken)
    assert reel("clean", "--min-age", "0", "--yes", "new.jsonl").status == 3


def test_a_model_that_is_not_there_is_status_4(reel: Reel, tiny: TinyModels) -> None:
    plan = reel("plan", stdin=SCREENPLAY).stdout
    result = reel("shot", "--model", "absent", stdin=plan)
    assert (result.status, "no model is called absent" in result.stderr) == (4, True)


def test_shards_merge_into_what_one_run_gives(reel: Reel, tiny: TinyModels, tmp_path: Path) -> None:
    stills = reel("keyframes", stdin=reel("plan", stdin=SCREENPLAY).stdout).stdout
    whole = reel("shot", stdin=stills)
    for part in ("1/2", "2/2"):
        (tmp_path / f"{part[0]}.jsonl").write_bytes(reel("shot", "--shard", part, stdin=stills).stdout)
    merged = reel("merge", "1.jsonl", "2.jsonl")
    assert {identity(record): record for record in merged.records} == {
        identity(record): record for record in whole.records
    }
    orders = [record["order"] for record in merged.records if record["kind"] == "shot"]
    assert orders == sorted(orders)


def identity(record: dict[str, Any]) -> tuple[str, str]:
    return record["kind"], record["id"]


def test_score_lists_its_metrics(reel: Reel) -> None:
    assert "all_consistency" in {row["name"] for row in reel("score", "--list", "-q").records}
    assert reel("score", "--list", terminals=["stdin", "stdout"]).stderr.split()[0] == "filmweaver"


def test_score_shows_its_table_to_people_and_to_who_asks(reel: Reel, tmp_path: Path) -> None:
    film = lines(MOVIE, SCENE, shot(1, takes=[{"key": "k", "path": "a.mp4"}]))
    (tmp_path / "media").mkdir()
    write_video(tmp_path / "media" / "a.mp4", np.zeros((48, 32, 32, 3), np.uint8), 24)
    words = ("score", "--metrics", "duration_error")
    plain = reel(*words, stdin=film)
    assert plain.status == 0 and "duration_error" not in plain.stderr
    shown = [reel(*words, "--verbose", stdin=film), reel(*words, stdin=film, terminals=["stderr"])]
    for result in shown:
        table = result.stderr[result.stderr.index("movie       scene") :].splitlines()
        assert [row.split() for row in table[:3]] == [
            ["movie", "scene", "shots", "duration_error"],
            ["lighthouse", "s01", "1", "0.00"],
            ["lighthouse", "film", "1", "0.00"],
        ]
        assert result.stdout == plain.stdout
    quiet = reel(*words, "-q", stdin=film, terminals=["stderr"])
    assert "duration_error" not in quiet.stderr


def test_dry_runs_of_score_and_assemble(reel: Reel) -> None:
    plan = reel("plan", stdin=SCREENPLAY)
    shots = sum(record["kind"] == "shot" for record in plan.records)
    for words in (["score", "--metrics", "duration_error"], ["assemble", "-o", "film.mp4"]):
        result = reel(*words, "--dry-run", stdin=plan.stdout)
        assert result.stdout == plan.stdout
        assert f"{shots} shots" in result.stderr
