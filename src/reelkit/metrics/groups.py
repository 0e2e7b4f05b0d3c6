"""Scenes and movies as what their families' meters keep of them: no frame is held."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from reelkit.manifest.kinds import Shot, Take
from reelkit.metrics.meters import GroupMeter, Reading, Resources, ShotReading
from reelkit.metrics.registry import BY_NAME, FAMILY_OF, METRICS, Level, family
from reelkit.metrics.similarity import Mean


class Findings(msgspec.Struct, frozen=True):
    """What measuring one take of a shot gave, by family."""

    shot: Shot
    readings: Mapping[str, Reading]
    take: Take | None = None

    @property
    def scores(self) -> dict[str, float]:
        """The take's own numbers."""
        return {
            name: float(value)
            for reading in self.readings.values()
            for name, value in reading.scores.items()
            if value is not None
        }


class Group:
    """Everything measured over one scene or one movie so far."""

    def __init__(self, resources: Resources, level: Level) -> None:
        self._resources = resources
        self.names = frozenset(name for name in resources.names if level in BY_NAME[name].levels)
        self.shots = 0
        self._means = {name: Mean() for name in self.names if "shot" in BY_NAME[name].levels}
        self._meters: dict[str, GroupMeter] = {}
        for name in dict.fromkeys(FAMILY_OF[m.name] for m in METRICS if m.name in resources.names):
            make = family(name).scene if level == "scene" else family(name).movie
            meter = make(resources) if make is not None else None
            if meter is not None:
                self._meters[name] = meter

    def add(self, found: Findings) -> dict[str, float | None]:
        """Take the group's next shot; what it is beside the earlier ones, None where that could not be measured."""
        self.shots += 1
        scores = found.scores
        for name, mean in self._means.items():
            mean.add(scores.get(name))
        beside: dict[str, float | None] = {}
        for name, meter in self._meters.items():
            reading = found.readings.get(name)
            material = None if reading is None else reading.material
            beside |= meter.add(ShotReading(shot=found.shot, scores=scores, material=material))
        return beside

    def beside(self, found: Findings) -> dict[str, float | None]:
        """What `add` would say, without taking the shot. Models and what else a run has once are not copied."""
        return copy.deepcopy(self, {id(self._resources): self._resources}).add(found)

    def values(self) -> dict[str, float | None]:
        """The group's scores: means over shots, and over them what the meters say."""
        means: dict[str, float | None] = {name: mean.mean() for name, mean in self._means.items()}
        return {**means, **self.measured()}

    def measured(self) -> dict[str, float | None]:
        """The scores that the meters give, None for what could not be measured."""
        found = [meter.values() for meter in self._meters.values()]
        return {name: value for values in found for name, value in values.items() if name in self.names}

    def extras(self) -> dict[str, Any]:
        """More fields of the group's record."""
        return {name: value for meter in self._meters.values() for name, value in meter.extras().items()}


class SceneMeans:
    """What scenes have and shots have not: the movie's value is the mean over its scenes, as FilmWeaver averages."""

    def __init__(self) -> None:
        self._means: dict[str, Mean] = {}

    def add(self, measured: Mapping[str, float | None]) -> None:
        """Take what the meters of a whole scene said."""
        for name, value in measured.items():
            self._means.setdefault(name, Mean()).add(value)

    def values(self) -> dict[str, float | None]:
        """The means."""
        return {name: mean.mean() for name, mean in self._means.items() if "movie" in BY_NAME[name].levels}


def present(values: Mapping[str, float | None]) -> dict[str, float]:
    """The scores that could be measured, in registry order."""
    known: Sequence[str] = [m.name for m in METRICS if m.name in values]
    return {name: float(value) for name in known if (value := values[name]) is not None}
