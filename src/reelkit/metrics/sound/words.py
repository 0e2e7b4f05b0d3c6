"""Words and cepstra: how far one wording, or one sound, is from another."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.sound.warping import warped_mean

MCD_RATE, MCD_HOP = 22_050, 256
REACH_SECONDS = 10.0
"""How far two sounds are moved against one another when they are aligned."""
COEFFICIENTS = 13
"""Of the cepstrum, after the first, which is energy."""
SCALE = 10.0 * np.sqrt(2.0) / np.log(10.0)
"""From a distance of natural cepstra to decibels."""
_WORD = re.compile(r"[^\w']+")


def spoken(text: str) -> list[str]:
    """A text's words for comparison: lower case, punctuation gone, apostrophes inside words kept."""
    return [word.strip("'") for word in _WORD.split(text.casefold().replace("’", "'")) if word.strip("'_")]


def word_errors(heard: Sequence[str], written: Sequence[str]) -> int:
    """Least number of words to insert, delete or replace (Levenshtein 1966)."""
    row = list(range(len(written) + 1))
    for count, word in enumerate(heard, 1):
        before, row[0] = row[0], count
        for place, other in enumerate(written, 1):
            here = row[place]
            row[place] = min(here + 1, row[place - 1] + 1, before + (word != other))
            before = here
    return row[-1]


def word_error_rate(heard: str, written: str) -> float | None:
    """Percent of the written words; above 100 where much was added. None where nothing was written."""
    words = spoken(written)
    return 100.0 * word_errors(spoken(heard), words) / len(words) if words else None


def cepstra(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cepstra [N, COEFFICIENTS] of a sound [S] at MCD_RATE, quantised to 16 bits first."""
    import librosa

    quantised = np.round(np.clip(sound, -1, 1) * 32767) / 32767
    mel = librosa.feature.melspectrogram(y=quantised.astype(np.float32), sr=MCD_RATE, n_fft=1024, hop_length=MCD_HOP, n_mels=80)
    # Natural logarithms of magnitudes, and an orthonormal transform: decibels come from SCALE alone.
    found = librosa.feature.mfcc(S=0.5 * np.log(np.maximum(mel, 1e-10)), n_mfcc=COEFFICIENTS + 1, norm="ortho")
    return np.asarray(found[1:].T, np.float64) / np.sqrt(80 / 2)


def distortion(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Mean over the cheapest alignment (dynamic time warping) of SCALE times the distance of cepstra, dB."""
    mean = warped_mean(a, b, round(REACH_SECONDS * MCD_RATE / MCD_HOP))
    return None if mean is None else float(SCALE * mean)
