"""A tiny weaver in the real layout on disk, with the embedded text encoder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from reelkit.models.catalogue import EMBEDDED_FOLDER
from reelkit.weaver.autoencoder import FrameAutoencoder
from tests.weaver.conftest import tiny_transformer


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with model_index.json, transformer, vae and text_encoder; 64x32 pixels at 8 frames a second."""
    folder = tmp_path_factory.mktemp("weaver")
    torch.manual_seed(0)
    FrameAutoencoder(latent_channels=4, widths=(8, 8, 16)).save_pretrained(folder / "vae")
    tiny_transformer(text_width=192).save_pretrained(folder / "transformer")
    shutil.copytree(EMBEDDED_FOLDER / "text_encoder", folder / "text_encoder")
    index = json.loads((EMBEDDED_FOLDER / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "width": 64, "height": 32, "steps": 2}))
    return folder
