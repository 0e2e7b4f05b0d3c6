"""Cross-shot consistency over scenes and movies, and the cuts of a take that should have some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.crossshot.cuts import expected_cuts, shot_cut_accuracy
from reelkit.metrics.crossshot.pairs import CrossShot
from reelkit.metrics.meters import (
    ENCODER,
    Block,
    ClipInfo,
    Family,
    Indices,
    Reading,
    Resources,
    ShotReading,
    middle,
    view,
)

if TYPE_CHECKING:
    from reelkit.metrics.complaints.cuts import CutCounter

Vector = NDArray[np.float32]

VICLIP = "viclip"
KEYFRAMES = ("stbench_cross_shot", "stbench_cross_shot_top10")
CLIPS = ("stbench_cross_shot_viclip", "stbench_cross_shot_top10_viclip")
CUTS = "shot_cut_accuracy"


class Material(msgspec.Struct, frozen=True):
    """What a story needs of a shot; rows as the networks give them."""

    keyframe: Vector | None = None
    clip: Vector | None = None
    prompt: Vector | None = None


class ShotMeter:
    """Keeps the shot's embeddings; counts its cuts where annotations say what is expected."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.resources, self.info = resources, info
        self._keyframe: Vector | None = None
        self._clip: Vector | None = None
        self._expected = self._cuts_asked_for()
        self._counter = _counter(info.fps) if self._expected is not None else None

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        features: dict[str, Indices] = {}
        if self.resources.wants(*KEYFRAMES):
            features[ENCODER] = [middle(self.info)]
        if self.resources.wants(*CLIPS):
            features[VICLIP] = view(self.info)  # those that VBench looks at, so that ViCLIP runs once
        return features

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        for _, row in block.rows.get(ENCODER, ()):
            self._keyframe = row
        for _, row in block.rows.get(VICLIP, ()):
            self._clip = row
        if self._counter is not None:
            for frame in block.frames:
                self._counter.add(frame)

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        scores: dict[str, float | None] = {}
        if self._counter is not None and self._expected is not None:
            counted = self._counter.finish()
            scores[CUTS] = (
                None if counted is None else shot_cut_accuracy(self._counter.cuts, self._expected, self.info.used)
            )
        return Reading(scores, Material(self._keyframe, self._clip, self._prompt()))

    def _cuts_asked_for(self) -> list[int] | None:
        if not self.resources.wants(CUTS) or self.resources.annotations is None:
            return None
        shot = self.info.shot
        cuts = expected_cuts(self.resources.annotations, shot.movie, shot.id)
        return None if cuts is None else [cut for cut in cuts if 0 < cut < self.info.used]

    def _prompt(self) -> Vector | None:
        text = self.info.shot.prompt
        if not text.strip() or not self.resources.wants(KEYFRAMES[1], CLIPS[1]):
            return None
        return self.resources.models.embed_texts([text], self.resources.encoder)[0]


class StoryMeter:
    """Compares the shots of a scene or a movie with one another; memory is bounded by `pairs.KEPT`."""

    def __init__(self, resources: Resources) -> None:
        self._names = resources.names
        self._keyframes, self._clips = CrossShot(), CrossShot()

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        found = reading.material
        if isinstance(found, Material):
            if found.keyframe is not None:
                self._keyframes.add(found.keyframe, found.prompt)
            if found.clip is not None:
                self._clips.add(found.clip, found.prompt)
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        scores: dict[str, float | None] = {}
        for (overall, top), pairs in ((KEYFRAMES, self._keyframes), (CLIPS, self._clips)):
            scores |= {overall: pairs.overall(), top: pairs.relevant()}
        return {name: value for name, value in scores.items() if name in self._names}

    def extras(self) -> Mapping[str, Any]:
        """None."""
        return {}


def _counter(fps: float) -> CutCounter:
    from reelkit.metrics.complaints.cuts import CutCounter

    return CutCounter(fps)


def _clip(resources: Resources, info: ClipInfo) -> ShotMeter | None:
    return ShotMeter(resources, info) if resources.wants(*KEYFRAMES, *CLIPS, CUTS) else None


def _story(resources: Resources) -> StoryMeter | None:
    return StoryMeter(resources) if resources.wants(*KEYFRAMES, *CLIPS) else None


FAMILY = Family(clip=_clip, scene=_story, movie=_story)
