"""The meters of the complaints: each frame is reduced once, and every watch looks at the reduced picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import msgspec
import numpy as np

from reelkit.manifest.kinds import Take
from reelkit.metrics.complaints import cuts, drift, fingerprints
from reelkit.metrics.complaints.cuts import CutCounter
from reelkit.metrics.complaints.drift import DriftWatch
from reelkit.metrics.complaints.fingerprints import Fingerprint
from reelkit.metrics.complaints.flicker import FlickerWatch
from reelkit.metrics.complaints.identity import IdentityWatch
from reelkit.metrics.complaints.small import lab, reduced
from reelkit.metrics.complaints.stillness import StillWatch
from reelkit.metrics.meters import Block, ClipInfo, Family, Indices, Reading, Resources, ShotReading, at_rate

SIDE = cuts.CONSTANTS.side
"""Pixels of the longer side of what all watches see."""
KNOWN_SHOTS = 256
"""Shots of a scene whose fingerprints are kept: 3 MB."""


class Material(msgspec.Struct, frozen=True):
    """What a scene, and the other takes of a shot, need of a take."""

    fingerprint: Fingerprint


class ComplaintMeter:
    """Feeds every watch that is asked for with the reduced frames of one take."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        wants = resources.wants
        self._cuts = CutCounter(info.fps) if wants("cut_inside") else None
        self._drift = (
            DriftWatch(info.used, info.fps, joins(info))
            if wants("colour_drift", "contrast_drift", "join_step")
            else None
        )
        self._still = StillWatch(info.fps) if wants("frozen_motion") else None
        self._flicker = FlickerWatch() if wants("flicker") else None
        self._identity = IdentityWatch(resources, info) if wants("identity_lost") and info.cast else None
        self._moments: list[Fingerprint] = []
        constants = fingerprints.CONSTANTS
        self._due = frozenset(at_rate(info, constants.per_second)[: constants.moments].tolist())
        self._names = resources.names

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        return {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        for number, frame in enumerate(block.frames, block.start):
            small = reduced(frame, SIDE)
            if self._cuts is not None:
                self._cuts.add(small)
            if self._drift is not None:
                self._drift.add(lab(reduced(small, drift.CONSTANTS.side)))
            if self._still is not None:
                self._still.add(small)
            if self._flicker is not None:
                self._flicker.add(small)
            if self._identity is not None:
                self._identity.add(number, frame)
            if number in self._due:
                self._moments.append(fingerprints.moment(small))

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        scores = {name: value for name, value in self._scores() if name in self._names}
        return Reading(scores, Material(np.stack(self._moments)) if self._moments else None)

    def _scores(self) -> Iterator[tuple[str, float | None]]:
        if self._cuts is not None:
            yield "cut_inside", self._cuts.finish()
        if self._drift is not None:
            yield "colour_drift", self._drift.colour_drift()
            yield "contrast_drift", self._drift.contrast_drift()
            yield "join_step", self._drift.join_step()
        if self._still is not None:
            yield "frozen_motion", self._still.finish()
        if self._flicker is not None:
            yield "flicker", self._flicker.value()
        if self._identity is not None:
            yield "identity_lost", self._identity.value()


def joins(info: ClipInfo) -> list[int]:
    """First frames of the take's second and later chunks, as far as they stand in the film; none where the file is not
    what the chunks make together."""
    chunks = info.take.chunks if info.take is not None else []
    lengths = [chunk.frames for chunk in chunks]
    if sum(lengths) != info.frames or not all(lengths):
        return []
    return [start for start in accumulate(lengths[:-1]) if start < info.used]


class SceneMeter:
    """Finds shots that repeat an earlier one of the scene."""

    def __init__(self) -> None:
        self._seen: list[Fingerprint] = []
        self._shots: list[str] = []
        self._compared = 0
        self._repeats: list[dict[str, str]] = []

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if not isinstance(reading.material, Material):
            return {}
        fingerprint = reading.material.fingerprint
        near = fingerprints.nearest(fingerprint, self._seen)
        same = near is not None and near[1] < fingerprints.CONSTANTS.same
        if near is not None:
            self._compared += 1
            if same:
                self._repeats.append({"shot": reading.shot.id, "repeats": self._shots[near[0]]})
        if not same and len(self._seen) < KNOWN_SHOTS:
            self._seen.append(fingerprint)
            self._shots.append(reading.shot.id)
        return {"duplicate_shots": None if near is None else 100.0 * same}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        return {"duplicate_shots": 100.0 * len(self._repeats) / self._compared if self._compared else None}

    def extras(self) -> Mapping[str, Any]:
        """Which shot repeats which."""
        return {"repeats": self._repeats} if self._repeats else {}


def duplicate_takes(takes: Sequence[Take], materials: Sequence[Any]) -> float | None:
    """`duplicate_takes` of a shot, from what this family kept of its takes; None where fewer than two can be compared.

    A take that `extend` grew into another of them is left out: that one begins with the same pictures.
    """
    grown = {take.parent for take in takes}
    own = [m for take, m in zip(takes, materials, strict=True) if take.key not in grown and isinstance(m, Material)]
    return fingerprints.duplicate_share([material.fingerprint for material in own])


def _scene(resources: Resources) -> SceneMeter | None:
    return SceneMeter() if resources.wants("duplicate_shots") else None


FAMILY = Family(clip=ComplaintMeter, scene=_scene)
