"""Fingerprints: what they follow, and where they are remembered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelkit.media import keys
from reelkit.models.catalogue import fingerprint


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_hashed", {})
    monkeypatch.setattr(keys, "_read", {})


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "HOME"])
def test_a_later_process_need_not_read_the_weights(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative" if variable == "HOME" else str(tmp_path / "home" / ".cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    forget(monkeypatch)
    first = fingerprint(weights)
    assert len((tmp_path / "home/.cache/reelkit/fingerprints.json").read_text().splitlines()) == 2
    state = (weights / "model.safetensors").stat()
    (weights / "model.safetensors").write_bytes(b"WEIGHTS")
    os.utime(weights / "model.safetensors", ns=(state.st_atime_ns, state.st_mtime_ns))
    forget(monkeypatch)
    assert fingerprint(weights) == first
    (weights / "model.safetensors").write_bytes(b"other weights")
    assert fingerprint(weights) != first


def test_a_cache_that_cannot_be_written_is_no_harm(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    known = fingerprint(weights)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    forget(monkeypatch)
    assert fingerprint(weights) == known
