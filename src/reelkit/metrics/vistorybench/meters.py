"""ViStoryBench over takes: each is looked at in its keyframe, as the benchmark looks at one picture a shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.crops import described, locate
from reelkit.metrics.locator import MARGIN
from reelkit.metrics.meters import (
    Block,
    ClipInfo,
    Family,
    Frame,
    Indices,
    Reading,
    Resources,
    ShotReading,
    middle,
)
from reelkit.metrics.similarity import Mean, PairwiseMean, unit
from reelkit.metrics.vistorybench.identity import Identity, assign, cross, onstage_match
from reelkit.metrics.vistorybench.portraits import CLIP, STYLE, appearances, detected, styles

if TYPE_CHECKING:
    from reelkit.manifest.kinds import Character

Vector = NDArray[np.float32]

LOCATED = ("cids_self", "cids_cross")
DETECTED = ("cids_self_clip", "cids_cross_clip")


class Seen(msgspec.Struct, frozen=True):
    """The shot's characters by one way of finding them."""

    expected: Mapping[str, bool]
    """Whom the shot names and could be found, and whether they have a portrait."""
    crops: Mapping[str, Vector] = {}
    near: Mapping[str, float] = {}
    """Mean cosine of the crop to the portraits, of those who have some."""

    def cross(self) -> float | None:
        """The shot's own cross-similarity: mean over its characters with portraits, 0 for one who is not found."""
        mean = Mean()
        for character, has_portrait in self.expected.items():
            if has_portrait:
                mean.add(self.near.get(character, 0.0))
        return mean.mean()


class Material(msgspec.Struct, frozen=True):
    """What a story needs of a shot."""

    style: Vector | None = None
    located: Seen | None = None
    detected: Seen | None = None


class KeyframeMeter:
    """Looks at the keyframe by CSD, by reelkit's locator and by the detector, as far as they are wanted."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.resources, self.info = resources, info
        self._keyframe: Frame | None = None
        self._style: Vector | None = None

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        return {STYLE: [middle(self.info)]} if self.resources.wants("csd_self", "csd_cross") else {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        place = middle(self.info) - block.start
        if 0 <= place < len(block.frames):
            self._keyframe = block.frames[place]
        for _, row in block.rows.get(STYLE, ()):
            self._style = row

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        wants = self.resources.wants
        scores: dict[str, float | None] = {}
        located = detected = None
        if self._style is not None and wants("csd_cross"):
            scores["csd_cross"] = self._style_of_portraits(self._style)
        if self._keyframe is not None and wants(*LOCATED):
            located = self._located(self._keyframe)
            scores["cids_cross"] = located.cross()
        if self._keyframe is not None and wants("onstage_match"):
            found = locate(self.resources, self.info, middle(self.info), self._keyframe, whole_bank=True)
            scores["onstage_match"] = onstage_match(len(found), len(self._measurable()))
        if self._keyframe is not None and wants(*DETECTED, "onstage_match_detected"):
            detected = self._detected(self._keyframe, scores)
        scores = {name: value for name, value in scores.items() if wants(name)}
        return Reading(scores, Material(self._style, located, detected))

    def _style_of_portraits(self, style: Vector) -> float | None:
        """Mean over the shot's characters; who has no portrait is stood for by the first of the bank who has."""
        bank = [each for each in self.info.bank.values() if each.portraits]
        if not bank:
            return None
        people = [each if each.portraits else bank[0] for each in self.info.cast] or bank[:1]
        return float(np.mean([cross(style, styles(self.resources, each)) for each in people]))

    def _measurable(self) -> list[Character]:
        """Whom the locator can look for."""
        return [each for each in self.info.cast if described(self.resources, each).target is not None]

    def _located(self, keyframe: Frame) -> Seen:
        people = self._measurable()
        found = locate(self.resources, self.info, middle(self.info), keyframe)
        # The locator's contrast also finds an absent character, where the others are not.
        crops = {id: sighting.embedding for id, sighting in found.items() if sighting.gain >= MARGIN}
        portraits = {each.id: described(self.resources, each).portrait for each in people}
        near = {id: cross(crop, pair[0][None]) for id, crop in crops.items() if (pair := portraits[id]) is not None}
        return Seen({id: pair is not None for id, pair in portraits.items()}, crops, near)

    def _detected(self, keyframe: Frame, scores: dict[str, float | None]) -> Seen | None:
        crops = detected(self.resources, keyframe)
        scores["onstage_match_detected"] = onstage_match(len(crops), len(self.info.cast))
        people = [each for each in self.info.cast if each.portraits]
        if not people or not self.resources.wants(*DETECTED):
            return None
        references = {each.id: appearances(self.resources, each) for each in people}
        seen = self._matched(crops, references)
        scores["cids_cross_clip"] = seen.cross()
        return seen

    def _matched(self, crops: Sequence[Frame], references: Mapping[str, Vector]) -> Seen:
        expected = dict.fromkeys(references, True)
        if not crops:
            return Seen(expected)
        rows = np.asarray(self.resources.network(CLIP, crops), np.float32)
        names, sets = list(references), list(references.values())
        found = {names[who]: unit(rows[place]).astype(np.float32) for who, place in assign(rows, sets).items()}
        return Seen(expected, found, {id: cross(row, references[id]) for id, row in found.items()})


class StoryMeter:
    """Compares the shots of a scene or a movie with one another; holds one vector, and one a character."""

    def __init__(self, resources: Resources) -> None:
        self._names = resources.names
        self._styles = PairwiseMean()
        self._located, self._detected = Identity(), Identity()

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        found = reading.material
        if not isinstance(found, Material):
            return {}
        beside: dict[str, float | None] = {}
        if found.style is not None and "csd_self" in self._names:
            beside["csd_self"] = self._styles.nearness(found.style)
            self._styles.add(found.style)
        beside["cids_self"] = _take(self._located, found.located)
        beside["cids_self_clip"] = _take(self._detected, found.detected)
        return {name: value for name, value in beside.items() if name in self._names}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        scores = {
            "csd_self": self._styles.mean(),
            "cids_self": self._located.self_similarity(),
            "cids_cross": self._located.cross_similarity(),
            "cids_self_clip": self._detected.self_similarity(),
            "cids_cross_clip": self._detected.cross_similarity(),
        }
        return {name: value for name, value in scores.items() if name in self._names}

    def extras(self) -> Mapping[str, Any]:
        """None."""
        return {}


def _take(identity: Identity, seen: Seen | None) -> float | None:
    if seen is None:
        return None
    for character, has_portrait in seen.expected.items():
        identity.expect(character, has_portrait)
    return identity.add(seen.crops, seen.near)


FAMILY = Family(clip=KeyframeMeter, scene=StoryMeter, movie=StoryMeter)
