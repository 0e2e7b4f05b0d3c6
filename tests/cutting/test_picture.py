from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from reelkit.cutting.picture import BrokenTake, black, conform, film_frames, fit, letterbox, mix
from reelkit.cutting.timeline import Piece, lay_out
from reelkit.media.video import write_video

SIZE = (64, 48)


def grey_ramp(path: Path, frames: int, fps: float, size: tuple[int, int] = SIZE, first: int = 40) -> Path:
    """A clip whose frame n is grey of level first + 4 n."""
    pictures = (np.full((size[1], size[0], 3), first + 4 * n, dtype=np.uint8) for n in range(frames))
    write_video(path, pictures, fps, crf=1)
    return path


def piece(path: Path, seconds: float, name: str = "s1") -> Piece:
    return Piece(shot=name, scene=None, take="k", path=path, seconds=Fraction(seconds))


def levels(pieces: Sequence[Piece], rate: int, transition: str = "cut", seconds: float = 0.5) -> list[int]:
    """The grey level of each frame of the film, back in full range."""
    spans = lay_out(pieces, Fraction(rate), transition, seconds)  # type: ignore[arg-type]
    return [round((int(f[24, 32]) - 16) / 219 * 255) for f in film_frames(spans, SIZE, Fraction(rate))]


def near(found: Sequence[int], expected: Sequence[float], slack: float = 2) -> bool:
    return len(found) == len(expected) and all(
        abs(a - b) <= slack for a, b in zip(found, expected, strict=True)
    )


def test_a_take_is_trimmed_to_its_plan(tmp_path: Path) -> None:
    assert near(levels([piece(grey_ramp(tmp_path / "a.mp4", 10, 8), 0.5)], 8), [40, 44, 48, 52])


def test_a_slower_take_repeats_frames_and_a_faster_one_drops_them(tmp_path: Path) -> None:
    slow = levels([piece(grey_ramp(tmp_path / "a.mp4", 4, 8), 0.5)], 24)
    assert near(slow, [40] * 3 + [44] * 3 + [48] * 3 + [52] * 3)
    fast = levels([piece(grey_ramp(tmp_path / "b.mp4", 8, 16), 0.5)], 8)
    assert near(fast, [44, 52, 60, 68])


def test_pieces_follow_in_order(tmp_path: Path) -> None:
    one, two = grey_ramp(tmp_path / "a.mp4", 4, 8), grey_ramp(tmp_path / "b.mp4", 4, 8, first=160)
    assert near(levels([piece(one, 0.25), piece(two, 0.25)], 8), [40, 44, 160, 164])


def test_a_dissolve_blends_the_overlap(tmp_path: Path) -> None:
    paths = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path, level in zip(paths, (40, 200), strict=True):
        write_video(path, [np.full((48, 64, 3), level, dtype=np.uint8)] * 8, 8, crf=1)
    found = levels([piece(path, 1.0) for path in paths], 8, "dissolve", 0.375)
    assert near(found, [40] * 5 + [80, 120, 160] + [200] * 5, slack=3)


def test_a_fade_goes_through_black_and_leaves_the_films_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, [np.full((48, 64, 3), 200, dtype=np.uint8)] * 8, 8, crf=1)
    found = levels([piece(path, 1.0), piece(path, 1.0)], 8, "fade", 0.5)
    assert near(found, [200] * 6 + [150, 50, 50, 150] + [200] * 6, slack=3)


def test_a_take_one_frame_short_holds_its_last(tmp_path: Path) -> None:
    found = levels([piece(grey_ramp(tmp_path / "a.mp4", 4, 8), 0.6)], 8)
    assert near(found, [40, 44, 48, 52, 52])


def test_a_take_that_ends_early_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenTake, match="s1"):
        levels([piece(grey_ramp(tmp_path / "a.mp4", 4, 8), 2.0)], 8)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((64, 48), (64, 48)),
        ((128, 96), (64, 48)),
        ((48, 48), (48, 48)),
        ((160, 48), (64, 20)),
        ((65, 48), (64, 48)),
    ],
)
def test_fit_keeps_the_shape(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fit(shape, SIZE) == expected


def test_letterbox_is_black_outside_and_the_picture_inside() -> None:
    inner = np.full((48 * 3 // 2, 32), 200, dtype=np.uint8)
    framed = letterbox(inner, (32, 48), SIZE)
    luma = framed[:48]
    assert (luma[:, :16] == 16).all() and (luma[:, 48:] == 16).all() and (luma[:, 16:48] == 200).all()
    chroma = framed.reshape(-1)[64 * 48 : 64 * 48 + 32 * 24].reshape(24, 32)
    assert (chroma[:, :8] == 128).all() and (chroma[:, 8:24] == 200).all()


def test_a_bt709_frame_of_the_films_size_keeps_its_bytes() -> None:
    rng = np.random.default_rng(1)
    planes = rng.integers(16, 235, (72, 64), dtype=np.uint8)
    frame = VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.colorspace = 1
    assert (conform(frame, SIZE) == planes).all()


def test_bt601_red_becomes_bt709_red() -> None:
    """(81, 90, 240) is red in BT.601; in BT.709 it is (63, 102, 240)."""
    planes = (
        np.concatenate([np.full(64 * 48, 81), np.full(32 * 24, 90), np.full(32 * 24, 240)])
        .astype(np.uint8)
        .reshape(72, 64)
    )
    frame = VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.colorspace = 5
    found = conform(frame, SIZE).reshape(-1)
    assert abs(int(found[1000]) - 63) <= 2
    assert abs(int(found[64 * 48 + 300]) - 102) <= 2


def test_pixels_that_are_not_square_are_made_so() -> None:
    frame = VideoFrame.from_ndarray(np.full((48, 32, 3), 200, dtype=np.uint8), format="rgb24")
    assert conform(frame, SIZE, Fraction(2)).shape == (72, 64)
    assert (conform(frame, SIZE, Fraction(2))[:48] > 150).all()


def test_mixing_ends_at_either_picture() -> None:
    white = np.full((72, 64), 235, dtype=np.uint8)
    assert (mix(black(SIZE), white, 1.0) == white).all()
    assert (mix(black(SIZE), white, 0.0) == black(SIZE)).all()
