"""A chunk's files: its sound lies beside its picture, and comes and goes without a click."""

from pathlib import Path

import av
import numpy as np
import pytest

from reelkit.media.image import read_image
from reelkit.media.video import join_videos, probe
from reelkit.models.family import Clip, Sound
from reelkit.models.outputs import sound_of, write_clip

RATE = 24000


def clip(frames: int, sound: Sound | None) -> Clip:
    pictures = np.zeros((frames, 32, 32, 3), np.uint8)
    pictures[..., 0] = np.arange(frames)[:, None, None]
    return Clip(frames=pictures, sound=sound)


def heard(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1, frame.layout.nb_channels) for frame in container.decode(audio=0)]
    return np.concatenate(blocks) / 2.0**31


def test_a_clip_s_sound_is_in_its_file(tmp_path: Path) -> None:
    level = np.full((9 * RATE // 24, 2), 0.5, np.float32)
    write_clip(tmp_path / "a", clip(9, Sound(level, RATE)), 24, still=False)
    assert probe(tmp_path / "a.mp4").has_audio
    sound = heard(tmp_path / "a.mp4")
    assert len(sound) == 9000
    edge = RATE // 200
    assert np.allclose(sound[edge:-edge], 0.5, atol=1e-6)
    assert np.array_equal(sound, sound[::-1]) and (np.diff(sound[:edge], axis=0) > 0).all() and sound[0, 0] < 0.005
    write_clip(tmp_path / "b", clip(9, None), 24, still=False)
    assert not probe(tmp_path / "b.mp4").has_audio


def test_a_join_of_chunks_does_not_click(tmp_path: Path) -> None:
    time = np.arange(9 * RATE // 24) / RATE
    for name, phase in (("a", 0.0), ("b", 1.5)):
        tone = 0.8 * np.sin(2 * np.pi * 100 * time + phase)
        write_clip(tmp_path / name, clip(9, Sound(tone[:, None].astype(np.float32), RATE)), 24, still=False)
    join_videos([tmp_path / "a.mp4", tmp_path / "b.mp4"], tmp_path / "ab.mp4")
    steps = np.abs(np.diff(heard(tmp_path / "ab.mp4")[:, 0]))
    assert steps.max() < 1.5 * 0.8 * 2 * np.pi * 100 / RATE, "no step is much larger than the tone's own"


def test_a_still_has_no_sound(tmp_path: Path) -> None:
    write_clip(tmp_path / "a", clip(1, Sound(np.zeros((7, 2), np.float32), RATE)), 24, still=True)
    assert read_image(tmp_path / "a.png").shape == (32, 32, 3) and not (tmp_path / "a.mp4").exists()


@pytest.mark.parametrize(("fps", "past", "frames"), [(24, 0, 9), (24, 17, 8), (30000 / 1001, 17, 24), (25, 9, 16)])
def test_the_sound_of_new_frames_begins_where_they_begin_and_is_as_long(fps: float, past: int, frames: int) -> None:
    counted = np.arange(100_000, dtype=np.float32)[None].repeat(2, 0)
    sound = sound_of(counted, 48000, past, frames, fps)
    assert sound.samples.shape == (round(frames * 48000 / fps), 2) and sound.samples.dtype == np.float32
    assert sound.samples[0, 0] == round(past * 48000 / fps)
    short = sound_of(counted[:, : round((past + 1) * 48000 / fps)], 48000, past, frames, fps)
    assert len(short.samples) == len(sound.samples) and not short.samples[-10:].any()
