"""Images come upright, in RGB, opaque; and go out whole."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reelkit.errors import RecordError, UnreadableError
from reelkit.media.image import read_image, write_png

from .pictures import noise


def test_a_png_goes_round_exactly_and_repeats_its_bytes(tmp_path: Path) -> None:
    (picture,) = noise(1)
    write_png(tmp_path / "a.png", picture)
    write_png(tmp_path / "b.png", picture[:, ::-1][:, ::-1])
    assert np.array_equal(read_image(tmp_path / "a.png"), picture)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("LA", (7, 255), (7, 7, 7)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 256 * 99, (99, 99, 99)),
    ],
)
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str, colour: object, expected: tuple[int, ...]) -> None:
    Image.new(mode, (3, 2), colour).save(tmp_path / "a.png")  # type: ignore[arg-type]
    picture = read_image(tmp_path / "a.png")
    assert picture.shape == (2, 3, 3) and picture.dtype == np.uint8
    assert tuple(picture[1, 2]) == expected


def test_a_picture_comes_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 2), "black")
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (4, 2, 3)


def test_a_size_is_width_by_height(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", noise(1)[0])
    picture = read_image(tmp_path / "a.png", size=(8, 6))
    assert picture.shape == (6, 8, 3) and picture.flags.writeable


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableError, match=r"a\.png"):
        read_image(tmp_path / "a.png")


def test_half_an_image_and_none_say_so(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", noise(1, 200, 200)[0])
    half = (tmp_path / "a.png").read_bytes()[:60_000]
    (tmp_path / "a.png").write_bytes(half)
    with pytest.raises(UnreadableError, match=r"a\.png"):
        read_image(tmp_path / "a.png")
    with pytest.raises(UnreadableError, match="No such file"):
        read_image(tmp_path / "none.png")


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_only_rgb_is_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(RecordError, match=r"an image is uint8 \[H, W, 3\]"):
        write_png(tmp_path / "a.png", np.zeros(shape, np.uint8))
    with pytest.raises(RecordError, match="float32"):
        write_png(tmp_path / "a.png", np.zeros((4, 4, 3), np.float32))  # type: ignore[arg-type]
