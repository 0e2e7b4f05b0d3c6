"""FilmWeaver's six over takes and scenes: one keyframe a take, and two frames a second for what asks for more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.alignment import alignment
from reelkit.metrics.consistency import CharacterConsistency, Consistency
from reelkit.metrics.copying import copy_paste_rate
from reelkit.metrics.crops import Sighting, described, locate
from reelkit.metrics.inception import InceptionScore
from reelkit.metrics.meters import (
    ENCODER,
    Block,
    ClipInfo,
    Family,
    Frame,
    Indices,
    Reading,
    Resources,
    ShotReading,
    at_rate,
    middle,
)
from reelkit.metrics.similarity import Mean, unit

SAMPLES_PER_SECOND = 2.0
"""Frames a second that aes and incep look at; more of them are nearly the same picture."""
MATRIX_SHOTS = 64
"""Shots of a scene whose similarity matrix is kept for the report."""
CLIP, HEAD, CLASSES = "clip-l14", "laion-aesthetic-l14", "inception-v3"
CHARACTERS = ("character_consistency", "character_alignment", "copy_paste_rate")
KEYFRAMES = ("all_consistency", "all_alignment")

Vector = NDArray[np.float32]


class Crop(msgspec.Struct, frozen=True):
    """A character's crop in one shot, and what it may have been copied from."""

    crop: Vector
    mirrored: Vector
    portrait: tuple[Vector, Vector] | None
    """The first portrait as it is and mirrored; None without portraits."""


class Material(msgspec.Struct, frozen=True):
    """What a scene needs of a shot."""

    keyframe: Vector | None = None
    crops: Mapping[str, Crop] = {}
    inception: InceptionScore | None = None
    """Of the sampled frames."""


class KeyframeMeter:
    """Embeds the keyframe, finds the characters in it, and averages aes over samples."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.resources, self.info = resources, info
        self._keyframe: Frame | None = None
        self._embedding: Vector | None = None
        self._aes = Mean()
        self._inception = InceptionScore()

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        wants, samples = self.resources.wants, at_rate(self.info, SAMPLES_PER_SECOND)
        features: dict[str, Indices] = {}
        if wants(*KEYFRAMES):
            features[ENCODER] = [middle(self.info)]
        if wants("aes"):
            features[CLIP] = samples
        if wants("incep"):
            features[CLASSES] = samples
        return features

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        place = middle(self.info) - block.start
        if 0 <= place < len(block.frames):
            self._keyframe = block.frames[place]
        for _, row in block.rows.get(ENCODER, ()):
            self._embedding = row
        if features := [row for _, row in block.rows.get(CLIP, ())]:
            for score in self.resources.network(HEAD, features):
                self._aes.add(float(score[0]))
        if classes := [row for _, row in block.rows.get(CLASSES, ())]:
            self._inception.add(np.stack(classes))

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        scores: dict[str, float | None] = {"aes": self._aes.mean()} if self.resources.wants("aes") else {}
        prompt = self.info.shot.prompt
        if self._embedding is not None and self.resources.wants("all_alignment") and prompt.strip():
            text = self.resources.models.embed_texts([prompt], self.resources.encoder)[0]
            scores["all_alignment"] = alignment(self._embedding, text)
        crops: dict[str, Crop] = {}
        if self.resources.wants(*CHARACTERS) and self._keyframe is not None and self.info.cast:
            found = locate(self.resources, self.info, middle(self.info), self._keyframe)
            crops = {id: self._crop(id, sighting) for id, sighting in found.items()}
            if self.resources.wants("character_alignment"):
                aligned = Mean()
                for sighting in found.values():
                    aligned.add(sighting.alignment)
                scores["character_alignment"] = aligned.mean()
        return Reading(scores, Material(self._embedding, crops, self._inception))

    def _crop(self, id: str, sighting: Sighting) -> Crop:
        portrait = described(self.resources, self.info.bank[id]).portrait
        return Crop(sighting.embedding, sighting.mirrored, portrait)


class SceneMeter:
    """Compares a scene's shots with one another."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self._keyframes = Consistency()
        self._characters = CharacterConsistency()
        self._references: dict[str, tuple[Vector, Vector]] = {}
        self._copies: dict[str, Mean] = {}
        self._inception = InceptionScore()
        self._shots: list[str] = []
        self._matrix: list[Vector] = []

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        found = reading.material
        if not isinstance(found, Material):
            return {}
        crops = {id: each.crop for id, each in found.crops.items()}
        beside = {
            "all_consistency": None if found.keyframe is None else self._keyframes.add(found.keyframe),
            "character_consistency": self._characters.add(crops),
            "copy_paste_rate": self._copying(found.crops),
        }
        if found.keyframe is not None and len(self._matrix) < MATRIX_SHOTS:
            self._shots.append(reading.shot.id)
            self._matrix.append(found.keyframe)
        if found.inception is not None:
            self._inception.merge(found.inception)
        return {name: value for name, value in beside.items() if self.resources.wants(name)}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        copies = Mean()
        for mean in self._copies.values():
            copies.add(mean.mean())
        scores = {
            "incep": self._inception.value(),
            "all_consistency": self._keyframes.value(),
            "character_consistency": self._characters.value(),
            "copy_paste_rate": copies.mean(),
        }
        return {name: value for name, value in scores.items() if self.resources.wants(name)}

    def extras(self) -> Mapping[str, Any]:
        """The cosines of the scene's keyframes with one another, for the report."""
        if len(self._matrix) < 2 or not self.resources.wants("all_consistency"):
            return {}
        rows = unit(np.stack(self._matrix))
        cosines = np.round(rows @ rows.T, 4).tolist()
        return {"similarity": {"shots": self._shots, "matrix": cosines}}

    def _copying(self, crops: Mapping[str, Crop]) -> float | None:
        """The shot's copy-paste rate: against the portrait, else (reelkit's own) the scene's first crop."""
        shot = Mean()
        for id, crop in crops.items():
            reference = crop.portrait or self._references.get(id)
            if reference is None:
                self._references[id] = (crop.crop, crop.mirrored)
                continue
            rate = copy_paste_rate(crop.crop, *reference)
            self._copies.setdefault(id, Mean()).add(rate)
            shot.add(rate)
        return shot.mean()


class MovieMeter:
    """The Inception Score of all sampled frames; what scenes compare is averaged over scenes."""

    def __init__(self) -> None:
        self._inception = InceptionScore()

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if isinstance(reading.material, Material) and reading.material.inception is not None:
            self._inception.merge(reading.material.inception)
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        return {"incep": self._inception.value()}

    def extras(self) -> Mapping[str, Any]:
        """None."""
        return {}


def _movie(resources: Resources) -> MovieMeter | None:
    return MovieMeter() if resources.wants("incep") else None


FAMILY = Family(clip=KeyframeMeter, scene=SceneMeter, movie=_movie)
