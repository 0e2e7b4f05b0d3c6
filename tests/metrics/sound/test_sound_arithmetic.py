"""Loudness, rhythm, words and cepstra against values that are known."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import librosa
import numpy as np
import pyloudnorm
import pytest
import soundfile
from av import AudioFrame
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import UnreadableError
from reelkit.metrics.hearing import Heard, Resampler, hear, read_sound
from reelkit.metrics.sound import rhythm, words
from reelkit.metrics.sound.loudness import RATE, Loudness
from reelkit.metrics.sound.meters import distance_of_changes
from reelkit.metrics.sound.warping import warped_mean


def tone(level_db: float, seconds: float = 4.0, hertz: float = 997.0) -> np.ndarray:
    times = np.arange(round(RATE * seconds)) / RATE
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * times)).astype(np.float32)[:, None]


def heard(samples: np.ndarray, piece: int = 5000) -> Loudness:
    loudness = Loudness()
    for start in range(0, len(samples), piece):
        loudness.hear(samples[start : start + piece])
    return loudness


def test_a_stereo_tone_of_minus_23_has_minus_23_lufs() -> None:
    loudness = heard(np.repeat(tone(-23.0), 2, axis=1))
    assert loudness.integrated() == pytest.approx(-23.0, abs=0.1)
    assert loudness.range() == pytest.approx(0.0, abs=0.05)
    assert loudness.true_peak() == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("piece", [977, 48_000])
def test_a_stream_is_as_loud_as_pyloudnorm_finds_the_whole(piece: int) -> None:
    rng = np.random.default_rng(3)
    levels = np.repeat(10 ** (rng.uniform(-60, -10, 12) / 20), RATE // 2)
    noise = (rng.normal(size=len(levels)) * levels).astype(np.float32)[:, None]
    assert heard(noise, piece).integrated() == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(noise), abs=0.02)


def test_six_decibels_are_six_units() -> None:
    quiet, loud = heard(tone(-30.0)), heard(tone(-24.0))
    assert loud.integrated() - quiet.integrated() == pytest.approx(6.0, abs=0.01)  # type: ignore[operator]


def test_loudness_range_is_between_the_quiet_and_the_loud_parts() -> None:
    both = np.concatenate([tone(-36.0, 20), tone(-26.0, 20)])
    assert heard(both).range() == pytest.approx(10.0, abs=0.5)


def test_a_peak_between_samples_is_found() -> None:
    times = np.arange(RATE)
    between = (np.sin(np.pi / 2 * times + np.pi / 4)).astype(np.float32)[:, None]  # samples of ±.707, peaks of 1
    assert np.abs(between).max() < 0.71
    assert heard(between).true_peak() == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("start", [0, 3, 990])
def test_a_peak_at_either_end_is_found(start: int) -> None:
    sound = np.zeros((1000, 1), np.float32)
    sound[start : start + 10, 0] = np.sin(np.pi / 2 * np.arange(10) + np.pi / 4)
    middle = np.roll(np.pad(sound, ((0, 9000), (0, 0))), 5000, axis=0)
    assert heard(sound, 100).true_peak() == pytest.approx(heard(middle).true_peak(), abs=0.05)
    assert heard(sound, 7).true_peak() > 20 * np.log10(np.abs(sound).max()) + 0.5  # type: ignore[operator]


def test_silence_and_what_is_too_short_have_no_loudness() -> None:
    assert heard(np.zeros((RATE, 2), np.float32)).integrated() is None
    assert heard(np.zeros((RATE, 2), np.float32)).true_peak() is None
    assert heard(tone(-20.0, 0.3)).integrated() is None


def clicks(times: list[float], seconds: float = 6.0) -> np.ndarray:
    sound = np.random.default_rng(0).normal(0, 1e-4, (round(rhythm.RATE * seconds), 1)).astype(np.float32)
    for time in times:
        start = round(time * rhythm.RATE)
        sound[start : start + 400] += np.random.default_rng(1).normal(0, 0.5, (400, 1)).astype(np.float32)
    return sound


def strength(sound: np.ndarray) -> np.ndarray:
    found = rhythm.OnsetStrength()
    for start in range(0, len(sound), 3001):
        found.hear(sound[start : start + 3001])
    return found.envelope()


def test_clicks_are_onsets_at_their_times() -> None:
    offset = rhythm.WINDOW / 2 / rhythm.RATE
    found = rhythm.onsets(strength(clicks([1.0, 2.5, 4.0])), rhythm.ENVELOPE_RATE, offset)
    assert found == pytest.approx([1.0, 2.5, 4.0], abs=0.07)
    assert len(rhythm.onsets(np.zeros(50), 10.0)) == 0


def test_noise_that_nobody_hears_is_no_onset() -> None:
    sound = clicks([3.0])
    sound[: 2 * rhythm.RATE] = 0.0
    found = rhythm.onsets(strength(sound), rhythm.ENVELOPE_RATE, rhythm.WINDOW / 2 / rhythm.RATE)
    assert found == pytest.approx([3.0], abs=0.07)


def test_a_stream_has_the_onset_strength_of_the_whole() -> None:
    sound = clicks([0.7, 3.2])
    whole = rhythm.OnsetStrength()
    whole.hear(sound)
    assert np.allclose(strength(sound), whole.envelope())


def test_f_measure_counts_each_event_once() -> None:
    assert rhythm.f_measure([1.0, 2.0], [1.05, 2.0]) == 100.0
    assert rhythm.f_measure([1.0, 1.02], [1.0]) == pytest.approx(200 / 3)
    assert rhythm.f_measure([1.0], [1.5]) == 0.0
    assert rhythm.f_measure([], [1.5]) is None


def test_a_shifted_rhythm_still_goes_with_itself_and_another_does_not() -> None:
    a, b = strength(clicks([1, 2, 3, 4, 5])), strength(clicks([1.3, 2.3, 3.3, 4.3, 5.3]))
    other = strength(clicks([0.4, 1.9, 2.1, 3.6, 5.5]))
    same = rhythm.cross_correlation(a, b, rhythm.ENVELOPE_RATE)
    assert same is not None and same > 0.8
    assert rhythm.cross_correlation(a, other, rhythm.ENVELOPE_RATE) < same - 0.3  # type: ignore[operator]
    assert rhythm.cross_correlation(a, np.zeros(len(a)), rhythm.ENVELOPE_RATE) is None


def test_words_are_counted_without_case_or_punctuation() -> None:
    assert words.word_error_rate("The ship is here", "“The ship, is here!”") == 0.0
    assert words.word_error_rate("the ship was here", "the ship is here") == 25.0
    assert words.word_error_rate("ship", "the ship is here") == 75.0
    assert words.word_error_rate("a b c d e", "a") == 400.0
    assert words.word_error_rate("anything", "…") is None
    assert words.spoken("Don’t 'shout'") == ["don't", "shout"]


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_word_errors_are_a_distance(a: list[str], b: list[str]) -> None:
    errors = words.word_errors(a, b)
    assert errors == words.word_errors(b, a)
    assert abs(len(a) - len(b)) <= errors <= max(len(a), len(b))
    assert (errors == 0) == (a == b)


def test_cepstral_distortion_grows_with_the_change_and_not_with_the_level_or_the_tempo() -> None:
    rng = np.random.default_rng(5)
    times = np.arange(words.MCD_RATE) / words.MCD_RATE
    speech = sum(np.sin(2 * np.pi * 120 * k * times) / k for k in range(1, 20)) * (1 + np.sin(2 * np.pi * 3 * times)) * 0.1
    speech = speech.astype(np.float32)
    own = words.cepstra(speech)
    assert words.distortion(own, own) == 0.0
    quiet = words.distortion(own, words.cepstra(speech * 0.5))
    slight = words.distortion(own, words.cepstra(speech + rng.normal(0, 0.003, len(speech)).astype(np.float32)))
    strong = words.distortion(own, words.cepstra(rng.normal(0, 0.1, len(speech)).astype(np.float32)))
    assert quiet < slight < strong  # type: ignore[operator]
    assert words.distortion(own, own[:0]) is None


def test_the_formula_is_kubicheks() -> None:
    a, b = np.zeros((3, 13)), np.zeros((3, 13))
    b[:, 0] = 0.5
    assert words.distortion(a, b) == pytest.approx(10 / np.log(10) * np.sqrt(2) * 0.5)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 6), (6, 1), (40, 55), (90, 30)])
def test_sounds_are_aligned_as_librosa_aligns_them(rows: int, columns: int) -> None:
    rng = np.random.default_rng(rows)
    a, b = rng.normal(size=(rows, 5)).cumsum(axis=0), rng.normal(size=(columns, 5)).cumsum(axis=0)
    _, path = librosa.sequence.dtw(a.T, b.T, metric="euclidean")
    wanted = np.linalg.norm(a[path[:, 0]] - b[path[:, 1]], axis=1).mean()
    assert warped_mean(a, b, reach=1000) == pytest.approx(wanted, abs=1e-12)


def test_an_alignment_goes_no_further_than_its_reach() -> None:
    step = np.repeat([0.0, 1.0], 50)[:, None]
    late = np.repeat([0.0, 1.0], [70, 30])[:, None]
    assert warped_mean(step, late, reach=20) == 0.0
    assert warped_mean(step, late, reach=10) > 0.05  # type: ignore[operator]


def test_a_minute_is_aligned_in_little_memory() -> None:
    rows = np.zeros((round(60 * words.MCD_RATE / words.MCD_HOP), 1))
    tracemalloc.start()
    assert warped_mean(rows, rows[:-40], reach=40) == 0.0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * rows.nbytes  # every cell of the whole table would be 5,000 times


def test_changes_of_loudness_are_compared_by_direction() -> None:
    up, down = np.array([3.0, 1.0, 2.0]), np.array([-3.0, -1.0, -2.0])
    assert distance_of_changes(up, up * 2) == pytest.approx(0.0)
    assert distance_of_changes(up, down) == pytest.approx(2.0)
    assert distance_of_changes(up, np.zeros(3)) is None


def test_a_file_is_heard_once_for_every_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.repeat(tone(-20.0, 1.0), 2, axis=1), RATE, subtype="FLOAT")
    low, high = Heard(16_000, 10.0), Heard(RATE, 0.25)
    hear(path, [low, high])
    assert abs(len(low.sound()) - 16_000) < 200 and not low.cut
    assert len(high.sound()) == RATE // 4 and high.cut
    assert np.abs(high.sound()).max() == pytest.approx(0.1, abs=0.01)
    assert len(read_sound(path, 8_000, 10.0)) > 7_900


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_mono_is_the_mean_of_the_channels(channels: int) -> None:
    sound = np.repeat(tone(-6.0, 0.5), channels, axis=1)
    low = np.concatenate(list(Resampler(16_000).mono(sound, RATE)))[1000:-1000]
    assert np.abs(low).max() == pytest.approx(10 ** (-6 / 20), abs=0.005)
    assert np.abs(low.mean(axis=1)).max() == np.abs(low).max()


@pytest.mark.parametrize("channels", [3, 4, 5, 7, 8, 12])
def test_more_than_two_channels_are_heard_as_six(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.repeat(tone(-30.0, 1.0), channels, axis=1), RATE)
    listener = Channels()
    hear(path, [listener])
    assert set(listener.found) == {6} and listener.count == RATE
    assert len(read_sound(path, 16_000, 10.0)) > 15_900


class Channels:
    rate = RATE

    def __init__(self) -> None:
        self.found: list[int] = []
        self.count = 0

    def hear(self, samples: np.ndarray) -> None:
        self.found.append(samples.shape[1])
        self.count += len(samples)


def test_a_stream_may_change_its_channels_and_its_rate() -> None:
    resampler, found = Resampler(16_000, "stereo"), []
    for layout, rate in (("mono", 48_000), ("stereo", 48_000), ("stereo", 24_000)):
        frame = AudioFrame.from_ndarray(np.full((1 if layout == "mono" else 2, rate), 0.1, np.float32), "fltp", layout)
        frame.sample_rate = rate
        found += [*resampler.frames(frame)]
    found += [*resampler.frames(None)]
    assert {samples.shape[1] for samples in found} == {2}
    assert sum(map(len, found)) == pytest.approx(3 * 16_000, abs=60)


def test_a_broken_file_of_sound_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF no sound")
    with pytest.raises(UnreadableError, match=r"a\.wav"):
        read_sound(path, 8_000, 1.0)
    with pytest.raises(UnreadableError, match=r"none\.wav"):
        read_sound(tmp_path / "none.wav", 8_000, 1.0)
