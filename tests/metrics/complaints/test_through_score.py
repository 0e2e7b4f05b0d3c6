"""The family on theatre films through `reel score`, from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.truth.changes import CHANGES
from bench.truth.films import Film, Made, film
from reelkit.manifest.records import Entry
from reelkit.models import open_models
from reelkit.stages.score import ScoreOptions, score

CHEAP = ("cut_inside", "colour_drift", "join_step", "frozen_motion", "flicker", "duplicate_shots", "duration_error")


@pytest.fixture(scope="module")
def shown() -> Film:
    return film(5)


def scored(shown: Film, shots: Sequence[Made], media: Path, metrics: Sequence[str]) -> list[Entry]:
    entries = [*shown.headers(media), *(Entry.of(shown.record(m, n, media)) for n, m in enumerate(shots, 1))]
    return list(score(entries, ScoreOptions(media=media, metrics=tuple(metrics)), open_models("cpu")))


def scores(entries: Sequence[Entry], kind: str) -> list[dict[str, Any]]:
    found = [entry for entry in entries if entry.kind == kind]
    return [dict(entry.shot().scores if kind == "shot" else entry.score().scores) for entry in found]


def test_a_right_film_has_nothing_to_complain_of(shown: Film, tmp_path: Path) -> None:
    for shot in scores(scored(shown, shown.shots, tmp_path, CHEAP), "shot"):
        assert (shot["cut_inside"], shot["frozen_motion"], shot["duration_error"]) == (0, 0, 0)
        assert shot["join_step"] < 2 and shot["flicker"] < 0.5


def test_repeated_takes_are_told_of_shots_scene_and_movie(shown: Film, tmp_path: Path) -> None:
    entries = scored(shown, CHANGES["repeated_take"](shown), tmp_path, CHEAP)
    assert [shot.get("duplicate_shots") for shot in scores(entries, "shot")] == [None, 100, 100, 100]
    assert [each["duplicate_shots"] for each in scores(entries, "score")] == [100, 100]


def test_clothes_that_change_inside_a_take_of_one_person_are_a_loss_of_identity(tmp_path: Path) -> None:
    alone = film(1)
    kept, lost = (
        scores(scored(alone, shots[2:3], tmp_path, ["identity_lost"]), "shot")[0]["identity_lost"]
        for shots in (alone.shots, CHANGES["clothes_in_take"](alone))
    )
    assert kept < 10
    assert lost > 30
