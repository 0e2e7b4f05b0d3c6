"""Identities over the shots of a scene and of a movie.

The annotations' lines, one a shot (or several), an appearance an item:

    {"shot": "s01-001", "identities": [{"true": "mara", "predicted": "person 1"}, {"true": "tom"}]}

`true` is who it is, null for a find that is nobody; `predicted` is the name or number that a captioner gave, null or left
out where it saw nobody. Labels are compared within a scene or a movie, and need not be alike between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from reelkit.metrics.identities.matching import Label, Matching
from reelkit.metrics.judging.annotations import ShotLine, lines_of
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources, ShotReading


class Appearance(msgspec.Struct, frozen=True):
    """Somebody in a shot."""

    true: Label = None
    predicted: Label = None


class IdentityLine(ShotLine, frozen=True, kw_only=True):
    """A line of the annotations."""

    identities: list[Appearance]


class AppearanceMeter:
    """Hands on who appears in a shot; no frame is looked at."""

    def __init__(self, appearances: tuple[Appearance, ...]) -> None:
        self._appearances = appearances

    def looks(self) -> Mapping[str, Indices]:
        """None."""
        return {}

    def add(self, block: Block) -> None:
        """Nothing is looked at."""

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        return Reading({}, self._appearances)


class MatchingMeter:
    """Pairs over all shots of a scene or a movie."""

    def __init__(self) -> None:
        self._matching = Matching()

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        for each in reading.material or ():
            self._matching.add(each.true, each.predicted)
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        return {"rice_id_precision": self._matching.precision(), "rice_id_recall": self._matching.recall()}

    def extras(self) -> Mapping[str, Any]:
        """None."""
        return {}


def _clip(resources: Resources, info: ClipInfo) -> AppearanceMeter | None:
    lines = lines_of(resources.annotations, "identities", IdentityLine, info.shot.movie, info.shot.id)
    found = tuple(each for line in lines for each in line.identities)
    return AppearanceMeter(found) if found else None


def _group(resources: Resources) -> MatchingMeter | None:
    return MatchingMeter() if resources.wants("rice_id_precision", "rice_id_recall") else None


FAMILY = Family(clip=_clip, scene=_group, movie=_group)
