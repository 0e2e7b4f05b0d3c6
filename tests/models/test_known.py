"""The catalogue: every entry is run by a family here, and what is absent says how to get it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reelkit.errors import UnavailableError
from reelkit.models import catalogue
from reelkit.models.facts import describe
from reelkit.models.family import families
from reelkit.models.known import Known, known, revision_of, snapshot
from tests.support.checkpoints import wan

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def fetched(hub: Path, repository: str, revision: str = SHA) -> Path:
    folder = hub / f"models--{repository.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    (folder / "refs" / "main").write_text(revision)
    wan.wan21(folder / "snapshots" / revision)
    return folder / "snapshots" / revision


@pytest.mark.parametrize(("name", "entry"), known().items(), ids=known())
def test_every_entry_is_run_by_a_family_and_says_what_it_is(name: str, entry: Known) -> None:
    assert entry.pipeline in families()
    assert entry.licence and entry.modes and entry.denoiser > 0 and entry.layers and entry.width
    assert entry.repository.count("/") == 1 and name == name.lower()
    assert entry.download_gb >= entry.denoiser


def test_a_missing_model_says_where_it_was_looked_for_and_how_to_get_it(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnavailableError) as told:
        catalogue.locate("wan-vace-14b")
    for part in (str(hub), "hf download Wan-AI/Wan2.1-VACE-14B-diffusers", "GB", "Apache-2.0", "--model PATH"):
        assert part in str(told.value)
    assert "OFFLINE" not in str(told.value)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UnavailableError, match="HF_HUB_OFFLINE is set here"):
        catalogue.locate("wan-vace-14b")


def test_a_near_miss_is_named() -> None:
    with pytest.raises(UnavailableError, match=r"did you mean 'wan-vace-14b'\?"):
        catalogue.locate("wan-vace14b")


def test_what_the_hub_s_client_fetched_is_found_by_name_and_by_repository(hub: Path) -> None:
    folder = fetched(hub, "Wan-AI/Wan2.1-T2V-1.3B-Diffusers")
    assert catalogue.locate("wan-2.1-t2v-1.3b") == folder
    assert catalogue.locate("Wan-AI/Wan2.1-T2V-1.3B-Diffusers") == folder
    assert catalogue.fingerprint(folder) == SHA, "the hub's own revision, without reading the weights"
    assert revision_of(folder / "vae") is None
    assert snapshot("nobody/nothing") is None


def test_the_newest_revision_counts_where_no_branch_says(hub: Path) -> None:
    folder = fetched(hub, "a/b")
    (hub / "models--a--b" / "refs" / "main").unlink()
    assert snapshot("a/b") == folder


def test_a_model_is_described_from_its_files_where_they_are_here(hub: Path) -> None:
    absent = describe("wan-2.1-t2v-1.3b", 2)
    assert not absent.here and absent.facts.denoiser == int(1.42e9) * 2 and absent.steps == 50
    folder = fetched(hub, "Wan-AI/Wan2.1-T2V-1.3B-Diffusers")
    present = describe("wan-2.1-t2v-1.3b", 2)
    weights = json.loads((folder / "transformer" / "config.json").read_text())
    assert present.here and present.facts.layers == weights["num_layers"] == 2
    assert present.facts.width == 24 and present.facts.space == 16 and present.facts.time == 4
    half, whole = (describe("wan-2.1-t2v-1.3b", size).facts.denoiser for size in (2, 4))
    assert 0 < half * 2 == whole < 1e6


def test_the_embedded_model_has_facts_too() -> None:
    found = describe("embedded", 4)
    assert found.here and found.steps > 0 and found.facts.denoiser > 1e6 and found.facts.text > 1e5
