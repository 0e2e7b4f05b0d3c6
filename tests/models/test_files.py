"""Options whose text names a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelkit.media.keys import file_key
from reelkit.models.files import Named, keyed, located, named


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name in ("soft.safetensors", "a:0.5", "transformer=odd", "small.gguf", "nf4"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        ("lora", "soft.safetensors", Named("", "soft.safetensors", None)),
        ("lora", "soft.safetensors:0.8", Named("", "soft.safetensors", 0.8)),
        ("lora", "transformer_2=soft.safetensors:-1", Named("transformer_2=", "soft.safetensors", -1.0)),
        ("lora", "a:0.5", Named("", "a:0.5", None)),
        ("lora", "a:0.5:2", Named("", "a:0.5", 2.0)),
        ("lora", "transformer=odd", Named("", "transformer=odd", None)),
        ("lora", "gone:nan", Named("", "gone:nan", None)),
        ("quantisation", "gguf:small.gguf", Named("gguf:", "small.gguf", None)),
        ("quantisation", "gguf:a:0.5", Named("gguf:", "a:0.5", None)),
        ("quantisation", "nf4", None),
        ("step_cache", "fbc:0.1", None),
        ("step_cache", "magcache:r.json:0.1", Named("magcache:", "r.json", 0.1)),
    ],
)
def test_text_is_taken_apart(folder: Path, option: str, text: str, expected: Named | None) -> None:
    assert named(option, text) == expected


def test_a_file_is_found_in_a_folder_and_what_stands_around_it_stays(folder: Path) -> None:
    assert located("lora", "transformer_2=soft.safetensors:0.80", folder) == (
        f"transformer_2={folder}/soft.safetensors:0.80"
    )
    assert located("lora", "a:0.5", folder) == f"{folder}/a:0.5"
    assert located("quantisation", "gguf:small.gguf", folder) == f"gguf:{folder}/small.gguf"
    for option, text in (("lora", "hub/name"), ("quantisation", "nf4"), ("quantisation", "gguf:"), ("lora", "")):
        assert located(option, text, folder) == text


def test_a_file_counts_by_its_content_and_its_strength(folder: Path) -> None:
    content = file_key(folder / "soft.safetensors")
    assert keyed("lora", "soft.safetensors") == keyed("lora", f"{folder}/soft.safetensors:1.0") == content
    assert keyed("lora", "unet=soft.safetensors:0.5") == f"unet={content}:0.5"
    assert keyed("lora", "hub/name") == "hub/name" and keyed("lora", str(folder)) == str(folder)
    assert keyed("quantisation", "gguf:small.gguf") == f"gguf:{file_key(folder / 'small.gguf')}"
    assert keyed("quantisation", "nf4") == "nf4"
    before = keyed("quantisation", f"gguf:{folder}")
    (folder / "transformer_2.gguf").write_bytes(b"GGUF")
    assert keyed("quantisation", f"gguf:{folder}") != before
