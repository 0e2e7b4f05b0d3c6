"""Sound lies in a video's file sample by sample as it was given, and is joined without a change."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from reelkit.errors import RecordError, UsageError
from reelkit.media.audio import FULL_SCALE, STREAMINFO, block_size, quantised, samples_for
from reelkit.media.containers import frame_rate
from reelkit.media.video import join_videos, probe, read_frames, write_video

from .pictures import moving

Samples = NDArray[np.float32]
NTSC = 30000 / 1001


def hiss(length: int, channels: int = 2, seed: int = 0) -> Samples:
    """Sound that no codec can guess, float32 [samples, channels]."""
    return np.random.default_rng(seed).uniform(-1, 1, (length, channels)).astype(np.float32)


def heard(path: Path) -> NDArray[np.int32]:
    """What PyAV decodes, int32 [samples, channels]."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1, frame.layout.nb_channels) for frame in container.decode(audio=0)]
    return np.concatenate(blocks)


def heard_by_ffmpeg(path: Path, channels: int) -> NDArray[np.int32]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:a", "-f", "s32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True)
    assert not raw.stderr
    return np.frombuffer(raw.stdout, np.int32).reshape(-1, channels)


def chunk(path: Path, frames: int, fps: float = 24, rate: int = 24000, channels: int = 2, seed: int = 0) -> Samples:
    """Write a chunk with hiss; gives the hiss."""
    sound = hiss(samples_for(frames, frame_rate(fps), rate), channels, seed)
    write_video(path, moving(frames, shade=seed), fps, sound=(sound, rate))
    return sound


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("fps", "rate"), [(24, 24000), (NTSC, 48000), (25, 44100), (8, 48000), (24, 22050)])
def test_sound_comes_back_sample_by_sample(tmp_path: Path, fps: float, rate: int, channels: int) -> None:
    sound = chunk(tmp_path / "a.mp4", 17, fps, rate, channels)
    assert np.array_equal(heard(tmp_path / "a.mp4"), quantised(sound))
    assert np.array_equal(heard_by_ffmpeg(tmp_path / "a.mp4", channels), quantised(sound))
    info = probe(tmp_path / "a.mp4")
    assert info.has_audio and info.frames == 17
    silent = tmp_path / "silent.mp4"
    write_video(silent, moving(17), fps)
    assert np.array_equal(list(read_frames(tmp_path / "a.mp4")), list(read_frames(silent)))


def test_twenty_four_bits_are_kept() -> None:
    sound = np.array([[0.0], [1.0], [-1.0], [2.0], [-3.0], [0.3]], np.float32)
    kept = quantised(sound)
    assert not (kept & 255).any()
    assert np.array_equal(kept[:5, 0] >> 8, [0, FULL_SCALE, -FULL_SCALE, FULL_SCALE, -FULL_SCALE])
    assert abs((kept[5, 0] >> 8) / FULL_SCALE - float(sound[5, 0])) < 2**-24


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        chunk(tmp_path / name, 20)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    chunk(tmp_path / "b.mp4", 20, seed=1)
    assert (tmp_path / "a.mp4").read_bytes() != (tmp_path / "b.mp4").read_bytes()


def test_a_chunk_ends_on_a_block(tmp_path: Path) -> None:
    assert [block_size(Fraction(24), rate) for rate in (24000, 48000)] == [1000, 2000]
    assert block_size(Fraction(8), 48000) == 3000
    chunk(tmp_path / "a.mp4", 9)
    with av.open(str(tmp_path / "a.mp4")) as container:
        blocks = [packet.duration for packet in container.demux(audio=0) if packet.size]
    assert blocks == [1000] * 9


@pytest.mark.parametrize(
    ("sound", "reason"),
    [
        (hiss(20999), "20999 samples long, and 21 frames last 21000"),
        (hiss(21001), "21001 samples long, and 21 frames last 21000"),
        (hiss(21000, 3), "1 or 2 channels"),
        (hiss(21000)[:, 0], r"this is \[21000\]"),
        (np.full((21000, 1), np.nan, np.float32), "no numbers"),
    ],
)
def test_sound_that_does_not_fit_is_refused(tmp_path: Path, sound: Samples, reason: str) -> None:
    with pytest.raises(RecordError, match=reason):
        write_video(tmp_path / "a.mp4", moving(21), 24, sound=(sound, 24000))
    assert list(tmp_path.iterdir()) == []


def test_sound_needs_mp4(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a video with sound is kept in \.mp4"):
        write_video(tmp_path / "a.mkv", moving(1), 24, lossless=True, sound=(hiss(1000), 24000))


@pytest.mark.parametrize(("fps", "rate"), [(24, 24000), (24, 48000), (NTSC, 48000), (24000 / 1001, 44100)])
def test_sound_and_picture_stay_together_over_ten_chunks(tmp_path: Path, fps: float, rate: int) -> None:
    lengths = (33, *[24] * 9)
    parts = [tmp_path / f"{index}.mp4" for index in range(len(lengths))]
    sounds = [chunk(part, lengths[seed], fps, rate, seed=seed) for seed, part in enumerate(parts)]
    out = tmp_path / "take.mp4"
    assert join_videos(parts, out) == sum(lengths)
    assert probe(out).frames == sum(lengths)
    whole = np.concatenate([quantised(sound) for sound in sounds])
    assert np.array_equal(heard(out), whole)
    assert np.array_equal(heard_by_ffmpeg(out, 2), whole)
    assert abs(len(whole) - samples_for(sum(lengths), frame_rate(fps), rate)) <= 5
    join_videos(parts, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == out.read_bytes()


def test_the_stamps_of_joined_sound_rise_without_a_gap(tmp_path: Path) -> None:
    parts = [tmp_path / f"{index}.mp4" for index in range(3)]
    for index, part in enumerate(parts):
        chunk(part, 9, NTSC, 48000, seed=index)
    join_videos(parts, tmp_path / "take.mp4")
    with av.open(str(tmp_path / "take.mp4")) as container:
        stream = container.streams.audio[0]
        description = bytes(stream.codec_context.extradata or b"")
        packets = [packet for packet in container.demux(stream) if packet.size]
    place = 0
    for packet in packets:
        assert packet.pts == packet.dts == place
        place += packet.duration or 0
    assert len(description) == STREAMINFO and not any(description[18:]), "a checksum of one part is none of the whole"


def test_a_part_without_sound_is_silent_and_moves_nothing(tmp_path: Path) -> None:
    parts = [tmp_path / f"{index}.mp4" for index in range(4)]
    first = chunk(parts[1], 8, NTSC, 48000, seed=1)
    last = chunk(parts[3], 8, NTSC, 48000, seed=2)
    for part, frames in ((parts[0], 9), (parts[2], 16)):
        write_video(part, moving(frames), NTSC)
    join_videos(parts, tmp_path / "take.mp4")
    sound, rate = heard(tmp_path / "take.mp4"), frame_rate(NTSC)
    begin, again = samples_for(9, rate, 48000), samples_for(33, rate, 48000)
    assert np.array_equal(sound[begin : begin + len(first)], quantised(first))
    assert np.array_equal(sound[again:], quantised(last))
    assert not sound[:begin].any() and not sound[begin + len(first) : again].any()
    assert np.array_equal(heard_by_ffmpeg(tmp_path / "take.mp4", 2), sound)


def test_without_any_sound_a_join_has_none(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving(3), 24)
    join_videos([tmp_path / "a.mp4"] * 2, tmp_path / "b.mp4")
    assert not probe(tmp_path / "b.mp4").has_audio


def test_a_join_with_sound_can_be_joined(tmp_path: Path) -> None:
    one, other = (chunk(tmp_path / f"{seed}.mp4", 9, seed=seed) for seed in (1, 2))
    join_videos([tmp_path / "1.mp4", tmp_path / "2.mp4"], tmp_path / "12.mp4")
    join_videos([tmp_path / "12.mp4", tmp_path / "1.mp4"], tmp_path / "121.mp4")
    assert np.array_equal(heard(tmp_path / "121.mp4"), quantised(np.concatenate([one, other, one])))


def test_sounds_that_cannot_stand_together_are_refused(tmp_path: Path) -> None:
    chunk(tmp_path / "a.mp4", 9)
    chunk(tmp_path / "rate.mp4", 9, rate=48000)
    chunk(tmp_path / "mono.mp4", 9, channels=1)
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(tmp_path / "a.mp4"), "-c:v", "copy"]
    subprocess.run([*ffmpeg, "-c:a", "aac", str(tmp_path / "aac.mp4")], check=True)
    subprocess.run([*ffmpeg, "-c:a", "copy", str(tmp_path / "a.mkv")], check=True)
    subprocess.run([*ffmpeg, "-af", "apad=pad_dur=1", *("-c:a", "flac"), str(tmp_path / "long.mp4")], check=True)
    for other, what in (
        ("rate.mp4", "sampling rate"),
        ("mono.mp4", "number of channels"),
        ("aac.mp4", "codec of the sound"),
    ):
        with pytest.raises(RecordError, match=rf"{other}: the {what} differs from that of a\.mp4"):
            join_videos([tmp_path / "a.mp4", tmp_path / other], tmp_path / "j.mp4")
    for first, out, reason in (
        ("aac.mp4", "j.mp4", "its sound is aac in .mp4"),
        ("a.mkv", "j.mkv", "its sound is flac in .mkv"),
        ("long.mp4", "j.mp4", "longer than its picture"),
    ):
        with pytest.raises(RecordError, match=reason):
            join_videos([tmp_path / first] * 2, tmp_path / out)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("j.")]
