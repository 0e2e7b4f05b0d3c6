"""Embeddings are remembered on disk, and what is broken there is embedded again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelkit.media.image import write_png
from reelkit.media.store import MediaStore
from reelkit.stages.memory import EmbeddingMemory
from tests.support.tiny import TinyModels


@pytest.mark.parametrize("remains", [b"", b"\x93NUMPY", b"no array"])
def test_a_broken_memory_is_made_again(tmp_path: Path, remains: bytes) -> None:
    picture, store, models = tmp_path / "a.png", MediaStore(tmp_path / "media"), TinyModels()
    write_png(picture, np.full((8, 8, 3), 90, np.uint8))
    first = EmbeddingMemory(models, None, store, "film")
    vector = first.images({"a" * 64: picture})["a" * 64]
    kept = first.folder / f"{'a' * 64}.npy"
    again = EmbeddingMemory(models, None, store, "film")
    assert np.array_equal(again.images({"a" * 64: picture})["a" * 64], vector)
    assert models.embedded == [picture]
    kept.write_bytes(remains)
    fresh = EmbeddingMemory(models, None, store, "film")
    assert np.array_equal(fresh.images({"a" * 64: picture})["a" * 64], vector)
    assert models.embedded == [picture, picture]
