"""EntityBench over takes and stories: characters by reelkit's locator, and every kind of entity by the authors' networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.crops import described, locate
from reelkit.metrics.entities.card import METRICS, Kind
from reelkit.metrics.entities.centres import Centres, Gate
from reelkit.metrics.entities.fidelity import fidelity
from reelkit.metrics.entities.grounding import Grounder
from reelkit.metrics.entities.schedule import Entity, schedule
from reelkit.metrics.entities.selection import sampled
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
from reelkit.metrics.similarity import Mean

Vector = NDArray[np.float32]

LOCATED = (
    "entity_presence", "entity_consistency", "entity_fidelity", "entity_gated_consistency", "entity_gate_admitted",
)  # fmt: skip
JUDGED = ("entity_fidelity", "entity_gated_consistency", "entity_gate_admitted")
ALL = tuple(metric.name for metric in METRICS)
COMPARED = tuple(metric.name for metric in METRICS if "shot" not in metric.levels)


class Appearance(msgspec.Struct, frozen=True):
    """An entity in a shot: how it looks, and what the judge says of it."""

    kind: Kind
    id: str
    row: Vector | None
    fidelity: float | None


class Material(msgspec.Struct, frozen=True):
    """What a story needs of a shot: who is present, by reelkit's locator and by the authors' networks."""

    located: tuple[Appearance, ...] = ()
    grounded: tuple[Appearance, ...] = ()


class EntityMeter:
    """Looks for the shot's entities; keeps at most one crop an entity."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.resources, self.info = resources, info
        self._keyframe: Frame | None = None
        wanted = [each for each in schedule(info, resources.annotations) if resources.wants(*_grounded(each.kind))]
        self._grounders = [(entity, Grounder(resources, entity)) for entity in wanted]
        self._due = frozenset(sampled(info.used)) if self._grounders else frozenset[int]()

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`: none, for what is looked at are crops."""
        return {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        for number, frame in enumerate(block.frames, block.start):
            if number == middle(self.info):
                self._keyframe = frame
            if number in self._due:
                for _, grounder in self._grounders:
                    grounder.add(frame)

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        scores: dict[str, float | None] = {}
        located: list[Appearance] = []
        if self._keyframe is not None and self.resources.wants(*LOCATED):
            located = self._located(self._keyframe, scores)
        grounded = self._grounded(scores) if self._due else []
        return Reading(
            {name: value for name, value in scores.items() if self.resources.wants(name)},
            Material(tuple(located), tuple(grounded)),
        )

    def _located(self, keyframe: Frame, scores: dict[str, float | None]) -> list[Appearance]:
        people = {each.id: each for each in self.info.cast if described(self.resources, each).target is not None}
        if not people:
            return []
        found = locate(self.resources, self.info, middle(self.info), keyframe)
        seen = {id: sighting for id, sighting in found.items() if sighting.gain >= MARGIN}
        appearances = []
        for id, sighting in seen.items():
            entity = Entity("character", id, people[id].name, people[id].look)
            mark = self._ask(entity, sighting.box.crop(keyframe)) if self.resources.wants(*JUDGED) else None
            appearances.append(Appearance("character", id, sighting.embedding, mark))
        if self.resources.wants("entity_presence"):
            recognised = locate(self.resources, self.info, middle(self.info), keyframe, whole_bank=True)
            scores["entity_presence"] = sum(id in recognised for id in people) / len(people)
        scores["entity_fidelity"] = _mean(appearances)
        return appearances

    def _grounded(self, scores: dict[str, float | None]) -> list[Appearance]:
        appearances = []
        kinds: Iterable[Kind] = dict.fromkeys(entity.kind for entity, _ in self._grounders)
        for kind in kinds:
            here = [(entity, grounder) for entity, grounder in self._grounders if entity.kind == kind]
            judged = self.resources.wants(f"entity_{kind}_fidelity", f"entity_{kind}_gated_consistency")
            compared = self.resources.wants(f"entity_{kind}_consistency", f"entity_{kind}_gated_consistency")
            rated = []
            for entity, grounder in here:
                mark = self._ask(entity, grounder.crop) if judged and grounder.crop is not None else None
                row = grounder.appearance() if compared else None
                rated.append(Appearance(kind, entity.id, row, mark))
            scores[f"entity_{kind}_presence"] = sum(grounder.present for _, grounder in here) / len(here)
            scores[f"entity_{kind}_fidelity"] = _mean(rated)
            appearances += [each for each in rated if each.row is not None]
        return appearances

    def _ask(self, entity: Entity, crop: Frame) -> float | None:
        judge = self.resources.judge
        if judge is None or not entity.look.strip():
            return None
        return fidelity(judge, entity.kind, entity.name, entity.look, np.ascontiguousarray(crop))


class StoryMeter:
    """Compares the appearances of a scene's or a movie's entities; holds two vectors an entity and kind of finding."""

    def __init__(self, resources: Resources) -> None:
        self._names = resources.names
        self._gate = Gate()
        self._centres: dict[str, Centres] = {}
        self._taken: dict[str, Centres] = {}
        """What passed the gate, by kind."""

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        found = reading.material
        if isinstance(found, Material):
            for each in found.located:
                self._take("entity", each, self._gate(each.fidelity))
            for each in found.grounded:
                self._take(f"entity_{each.kind}", each, Gate()(each.fidelity))
        return {}

    def _take(self, kind: str, appearance: Appearance, passes: bool) -> None:
        if appearance.row is not None:
            self._centres.setdefault(kind, Centres()).add(appearance.id, appearance.row)
            if passes:
                self._taken.setdefault(kind, Centres()).add(appearance.id, appearance.row)

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        scores: dict[str, float | None] = {"entity_gate_admitted": self._gate.share()}
        scores |= {f"{kind}_consistency": centres.value() for kind, centres in self._centres.items()}
        scores |= {f"{kind}_gated_consistency": centres.value() for kind, centres in self._taken.items()}
        return {name: value for name, value in scores.items() if name in self._names}

    def extras(self) -> Mapping[str, Any]:
        """How many appearances were judged, passed, and could not be judged."""
        if not self._gate.appearances or self._names.isdisjoint(JUDGED):
            return {}
        gate = self._gate
        return {"entity_gate": {"appearances": gate.appearances, "admitted": gate.passed, "unknown": gate.unknown}}


def _grounded(kind: Kind) -> list[str]:
    return [name for name in ALL if name.startswith(f"entity_{kind}_")]


def _mean(appearances: list[Appearance]) -> float | None:
    mean = Mean()
    for each in appearances:
        mean.add(each.fidelity)
    return mean.mean()


def _story(resources: Resources) -> StoryMeter | None:
    return StoryMeter(resources) if resources.wants(*COMPARED) else None


def _clip(resources: Resources, info: ClipInfo) -> EntityMeter | None:
    return EntityMeter(resources, info) if resources.wants(*ALL) else None


FAMILY = Family(clip=_clip, scene=_story, movie=_story)
