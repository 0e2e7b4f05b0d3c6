"""MovieBench over takes: CLIP score of sampled frames, and the characters of up to five."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.distributions.samples import sampled
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources, ShotReading, evenly
from reelkit.metrics.moviebench.identity import Counts, EncoderRecogniser, Recogniser, recognisable
from reelkit.metrics.similarity import PERCENT, Mean, unit

CLIP = "clip-b16"
LOOKS = 5
"""Frames of a shot in which characters are looked for."""
IDENTITY = ("id_precision", "id_recall", "id_f1")


class ShotMeter:
    """One take."""

    def __init__(
        self,
        resources: Resources,
        info: ClipInfo,
        recogniser: Callable[[Resources, ClipInfo], Recogniser] = EncoderRecogniser,
    ) -> None:
        self.resources, self.info = resources, info
        self._nearness = Mean()
        self._text: NDArray[np.float64] | None = None
        self._due = recognisable(info) if resources.wants(*IDENTITY) else frozenset()
        self._recognise = recogniser(resources, info) if self._due else None
        self._looked = frozenset(evenly(info, LOOKS).tolist())
        self._found: Set[str] = frozenset()

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        wanted = self.resources.wants("clip_score") and self.info.shot.prompt.strip()
        return {CLIP: sampled(self.info)} if wanted else {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        if rows := [row for _, row in block.rows.get(CLIP, ())]:
            if self._text is None:
                self._text = unit(self.resources.network(CLIP, [self.info.shot.prompt])[0])
            for cosine in unit(np.stack(rows)) @ self._text:
                self._nearness.add(PERCENT * float(cosine))
        if self._recognise is not None:
            for number, frame in enumerate(block.frames, block.start):
                if number in self._looked:
                    self._found = self._found | self._recognise(number, frame)

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        scores: dict[str, float | None] = {}
        if self.resources.wants("clip_score"):
            scores["clip_score"] = clip_score(self._nearness)
        counts = None
        if self._recognise is not None:
            counts = Counts.of(self._found & self._due, self._due & set(self.info.shot.characters))
            scores |= counts.scores()
        return Reading(scores, counts)


def clip_score(cosines: Mean) -> float | None:
    """The mean of cosines x100, at least 0, as torchmetrics' CLIPScore computes it (Hessel et al. 2021 without its 2.5)."""
    mean = cosines.mean()
    return None if mean is None else max(0.0, mean)


class GroupIdentity:
    """A scene or a movie: counts summed over its shots, so that a shot of three weighs three times one of one."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self._counts: Counts | None = None

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if isinstance(reading.material, Counts):
            self._counts = reading.material if self._counts is None else self._counts + reading.material
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        return {} if self._counts is None else self._counts.scores()

    def extras(self) -> Mapping[str, Any]:
        """The counts themselves, by which films are put together."""
        counts = self._counts
        if counts is None:
            return {}
        return {"id_counts": {"hits": counts.hits, "strangers": counts.strangers, "lost": counts.lost}}


def _group(resources: Resources) -> GroupIdentity | None:
    return GroupIdentity(resources) if resources.wants(*IDENTITY) else None


FAMILY = Family(clip=ShotMeter, scene=_group, movie=_group)
