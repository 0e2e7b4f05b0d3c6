"""The sound that a model drew with its takes is heard in the film: where it belongs, as high and as loud."""

from pathlib import Path

import av
import numpy as np
import pytest

from reelkit.media.video import join_videos, probe
from reelkit.models.family import Clip, Sound
from reelkit.models.outputs import write_clip
from tests.stages.test_assemble import movie, run, shot

LOUDNESS = 0.25
"""Amplitude of the tones."""


def take(path: Path, pitch: float, rate: int, chunks: tuple[int, ...], red: int) -> Path:
    """A take as a model makes it: chunks of 24 frames a second with a tone of `pitch` Hz each, joined."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts, begin = [], 0
    for index, frames in enumerate(chunks):
        time = (begin + np.arange(frames * rate // 24)) / rate
        tone = LOUDNESS * np.sin(2 * np.pi * pitch * time)[:, None].repeat(2, 1)
        pictures = np.full((frames, 48, 64, 3), (red, 60, 60), np.uint8)
        out = path.with_name(f"{path.stem}-{index}")
        write_clip(out, Clip(frames=pictures, sound=Sound(tone.astype(np.float32), rate)), 24, still=False)
        parts.append(out.with_suffix(".mp4"))
        begin += len(time)
    join_videos(parts, path)
    return path


def heard(path: Path) -> np.ndarray:
    """The film's sound, float32 [samples, 2] at 48 kHz."""
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.sample_rate == 48000
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1).T


def pitch_and_amplitude(sound: np.ndarray) -> tuple[float, float]:
    """Of the loudest tone, in Hz and full scale; to a few Hz for a second of sound."""
    window = np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(sound * window, 1 << 18))
    loudest = int(spectrum.argmax())
    return loudest * 48000 / (1 << 18), 2 * spectrum[loudest] / window.sum()


def test_a_film_of_two_takes_sounds_as_its_takes_do(tmp_path: Path) -> None:
    take(tmp_path / "media/low.mp4", 440.0, 24000, (25, 24, 24), red=200)
    take(tmp_path / "media/high.mp4", 1000.0, 48000, (25, 24), red=20)
    run([*movie(), shot(1, "low.mp4", 3.0), shot(2, "high.mp4", 2.0)], tmp_path)
    film = probe(tmp_path / "film.mp4")
    assert film.has_audio and film.frames == 120
    sound = heard(tmp_path / "film.mp4")
    for begin, end, pitch in ((0.1, 2.9, 440.0), (3.1, 4.9, 1000.0)):
        for channel in (0, 1):
            measured, amplitude = pitch_and_amplitude(sound[round(begin * 48000) : round(end * 48000), channel])
            assert measured == pytest.approx(pitch, abs=1.0)
            assert amplitude == pytest.approx(LOUDNESS, rel=0.03)


def test_the_cut_is_heard_where_it_is_seen(tmp_path: Path) -> None:
    take(tmp_path / "media/low.mp4", 440.0, 24000, (25, 24), red=200)
    take(tmp_path / "media/high.mp4", 3000.0, 24000, (25,), red=20)
    run([*movie(), shot(1, "low.mp4", 2.0), shot(2, "high.mp4", 1.0)], tmp_path)
    sound = heard(tmp_path / "film.mp4")[:, 0]
    steps = np.abs(np.diff(sound))
    loud = np.convolve(steps, np.ones(480) / 480, "same")  # 10 ms; the higher tone's steps are larger
    cut = int(np.argmax(loud > 0.5 * loud[round(2.2 * 48000) : round(2.8 * 48000)].mean())) / 48000
    assert cut == pytest.approx(2.0, abs=0.02)
