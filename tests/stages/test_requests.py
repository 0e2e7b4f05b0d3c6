"""How the weights are loaded and run: what of it counts in a key, and what the loader is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from reelkit.media.keys import file_key
from reelkit.stages.making import _weights
from reelkit.stages.options import StageOptions
from reelkit.stages.requests import settled, weights_keys
from reelkit.stages.shot import shot
from tests.support.film import film, shots
from tests.support.tiny import TinyModels


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "look.safetensors").write_bytes(b"weights")
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    (tmp_path / "ratios.json").write_text("[1.0]")
    return tmp_path


def keys(**options: Any) -> dict[str, Any]:
    return weights_keys(StageOptions(**options))


def test_files_count_by_their_content_and_strength(folder: Path) -> None:
    look = file_key(folder / "look.safetensors")
    assert keys(lora=("look.safetensors", "look.safetensors:0.5", "gone"))["lora"] == (look, f"{look}:0.5", "gone")
    assert keys(quantisation="gguf:small.gguf")["quantisation"] == f"gguf:{file_key(folder / 'small.gguf')}"
    assert keys(quantisation="nf4")["quantisation"] == "nf4"
    ratios = file_key(folder / "ratios.json")
    assert keys(step_cache="magcache:ratios.json:0.1")["step_cache"] == f"magcache:{ratios}:0.1"


def test_a_step_cache_counts_by_what_it_does_and_not_by_how_it_is_typed(folder: Path) -> None:
    assert keys(step_cache="fbc") == keys(step_cache="fbc:0.05") == keys(step_cache="fbc:5e-2")
    assert keys(step_cache="fbc") != keys(step_cache="fbc:0.1") != keys(step_cache="taylorseer")
    assert keys(step_cache="later")["step_cache"] == "later"


def test_of_the_kernels_only_lossy_ones_count(folder: Path) -> None:
    assert keys(attention="sage")["attention"] == "sage"
    assert keys(attention="flash")["attention"] is keys()["attention"] is msgspec.UNSET


def test_what_changes_no_picture_is_no_part_of_a_key(tmp_path: Path) -> None:
    from reelkit.stages.options import ShotOptions

    def key(**options: Any) -> str:
        done = shot(film()[:6], ShotOptions(media=tmp_path, **options), TinyModels())
        return shots(list(done))["s01-001"].takes[0].key

    running = {"offload": "group", "attention": "flash", "compile": True, "context_parallel": 2}
    assert key() == key(**running)


def test_the_loader_is_told_where_files_lie_and_nothing_that_was_not_asked(folder: Path) -> None:
    assert set(_weights(StageOptions()).values()) == {None}
    options = StageOptions(
        lora=("look.safetensors:0.5", "gone"), quantisation="gguf:small.gguf", offload="group", compile=True,
        context_parallel=2, attention="flash", step_cache="magcache:ratios.json",
    )
    assert _weights(options) == {
        "lora": [f"{folder}/look.safetensors:0.5", "gone"],
        "quantisation": f"gguf:{folder}/small.gguf",
        "step_cache": f"magcache:{folder}/ratios.json",
        "offload": "group",
        "attention": "flash",
        "compile": True,
        "context_parallel": 2,
    }


def test_a_shot_may_ask_for_its_own() -> None:
    mine = settled(StageOptions(), {"offload": "leaf", "attention": "sage", "lora": ["x:0.5"]})
    assert (mine.offload, mine.attention, mine.lora) == ("leaf", "sage", ("x:0.5",))
