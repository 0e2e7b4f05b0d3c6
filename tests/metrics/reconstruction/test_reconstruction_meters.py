"""Takes beside the clips that they reproduce."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.manifest.kinds import Shot, Take
from reelkit.media.video import read_frames
from reelkit.metrics.meters import ClipInfo, Frame, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames
from reelkit.metrics.reconstruction import meters
from reelkit.metrics.reconstruction.meters import FAMILY, MovieMeter
from reelkit.metrics.reconstruction.pairs import MOST_DECIBELS
from tests.metrics.sets import Levels, film, plain

NAMES = ("psnr", "ssim", "lpips", "rfvd")
GREYS = [(level, level, level) for level in (40, 90, 140)]


def read(
    reference: Path, frames: list[Frame], *names: str, id: str = "s1", models: Levels | None = None
) -> Reading | None:
    height, width = frames[0].shape[:2]
    given = Shot(id=id, movie="m", takes=[Take(path=f"m/{id}/take.mp4")])
    about = ClipInfo(
        path=Path("take.mp4"), frames=len(frames), fps=8.0, width=width, height=height, seconds=len(frames) / 8,
        used=len(frames), shot=given, take=given.picked,
    )  # fmt: skip
    resources = Resources(names=frozenset(names or NAMES), models=models or Levels(), reference=reference)
    assert FAMILY.clip is not None
    meter = FAMILY.clip(resources, about)
    return None if meter is None else measure_frames(resources, frames, [meter])[0]


def lighter(frames: list[Frame], by: int) -> list[Frame]:
    return [frame + np.uint8(by) for frame in frames]


def test_a_perfect_copy_is_at_the_best_of_each(tmp_path: Path) -> None:
    frames = plain(*GREYS)
    film(tmp_path / "s1.mkv", frames)
    found = read(tmp_path, frames)
    assert found is not None
    assert found.scores == {"psnr": MOST_DECIBELS, "ssim": pytest.approx(1.0), "lpips": 0.0}


def test_values_are_means_over_frames(tmp_path: Path) -> None:
    frames = plain((100, 100, 100), frames=8)
    film(tmp_path / "s1.mkv", frames)
    found = read(tmp_path, lighter(frames[:4], 1) + lighter(frames[4:], 10))
    assert found is not None
    one, ten = 20 * np.log10(255), 20 * np.log10(25.5)
    assert found.scores["psnr"] == pytest.approx((one + ten) / 2)
    assert found.scores["lpips"] == pytest.approx((1 + 10) / 2 / 255)


def test_frames_are_paired_in_step_by_number(tmp_path: Path) -> None:
    film(tmp_path / "s1.mkv", plain(*[(n, n, n) for n in range(0, 200, 2)], frames=1))
    shown = plain(*[(n + 1, n + 1, n + 1) for n in range(0, 200, 2)], frames=1)
    found = read(tmp_path, shown, "psnr", "lpips")
    assert found is not None and found.scores["lpips"] == pytest.approx(1 / 255)


def test_only_frames_that_both_have_are_compared(tmp_path: Path) -> None:
    frames = plain(*GREYS)
    film(tmp_path / "s1.mkv", frames[:20])
    found = read(tmp_path, frames[:16] + lighter(frames[16:20], 1) + lighter(frames[20:], 90))
    assert found is not None
    assert found.scores["lpips"] == pytest.approx(4 / 20 / 255)
    assert found.material.takes.count == found.material.originals.count == 1
    longer = read(tmp_path, frames[:9])
    assert longer is not None and longer.scores["psnr"] == MOST_DECIBELS


def test_an_original_of_another_size_is_scaled_to_the_takes(tmp_path: Path) -> None:
    film(tmp_path / "s1.mkv", plain((100, 100, 100), size=(64, 96)))
    found = read(tmp_path, plain((101, 101, 101), size=(16, 24)), "psnr")
    assert found is not None and found.scores["psnr"] == pytest.approx(20 * np.log10(255), abs=0.5)


def test_the_original_is_decoded_once_whatever_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = plain(*GREYS)
    film(tmp_path / "s1.mkv", frames)
    decoded = 0

    def counted(*given: Any, **more: Any) -> Iterator[Frame]:
        for frame in read_frames(*given, **more):
            nonlocal decoded
            decoded += 1
            yield frame

    monkeypatch.setattr(meters, "read_frames", counted)
    models = Levels()
    read(tmp_path, frames, models=models)
    assert decoded == len(frames)
    assert models.seen == {"lpips-alex": len(frames), "i3d": 3 + 3}


def test_a_take_without_a_counterpart_is_not_measured(tmp_path: Path) -> None:
    film(tmp_path / "s2.mkv", plain(*GREYS))
    assert read(tmp_path, plain(*GREYS)) is None


def test_rfvd_is_over_all_shots_of_a_movie(tmp_path: Path) -> None:
    def movie(by: int) -> MovieMeter:
        found = MovieMeter()
        for id, frames in (("s1", plain(*GREYS)), ("s2", plain((9, 50, 90), (80, 9, 30)))):
            film(tmp_path / f"{id}.mkv", frames)
            reading = read(tmp_path, lighter(frames, by), "rfvd", id=id)
            assert reading is not None
            found.add(ShotReading(shot=Shot(id=id, movie="m"), scores={}, material=reading.material))
        return found

    assert movie(0).values()["rfvd"] == pytest.approx(0, abs=1e-3)
    assert movie(6).values()["rfvd"] == pytest.approx(3 * 6**2, rel=1e-3)  # three means, each six levels off
    assert movie(6).extras() == {"reconstruction": {"windows": 5}}


def test_rfvd_of_one_window_cannot_be_told(tmp_path: Path) -> None:
    film(tmp_path / "s1.mkv", plain(GREYS[0]))
    reading = read(tmp_path, plain(GREYS[0]), "rfvd")
    assert reading is not None
    found = MovieMeter()
    found.add(ShotReading(shot=Shot(id="s1", movie="m"), scores={}, material=reading.material))
    assert found.values() == {"rfvd": None}
