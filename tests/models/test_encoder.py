"""Pictures reach the encoder as the weaver sees them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reelkit.errors import UnreadableError
from reelkit.media.image import read_image
from reelkit.models import open_models


def test_a_portrait_is_embedded_upright_and_on_white(tmp_path: Path):
    painted = np.zeros((32, 64, 4), np.uint8)
    painted[:, :32] = (220, 30, 30, 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = tmp_path / "lying.png"
    Image.fromarray(painted).save(lying, exif=exif)
    assert read_image(lying).shape == (64, 32, 3) and (read_image(lying)[-1] == 255).all()
    models = open_models(device="cpu", dtype="float32")
    from_file, as_drawn = models.embed_images([lying, read_image(lying)])
    assert np.allclose(from_file, as_drawn, atol=1e-5)


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableError, match=r"a\.png"):
        open_models(device="cpu").embed_images([tmp_path / "a.png"])
