"""Sound over takes: what a stream of samples, and what a reference track, says of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.errors import UnreadableError
from reelkit.metrics.distributions.moments import Moments, frechet
from reelkit.metrics.hearing import Heard, Resampler, Samples, hear, read_sound
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources, ShotReading
from reelkit.metrics.similarity import unit
from reelkit.metrics.sound import rhythm, words
from reelkit.metrics.sound.loudness import RATE, Loudness
from reelkit.metrics.sound.pieces import DISTANCES, At, Pieces, reference_moments
from reelkit.metrics.sound.tracks import track

LONGEST = 600.0
"""Seconds of a take that are held whole, for words, voices and cepstra."""
SPEECH_RATE = 16_000
LEAST_VOICE = SPEECH_RATE // 2
"""Samples that a speaker is told from."""
TRACKED = ("beat_cross_correlation", "dynamics_distance", "mcd")


class Material(msgspec.Struct, frozen=True):
    """What a movie needs of a take's sound."""

    moments: Mapping[str, Moments]


class SoundMeter:
    """Everything about one take's sound; hears at 48 kHz, and lower rates are made from it."""

    rate = RATE

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.resources, self.info = resources, info
        wants = resources.wants
        self.heard = False
        self._loudness = Loudness() if wants("loudness", "loudness_range", "true_peak", "dynamics_distance") else None
        self._motion = rhythm.MotionOnsets() if wants("audio_video_onset") and info.has_audio else None
        self._strength = rhythm.OnsetStrength() if wants("audio_video_onset", "beat_cross_correlation") else None
        self._low = Resampler(rhythm.RATE)
        self._pieces = {name: Pieces(resources, network) for name, network in DISTANCES.items() if wants(name)}
        self._speech = Heard(SPEECH_RATE, LONGEST) if self._wants_speech() else None
        self._to_speech = Resampler(SPEECH_RATE)
        self._whole = Heard(words.MCD_RATE, LONGEST) if wants("mcd") else None
        self._left = None if info.used >= info.frames else round(info.used / info.fps * RATE)

    def looks(self) -> Mapping[str, Indices]:
        """No network looks at frames for it."""
        return {}

    def hear(self, samples: Samples) -> None:
        """See `Hears`. What is cut off in the film is not heard."""
        if self._left is not None:
            samples = samples[: self._left]
            self._left -= len(samples)
        if not len(samples):
            return
        self.heard = True
        if self._loudness is not None:
            self._loudness.hear(samples)
        for pieces in self._pieces.values():
            pieces.hear(samples)
        if self._strength is not None or self._whole is not None:
            for part in self._low.mono(samples, RATE):
                for listener in (self._strength, self._whole):
                    if listener is not None:
                        listener.hear(part)
        if self._speech is not None:
            for part in self._to_speech.mono(samples, RATE):
                self._speech.hear(part)

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        if self._motion is not None:
            for frame in block.frames:
                self._motion.add(frame)

    def finish(self) -> Reading:
        """See `ClipMeter`. A take without sound has no scores."""
        if not self.heard:
            return Reading({})
        for pieces in self._pieces.values():
            pieces.finish()
        scores: dict[str, float | None] = {}
        if self._loudness is not None:
            scores |= {
                "loudness": self._loudness.integrated(),
                "loudness_range": self._loudness.range(),
                "true_peak": self._loudness.true_peak(),
            }
        if self._motion is not None and self._strength is not None:
            sound = rhythm.onsets(self._strength.envelope(), rhythm.ENVELOPE_RATE, rhythm.WINDOW / 2 / rhythm.RATE)
            seen = rhythm.onsets(self._motion.envelope(), self.info.fps)
            scores["audio_video_onset"] = rhythm.f_measure(sound, seen)
        scores |= self._beside_track()
        scores |= self._speaking()
        return Reading(scores, Material({name: pieces.moments for name, pieces in self._pieces.items()}))

    def _beside_track(self) -> dict[str, float | None]:
        """What compares the take with the reference's track of the same name."""
        reference = self.resources.reference
        given = track(reference, self.info) if reference is not None and self.resources.wants(*TRACKED) else None
        if given is None:
            return {}
        scores: dict[str, float | None] = {}
        loudness, strength = Loudness(), rhythm.OnsetStrength()
        hear(given, [At(RATE, loudness.hear), At(rhythm.RATE, strength.hear)])
        if self._strength is not None:
            scores["beat_cross_correlation"] = rhythm.cross_correlation(
                self._strength.envelope(), strength.envelope(), rhythm.ENVELOPE_RATE
            )
        if self._loudness is not None:
            scores["dynamics_distance"] = distance_of_changes(self._loudness.changes(), loudness.changes())
        if self._whole is not None:
            theirs = read_sound(given, words.MCD_RATE, LONGEST)
            scores["mcd"] = words.distortion(words.cepstra(self._whole.sound()), words.cepstra(theirs))
        return scores

    def _wants_speech(self) -> bool:
        lines = self.info.shot.dialogue
        return self.resources.wants("wer", "sim_o") and any(line.text.strip() for line in lines)

    def _speaking(self) -> dict[str, float | None]:
        if self._speech is None:
            return {}
        sound, scores = self._speech.sound(), dict[str, float | None]()
        if self.resources.wants("wer") and not self._speech.cut:
            heard = self.resources.network("whisper", [sound])[0]
            scores["wer"] = words.word_error_rate(heard, " ".join(line.text for line in self.info.shot.dialogue))
        sample = self._voice() if self.resources.wants("sim_o") else None
        if sample is not None and len(sound) >= LEAST_VOICE:
            ours, theirs = unit(np.asarray(self.resources.network("wavlm-sv", [sound, sample])))
            scores["sim_o"] = float(ours @ theirs)
        return scores

    def _voice(self) -> NDArray[np.float32] | None:
        """The voice sample of the only speaker; None where there are several, or no sample."""
        speakers = {line.character for line in self.info.shot.dialogue if line.text.strip()}
        character = self.info.bank.get(next(iter(speakers))) if len(speakers) == 1 else None
        voice = None if character is None else character.voice
        if not isinstance(voice, str) or not voice or self.resources.store is None:
            return None
        path = self.resources.store.absolute(voice)
        if not path.is_file():
            raise UnreadableError(f"{path}: the voice sample of character {character.id if character else ''} is not there")
        sample = read_sound(path, SPEECH_RATE, LONGEST)
        return sample if len(sample) >= LEAST_VOICE else None


class SoundMovie:
    """Fréchet distances of all takes together from the reference."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._moments = {name: Moments() for name in DISTANCES if resources.wants(name)}

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if isinstance(reading.material, Material):
            for name, moments in reading.material.moments.items():
                self._moments[name].merge(moments)
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`. None where either set is smaller than its embedding needs."""
        theirs = reference_moments(self._resources, frozenset(self._moments))
        return {name: frechet(ours, theirs[name]) for name, ours in self._moments.items()}

    def extras(self) -> Mapping[str, Any]:
        """None."""
        return {}


def distance_of_changes(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float | None:
    """Cosine distance of two lines of loudness changes over their common length; None where one is flat or empty."""
    length = min(len(ours), len(theirs))
    a, b = ours[:length], theirs[:length]
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return 1.0 - float(a @ b) / scale if scale > 0 else None


def _movie(resources: Resources) -> SoundMovie | None:
    return SoundMovie(resources) if resources.wants(*DISTANCES) else None


FAMILY = Family(clip=SoundMeter, movie=_movie)
