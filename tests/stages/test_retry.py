"""`reel shot --retry-until-pass`: only what no take passed is drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reelkit.manifest.records import Entry, Shot
from reelkit.stages.options import ShotOptions
from reelkit.stages.score import ScoreOptions, score
from reelkit.stages.shot import shot
from tests.support.film import film
from tests.support.tiny import TinyModels

METRIC = "all_alignment"
"""With tiny models every seed has another picture, and so another number."""


def shoot(manifest: list[Entry], media: Path, models: TinyModels | None = None, **options: Any) -> list[Entry]:
    return list(shot(manifest, ShotOptions(media=media, **options), models or TinyModels()))


def judge(manifest: list[Entry], media: Path, gate: str) -> list[Entry]:
    return list(score(manifest, ScoreOptions(media=media, metrics=(METRIC,), gates=(gate,)), TinyModels()))


def shots(manifest: list[Entry]) -> dict[str, Shot]:
    """The shots by id, those with an error too."""
    return {entry.id: entry.shot() for entry in manifest if entry.kind == "shot"}


def attempts(media: Path, name: str, count: int) -> list[float]:
    """What each of so many attempts at a shot scores."""
    out = list(
        score(
            shoot(film(), media, takes=count),
            ScoreOptions(media=media, metrics=(METRIC,), all_takes=True),
            TinyModels(),
        )
    )
    return [take.scores[METRIC] for take in shots(out)[name].takes]


def between(values: list[float], lost: int) -> float:
    """A threshold that the first `lost` miss and a later one meets; the test has none to show where there is none."""
    least, best = max(values[:lost]), max(values[lost:])
    if best <= least:
        pytest.skip("no later attempt is better")
    return (least + best) / 2


def test_takes_are_judged_at_once_and_rounds_end_with_the_first_that_passes(tmp_path: Path) -> None:
    values = attempts(tmp_path / "all", "s01-001", 6)
    threshold = between(values, 2)
    first = next(index for index, value in enumerate(values) if value >= threshold)
    out = shots(shoot(film(), tmp_path / "gated", takes=2, retry_until_pass=2, gates=(f"{METRIC}>={threshold}",)))
    one = out["s01-001"]
    assert one.error is None and len(one.takes) == 2 * (first // 2 + 1)
    picked = one.picked
    assert picked is not None and picked.gate is not None and picked.gate.passed
    assert [take.gate.passed for take in one.takes if take.gate][:2] == [False, False]


def test_rounds_that_are_used_up_are_a_failure_that_keeps_every_take(tmp_path: Path) -> None:
    gate = (f"{METRIC}>=1000",)
    out = shoot(film(), tmp_path, takes=2, retry_until_pass=1, gates=gate)
    for one in shots(out).values():
        assert len(one.takes) == 4
        assert one.error is not None and (one.error.stage, one.error.type) == ("shot", "GateError")
        assert "2 rounds" in one.error.message
    again = TinyModels()
    assert shoot(out, tmp_path, again, takes=2, retry_until_pass=1, gates=gate) == out
    assert again.requests == []


def test_without_rounds_a_gate_only_picks(tmp_path: Path) -> None:
    out = shots(shoot(film(), tmp_path, takes=3, gates=(f"{METRIC}>=-1000",)))
    one = out["s01-001"]
    values = attempts(tmp_path, one.id, 3)
    assert len(one.takes) == 3 and one.pick == values.index(max(values))


def test_a_verdict_in_the_manifest_brings_one_round_and_what_passed_is_not_touched(tmp_path: Path) -> None:
    made = shoot(film(), tmp_path)
    values = shots(judge(made, tmp_path, f"{METRIC}>=-1000")).values()
    threshold = sorted(one.scores[METRIC] for one in values)[1]
    scored = judge(made, tmp_path, f"{METRIC}>{threshold}")
    before = shots(scored)
    refused = {name for name, one in before.items() if one.error is not None}
    assert len(refused) == 2
    models = TinyModels()
    after = shots(shoot(scored, tmp_path, models, retry_until_pass=2))
    drawn = {Path(request.out).parent.name for request in models.requests}
    assert refused <= drawn
    for name, one in after.items():
        if name in refused:
            assert one.error is None
            assert [take.key for take in one.takes][: len(before[name].takes)] == [take.key for take in before[name].takes]
            assert len(one.takes) > len(before[name].takes) and one.takes[one.pick or 0].gate is None
        elif name not in drawn:
            assert one == before[name]


def test_rounds_in_the_manifest_end_too(tmp_path: Path) -> None:
    gate = f"{METRIC}>=1000"
    manifest = shoot(film(), tmp_path)
    for takes in (2, 3, 3):
        manifest = shoot(judge(manifest, tmp_path, gate), tmp_path, retry_until_pass=2)
        assert len(shots(manifest)["s01-001"].takes) == takes
    error = shots(manifest)["s01-001"].error
    assert error is not None and error.stage == "score"


def test_without_the_option_a_refused_shot_passes_as_it_is(tmp_path: Path) -> None:
    scored = judge(shoot(film(), tmp_path), tmp_path, f"{METRIC}>=1000")
    models = TinyModels()
    assert shoot(scored, tmp_path, models) == scored
    assert models.requests == []
