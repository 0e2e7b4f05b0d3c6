"""Whatever process dies, at whatever step of its writing: run again, the result is that of a quiet run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.film import dump, film, media_hashes
from tests.support.kills import VERBS, run, steps
from tests.support.tiny import TinyModels

KILLS = 20


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the manifests and media of an undisturbed run, and each verb's steps."""
    folder = tmp_path_factory.mktemp("quiet")
    (folder / "plan.jsonl").write_bytes(dump(film()[:-1]))
    source = folder / "plan.jsonl"
    for verb in VERBS:
        out = folder / f"{verb}.jsonl"
        (folder / f"{verb}.count").write_text(str(steps(verb, source, out, folder / "media", TinyModels)))
        source = out
    return folder


def test_a_finished_manifest_run_again_is_unchanged(quiet: Path, tmp_path: Path) -> None:
    before = media_hashes(quiet / "media")
    assert run(VERBS, quiet / "extend.jsonl", tmp_path / "again.jsonl", quiet / "media", TinyModels)
    assert (tmp_path / "again.jsonl").read_bytes() == (quiet / "extend.jsonl").read_bytes()
    assert media_hashes(quiet / "media") == before


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_and_run_again_equals_an_undisturbed_run(seed: int, quiet: Path, tmp_path: Path) -> None:
    dice = random.Random(seed)
    plan, out, media = quiet / "plan.jsonl", tmp_path / "out.jsonl", tmp_path / "media"
    victim = VERBS[seed % len(VERBS)]
    piped = seed % 2 == 0
    step = dice.randint(1, int((quiet / f"{victim}.count").read_text()))
    source = plan
    if piped:
        assert not run(VERBS, plan, out, media, TinyModels, victim, step)
    else:
        for verb in VERBS[: VERBS.index(victim)]:
            assert run((verb,), source, tmp_path / f"{verb}.jsonl", media, TinyModels)
            source = tmp_path / f"{verb}.jsonl"
        assert not run((victim,), source, out, media, TinyModels, victim, step)
    assert run(VERBS, plan, out, media, TinyModels)
    assert out.read_bytes() == (quiet / "extend.jsonl").read_bytes()
    assert media_hashes(media) == media_hashes(quiet / "media")
