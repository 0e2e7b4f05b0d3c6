"""Wan: what tells its variants apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reelkit.models.family import family_of


@pytest.mark.parametrize(
    ("index", "chunks"),
    [
        ({"_class_name": "WanPipeline"}, (81, 80)),
        ({"_class_name": "WanPipeline", "expand_timesteps": True}, (121, 120)),
        ({"_class_name": "WanImageToVideoPipeline"}, (81, 80)),
    ],
)
def test_a_chunk_is_as_long_as_the_variant_was_trained_for(
    index: dict[str, Any], chunks: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    assert family_of(tmp_path).card().chunk_frames == chunks
