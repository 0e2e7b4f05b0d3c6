"""Loudness, rhythm, words and cepstra against values that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import UnreadableError
from reelkit.metrics.hearing import Heard, hear, read_sound
from reelkit.metrics.sound import rhythm, words
from reelkit.metrics.sound.loudness import RATE, Loudness
from reelkit.metrics.sound.meters import distance_of_changes


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


def test_a_broken_file_of_sound_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF no sound")
    with pytest.raises(UnreadableError, match=r"a\.wav"):
        read_sound(path, 8_000, 1.0)
    with pytest.raises(UnreadableError, match=r"none\.wav"):
        read_sound(tmp_path / "none.wav", 8_000, 1.0)
