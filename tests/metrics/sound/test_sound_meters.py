"""Sound through the one pass: takes with tracks, references, words and voices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from reelkit.manifest.kinds import Character, Line, Shot, Take
from reelkit.media.store import MediaStore
from reelkit.media.video import probe, write_video
from reelkit.metrics.meters import ClipInfo, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_clip
from reelkit.metrics.sound import meters
from reelkit.metrics.sound.meters import SoundMeter, SoundMovie
from reelkit.metrics.sound.pieces import Pieces
from tests.metrics.worlds import ColourEncoder

RATE, FPS, SECONDS = 24_000, 24, 4


class Networks(ColourEncoder):
    """VGGish tells the level and its spread, Whisper what it was told to hear, WavLM low voices from high ones."""

    def __init__(self, said: str = "") -> None:
        super().__init__()
        self.said, self.heard = said, 0
        self.lengths: list[int] = []

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> Any:
        if network == "clap":
            self.lengths += [len(each) for each in inputs]
            return np.array([[each.mean(), each.std()] for each in inputs], np.float32)
        if network == "whisper":
            return [self.said for _ in inputs]
        if network == "wavlm-sv":
            spectra = [np.abs(np.fft.rfft(each[:16_000])) for each in inputs]
            return np.array([[s[:300].sum(), s[300:].sum()] for s in spectra], np.float32)
        assert network == "vggish"
        self.heard += len(inputs)
        assert all(len(each) == 15_600 for each in inputs)
        return np.array([[np.abs(each).mean(), each.std()] for each in inputs], np.float32)


def clicks(times: Sequence[float], level: float = 0.5) -> np.ndarray:
    sound = np.random.default_rng(0).normal(0, 1e-4, (RATE * SECONDS, 1))
    for time in times:
        start = round(time * RATE)
        sound[start : start + 500] += np.random.default_rng(1).normal(0, level, (500, 1))
    return sound.astype(np.float32)


def take(path: Path, sound: np.ndarray | None, flashes: Sequence[float] = (1.0, 2.5)) -> Path:
    """A clip whose picture jumps at times, with sound."""
    level, frames = 40, []
    jumps = {round(time * FPS) for time in flashes}
    for number in range(FPS * SECONDS):
        level = 200 - level if number in jumps else level
        frames.append(np.full((32, 48, 3), level, np.uint8))
    write_video(path, frames, FPS, sound=None if sound is None else (sound, RATE))
    return path


def read(path: Path, names: Sequence[str], models: Networks | None = None, **more: Any) -> Reading:
    fields = {name: more.pop(name) for name in ("reference", "store") if name in more}
    bank = more.pop("bank", {})
    used = more.pop("used", FPS * SECONDS)
    shot = Shot(id=path.stem, movie="film", seconds=SECONDS, **more)
    seen = probe(path)
    info = ClipInfo(
        path=path, frames=seen.frames, fps=seen.fps, width=seen.width, height=seen.height, seconds=seen.seconds,
        has_audio=seen.has_audio, used=used, shot=shot, take=Take(path=path.name), bank=bank,
    )
    resources = Resources(names=frozenset(names), models=models or Networks(), **fields)
    return measure_clip(resources, info, [SoundMeter(resources, info)])[0]


def test_a_take_has_a_loudness_and_a_silent_one_none(tmp_path: Path) -> None:
    names = ("loudness", "loudness_range", "true_peak")
    times = np.arange(RATE * SECONDS) / RATE
    tone = (0.1 * np.sin(2 * np.pi * 997 * times)).astype(np.float32)[:, None]
    scores = read(take(tmp_path / "a.mp4", np.repeat(tone, 2, axis=1)), names).scores
    assert scores["loudness"] == pytest.approx(-20.0, abs=0.2)
    assert scores["true_peak"] == pytest.approx(-20.0, abs=0.2)
    assert read(take(tmp_path / "b.mp4", None), names).scores == {}


def test_sound_that_comes_with_the_picture_is_told_from_sound_that_comes_late(tmp_path: Path) -> None:
    names = ("audio_video_onset",)
    together = read(take(tmp_path / "a.mp4", clicks([1.0, 2.5])), names).scores["audio_video_onset"]
    late = read(take(tmp_path / "b.mp4", clicks([1.4, 2.9])), names).scores["audio_video_onset"]
    half = read(take(tmp_path / "c.mp4", clicks([1.0, 2.9])), names).scores["audio_video_onset"]
    assert (together, late, half) == (100.0, 0.0, 50.0)


def delayed(path: Path, source: Path, seconds: float) -> Path:
    """The same streams, with the sound's stamps moved."""
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        streams = {each.index: made.add_stream_from_template(each) for each in given.streams}
        for packet in given.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                packet.pts += round(seconds / packet.time_base)
                packet.dts += round(seconds / packet.time_base)
            packet.stream = streams[packet.stream.index]
            made.mux(packet)
    return path


def test_sound_that_begins_after_the_picture_is_heard_when_it_is_played(tmp_path: Path) -> None:
    names = ("audio_video_onset", "loudness")
    early = take(tmp_path / "a.mp4", clicks([0.6, 2.1]))
    before = read(early, names).scores
    after = read(delayed(tmp_path / "b.mp4", early, 0.4), names).scores
    assert (before["audio_video_onset"], after["audio_video_onset"]) == (0.0, 100.0)
    assert after["loudness"] == pytest.approx(before["loudness"], abs=0.3)


def test_what_the_film_cuts_off_is_not_heard(tmp_path: Path) -> None:
    times = np.arange(RATE * SECONDS) / RATE
    level = np.where(times < 2, 0.02, 0.5)
    sound = (level * np.sin(2 * np.pi * 997 * times)).astype(np.float32)[:, None]
    path = take(tmp_path / "a.mp4", sound)
    whole, half = (read(path, ["loudness"], used=used).scores["loudness"] for used in (FPS * SECONDS, FPS * 2))
    assert half == pytest.approx(20 * np.log10(0.02) - 3.01, abs=0.3)
    assert whole > half + 20  # type: ignore[operator]


def test_a_track_of_the_shots_name_is_what_it_is_compared_with(tmp_path: Path) -> None:
    names = ("beat_cross_correlation", "dynamics_distance", "mcd")
    folder = tmp_path / "reference"
    folder.mkdir()
    soundfile.write(folder / "a.wav", clicks([1.0, 2.5]), RATE)
    same = read(take(tmp_path / "a.mp4", clicks([1.0, 2.5])), names, reference=folder).scores
    assert same["beat_cross_correlation"] > 0.95 and same["mcd"] < 1.0  # type: ignore[operator]
    assert same["dynamics_distance"] == pytest.approx(0.0, abs=0.01)
    other = read(take(tmp_path / "a.mp4", clicks([0.3, 1.9, 3.3])), names, reference=folder).scores
    assert other["beat_cross_correlation"] < 0.5 and other["dynamics_distance"] > 0.3  # type: ignore[operator]
    alone = read(take(tmp_path / "b.mp4", clicks([1.0])), names, reference=folder).scores
    assert not set(names) & set(alone)


def test_words_are_held_against_the_dialogue(tmp_path: Path) -> None:
    path = take(tmp_path / "a.mp4", clicks([1.0]))
    lines = [Line("mara", "It is here!"), Line("olav", "At last.")]
    assert read(path, ["wer"], Networks("it is here at last"), dialogue=lines).scores["wer"] == 0.0
    assert read(path, ["wer"], Networks("it was here"), dialogue=lines).scores["wer"] == pytest.approx(60.0)
    assert "wer" not in read(path, ["wer"], Networks("hm")).scores


def test_words_beyond_what_is_heard_make_no_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "LONGEST", SECONDS - 1)
    path = take(tmp_path / "a.mp4", clicks([1.0]))
    assert "wer" not in read(path, ["wer"], Networks("it is"), dialogue=[Line("mara", "It is here!")]).scores


def voice(hertz: float) -> np.ndarray:
    times = np.arange(RATE * SECONDS) / RATE
    return (0.2 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)[:, None]


def test_a_voice_is_held_against_the_sample_of_the_only_speaker(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mara.wav", voice(200), RATE)
    bank = {"mara": Character(id="mara", movie="film", voice="mara.wav"), "olav": Character(id="olav", movie="film")}
    lines = [Line("mara", "It is here!")]
    more: dict[str, Any] = {"store": MediaStore(tmp_path), "bank": bank, "dialogue": lines}
    own = read(take(tmp_path / "a.mp4", voice(220)), ["sim_o"], **more).scores["sim_o"]
    other = read(take(tmp_path / "b.mp4", voice(2000)), ["sim_o"], **more).scores["sim_o"]
    assert own > 0.9 > 0.5 > other  # type: ignore[operator]
    two = {**more, "dialogue": [*lines, Line("olav", "At last.")]}
    assert "sim_o" not in read(tmp_path / "a.mp4", ["sim_o"], **two).scores


def test_the_distance_to_real_sound_is_of_all_takes_together(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for number in range(3):
        soundfile.write(folder / f"{number}.wav", (rng.normal(size=RATE * 4) * rng.uniform(0.05, 0.2)), RATE)

    def distance(loudness: float) -> float:
        models = Networks()
        resources = Resources(names=frozenset(["fad"]), models=models, reference=folder)
        movie = SoundMovie(resources)
        for number in range(3):
            sound = rng.normal(size=(RATE * SECONDS, 1)) * rng.uniform(0.05, 0.2) * loudness
            reading = read(take(tmp_path / f"{number}.mp4", sound.astype(np.float32)), ["fad"], models, reference=folder)
            movie.add(ShotReading(shot=Shot(id="s", movie="film"), scores={}, material=reading.material))
        value = movie.values()["fad"]
        assert value is not None and models.heard == 24
        return value

    assert distance(1.0) < distance(4.0)


def pieces_of(network: str, *sounds: np.ndarray) -> tuple[Pieces, Networks]:
    models = Networks()
    pieces = Pieces(Resources(names=frozenset(), models=models), network)
    for sound in sounds:
        for start in range(0, len(sound), 7000):
            pieces.hear(sound[start : start + 7000])
        pieces.finish()
    return pieces, models


def test_clap_hears_a_short_take_and_no_piece_of_two_sounds() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (48_000 * 25, 1)).astype(np.float32)
    second = 48_000
    _, models = pieces_of("clap", noise[: second // 2], noise[: 4 * second], noise, noise[: 6 * second], noise[: 6 * second])
    assert models.lengths == [4 * second, 10 * second, 10 * second, 6 * second, 6 * second]


def test_a_sound_on_two_channels_is_embedded_as_the_same_on_one() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (48_000 * 3, 1)).astype(np.float32)
    one, two = (pieces_of("vggish", sound)[0].moments for sound in (noise, np.repeat(noise, 2, axis=1)))
    assert one.count == two.count == 3
    assert np.allclose(one.mean(), two.mean(), rtol=1e-4)  # type: ignore[arg-type]


def test_a_reference_is_heard_once_for_all_movies_until_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    models = Networks()

    def hear_it() -> int:
        before = models.heard
        SoundMovie(Resources(names=frozenset(["fad"]), models=models, reference=folder)).values()
        return models.heard - before

    soundfile.write(folder / "a.wav", clicks([1.0]), RATE)
    assert (hear_it(), hear_it()) == (4, 0)
    soundfile.write(folder / "b.wav", clicks([2.0]), RATE)
    assert hear_it() == 8
