"""Video is written as it is meant, counted exactly, and joined without a change to any frame."""

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from reelkit.errors import RecordError, UnreadableError, UsageError
from reelkit.media.colour import to_rgb, to_yuv420
from reelkit.media.containers import frame_rate
from reelkit.media.video import VideoInfo, join_videos, probe, read_frames, write_video

from .pictures import Picture, moving, noise


def ffmpeg(*arguments: object) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def stamps(path: Path) -> list[tuple[int | None, int | None, int | None]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (packet.pts, packet.dts, packet.duration) for packet in container.demux(stream) if packet.size
        ]


@pytest.mark.parametrize("count", [1, 2, 17, 60])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_frames_are_counted_exactly(tmp_path: Path, count: int, name: str) -> None:
    path = tmp_path / name
    assert write_video(path, moving(count), 24) == count
    assert probe(path) == VideoInfo(count, 24.0, 64, 48, count / 24, False)
    assert sum(1 for _ in read_frames(path)) == count
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_the_picture_comes_back_nearly_as_it_was(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(12), 24, crf=12)
    for ours, theirs in zip(moving(12), read_frames(tmp_path / "a.mp4"), strict=True):
        assert theirs.dtype == np.uint8 and theirs.shape == ours.shape
        assert np.abs(ours.astype(int) - theirs).mean() < 2.5


def test_lossless_is_exact_at_any_size(tmp_path: Path) -> None:
    frames = noise(5)
    write_video(tmp_path / "a.mkv", frames, 12, lossless=True)
    assert probe(tmp_path / "a.mkv") == VideoInfo(5, 12.0, 33, 17, 5 / 12, False)
    assert np.array_equal(list(read_frames(tmp_path / "a.mkv")), frames)


@pytest.mark.parametrize(("name", "lossless"), [("a.mp4", False), ("a.mkv", True)])
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, name: str, lossless: bool) -> None:
    write_video(tmp_path / f"1{name}", moving(20), 24, lossless=lossless)
    write_video(tmp_path / f"2{name}", moving(20), 24, lossless=lossless)
    assert (tmp_path / f"1{name}").read_bytes() == (tmp_path / f"2{name}").read_bytes()


def test_the_same_frames_give_the_same_bytes_whatever_was_encoded_before(tmp_path: Path) -> None:
    source = np.random.default_rng(1)

    def gradients(count: int) -> list[Picture]:
        ramp = np.linspace(0, 1, 32)[:, None, None]
        colours = source.integers(0, 255, (count, 2, 1, 1, 3))
        pictures = [first * (1 - ramp) + last * ramp for first, last in colours for _ in range(4)]
        return [np.broadcast_to(picture, (32, 32, 3)).astype(np.uint8) for picture in pictures]

    frames, seen = gradients(4), set()
    for _ in range(150):
        write_video(tmp_path / "other.mp4", gradients(int(source.integers(1, 7))), 24)
        write_video(tmp_path / "same.mp4", frames, 24)
        seen.add((tmp_path / "same.mp4").read_bytes())
    assert len(seen) == 1


def test_the_file_starts_fast_and_says_its_colours(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(4), 24)
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(tmp_path / "a.mp4")) as container:
        codec = container.streams.video[0].codec_context
        assert codec.pix_fmt == "yuv420p" and not codec.has_b_frames
        assert (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range) == (1, 1, 1, 1)


def test_red_is_bt709_s_red() -> None:
    frame = to_yuv420(np.full((16, 16, 3), (255, 0, 0), np.uint8))
    luma = frame.to_ndarray()[4, 4]
    assert luma == round(16 + 219 * 0.2126)


def test_ten_trips_to_yuv_and_back_do_not_darken() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    picture = np.stack(np.broadcast_arrays(ramp[None, :], ramp[:, None], np.uint8(128)), -1)
    worn: Picture = picture
    for _ in range(10):
        worn = to_rgb(to_yuv420(worn))
    assert np.abs((worn.astype(float) - picture).mean((0, 1))).max() < 0.1


def test_chosen_frames_come_in_order(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(20), 24)
    every = list(read_frames(tmp_path / "a.mp4"))
    chosen = list(read_frames(tmp_path / "a.mp4", [0, 3, 3, 19]))
    assert np.array_equal(chosen, [every[0], every[3], every[3], every[19]])
    assert list(read_frames(tmp_path / "a.mp4", [])) == []
    with pytest.raises(UnreadableError, match="ends after 20 frames, and frame 20 was asked for"):
        list(read_frames(tmp_path / "a.mp4", [3, 20]))
    for wrong in ([3, 1], [-1]):
        with pytest.raises(ValueError, match="rise from 0"):
            list(read_frames(tmp_path / "a.mp4", wrong))


def test_frames_come_at_the_size_asked_for(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(2), 24)
    assert [frame.shape for frame in read_frames(tmp_path / "a.mp4", size=(20, 10))] == [(10, 20, 3)] * 2


def test_frames_are_written_as_they_come(tmp_path: Path) -> None:
    alive = 0

    def frames() -> Iterator[Picture]:
        nonlocal alive
        for frame in moving(50):
            alive += 1
            yield frame
            assert (tmp_path / "a.mp4.part").exists()

    write_video(tmp_path / "a.mp4", frames(), 24)
    assert alive == 50


def test_an_interrupted_video_is_not_there(tmp_path: Path) -> None:
    def frames() -> Iterator[Picture]:
        yield from moving(5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(tmp_path / "a.mp4", frames(), 24)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([], "no frames to write"),
        (list(moving(1, height=47)), "64x47 is odd"),
        ([*moving(1), *moving(1, width=62)], r"frame 1 is uint8 \[48, 62, 3\]"),
        ([np.zeros((4, 4, 3), np.float32)], "frame 0 is float32"),
        ([np.zeros((4, 4), np.uint8)], r"a frame is uint8 \[H, W, 3\]"),
    ],
)
def test_frames_that_are_no_video_are_refused(tmp_path: Path, frames: list[Picture], reason: str) -> None:
    with pytest.raises(RecordError, match=reason):
        write_video(tmp_path / "a.mp4", frames, 24)
    assert list(tmp_path.iterdir()) == []


def test_names_say_the_container(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a video's name ends in \.mp4"):
        write_video(tmp_path / "a.gif", moving(1), 24)
    with pytest.raises(UsageError, match=r"lossless video is kept in \.mkv"):
        write_video(tmp_path / "a.mp4", moving(1), 24, lossless=True)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (24, Fraction(24)),
        (8.0, Fraction(8)),
        (12.5, Fraction(25, 2)),
        (23.976, Fraction(24000, 1001)),
        (24000 / 1001, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
    ],
)
def test_rates_are_fractions(tmp_path: Path, fps: float, rate: Fraction) -> None:
    assert frame_rate(fps) == rate
    write_video(tmp_path / "a.mp4", moving(3), fps)
    assert probe(tmp_path / "a.mp4").fps == pytest.approx(float(rate))


@pytest.mark.parametrize(("suffix", "lossless"), [("mp4", False), ("mkv", True)])
def test_a_join_is_its_parts_frame_by_frame(tmp_path: Path, suffix: str, lossless: bool) -> None:
    counts = (17, 1, 60)
    parts = [tmp_path / f"{count}.{suffix}" for count in counts]
    for part, count in zip(parts, counts, strict=True):
        write_video(part, moving(count, shade=count), 24, lossless=lossless)
    out = tmp_path / f"take.{suffix}"
    assert join_videos(parts, out) == sum(counts)
    assert probe(out) == VideoInfo(78, 24.0, 64, 48, 78 / 24, False)
    apart = [frame for part in parts for frame in read_frames(part)]
    assert np.array_equal(list(read_frames(out)), apart)
    alone = ffmpeg("-i", out, "-f", "framemd5", "-")
    assert sum(not line.startswith(b"#") for line in alone.splitlines()) == 78
    again = tmp_path / f"again.{suffix}"
    join_videos(parts, again)
    assert again.read_bytes() == out.read_bytes()


def test_stamps_in_a_join_rise_by_one_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(5), 24)
    write_video(tmp_path / "b.mp4", moving(7), 24)
    join_videos([tmp_path / "a.mp4", tmp_path / "b.mp4"], tmp_path / "j.mp4")
    step = 12288 // 24
    assert stamps(tmp_path / "j.mp4") == [(index * step, index * step, step) for index in range(12)]


def test_a_join_can_be_joined(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(5), 24)
    join_videos([tmp_path / "a.mp4"] * 2, tmp_path / "b.mp4")
    assert join_videos([tmp_path / "b.mp4", tmp_path / "a.mp4"], tmp_path / "c.mp4") == 15
    assert len(list(read_frames(tmp_path / "c.mp4"))) == 15


def test_parts_that_cannot_stand_together_are_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(5), 24)
    write_video(tmp_path / "rate.mp4", moving(5), 12)
    write_video(tmp_path / "size.mp4", moving(5, width=32), 24)
    write_video(tmp_path / "codec.mkv", moving(5), 24, lossless=True)
    ffmpeg("-i", tmp_path / "a.mp4", "-bf", "2", tmp_path / "b.mp4")
    for other, trait in (("rate.mp4", "frame rate"), ("size.mp4", "size"), ("codec.mkv", "codec")):
        with pytest.raises(RecordError, match=f"its {trait} differs from that of a.mp4"):
            join_videos([tmp_path / "a.mp4", tmp_path / other], tmp_path / "j.mp4")
    with pytest.raises(RecordError, match="it holds B-frames"):
        join_videos([tmp_path / "b.mp4"] * 2, tmp_path / "j.mp4")
    with pytest.raises(RecordError, match="nothing to join"):
        join_videos([], tmp_path / "j.mp4")
    with pytest.raises(UnreadableError, match="No such file"):
        join_videos([tmp_path / "a.mp4", tmp_path / "none.mp4"], tmp_path / "j.mp4")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("j.")]


@pytest.mark.parametrize("content", [b"", b"hello" * 1000])
def test_what_is_no_video_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    for look in (probe, lambda path: list(read_frames(path))):
        with pytest.raises(UnreadableError, match=r"a\.mp4: Invalid data"):
            look(tmp_path / "a.mp4")


@pytest.mark.parametrize(("name", "lossless"), [("a.mp4", False), ("a.mkv", True)])
def test_a_video_cut_short_says_so(tmp_path: Path, name: str, lossless: bool) -> None:
    path = tmp_path / name
    write_video(path, moving(40), 24, lossless=lossless)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    for look in (probe, lambda path: list(read_frames(path))):
        with pytest.raises(UnreadableError, match=rf"{name}: "):
            look(path)


def test_a_missing_file_a_folder_and_a_file_without_pictures_say_so(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=0.1", tmp_path / "sound.wav")
    for name, reason in (("none.mp4", "No such file"), (".", "Is a directory"), ("sound.wav", "no video")):
        with pytest.raises(UnreadableError, match=reason):
            probe(tmp_path / name)


@pytest.mark.parametrize("name", ["a.avi", "a.webm", "a.ts", "a.mp4"])
def test_a_file_of_the_user_s_is_counted_by_what_can_be_decoded(tmp_path: Path, name: str) -> None:
    write_video(tmp_path / "own.mp4", moving(20), 24)
    ffmpeg("-i", tmp_path / "own.mp4", "-f", "lavfi", "-i", "sine=440:d=0.8", tmp_path / name)
    info = probe(tmp_path / name)
    assert info.has_audio
    assert info.frames == len(list(read_frames(tmp_path / name))) >= 19


def test_frames_before_the_in_point_of_a_trimmed_file_do_not_count(tmp_path: Path) -> None:
    write_video(tmp_path / "own.mp4", moving(20), 24)
    ffmpeg("-ss", "0.5", "-i", tmp_path / "own.mp4", "-c", "copy", tmp_path / "trimmed.mp4")
    assert probe(tmp_path / "trimmed.mp4").frames == len(list(read_frames(tmp_path / "trimmed.mp4"))) == 8


def test_a_film_shot_on_its_side_comes_upright(tmp_path: Path) -> None:
    write_video(tmp_path / "own.mp4", moving(3), 24)
    ffmpeg("-display_rotation", "90", "-i", tmp_path / "own.mp4", "-c", "copy", tmp_path / "side.mp4")
    info = probe(tmp_path / "side.mp4")
    assert (info.width, info.height) == (48, 64)
    upright = np.stack(list(read_frames(tmp_path / "own.mp4")))
    assert np.array_equal(np.stack(list(read_frames(tmp_path / "side.mp4"))), np.rot90(upright, axes=(1, 2)))
    assert next(read_frames(tmp_path / "side.mp4", size=(24, 32))).shape == (32, 24, 3)
