"""From a shot's record to its scores: finds its picture, measures it with every family, writes the numbers down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from reelkit.errors import RecordError
from reelkit.manifest.context import Context
from reelkit.manifest.kinds import Shot, Take
from reelkit.manifest.records import Entry
from reelkit.media.image import read_image
from reelkit.media.store import MediaStore
from reelkit.media.video import probe
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import ClipInfo, ClipMeter, Reading, Resources
from reelkit.metrics.passing import measure_clip, measure_frames
from reelkit.metrics.registry import FAMILY_OF, METRICS, family

DIGITS = 4
"""Decimals that are kept of a score."""
OF_STILLS = ("filmweaver",)
"""Families that measure a keyframe where there is no take yet."""


class ShotScorer:
    """Measures the shots of a manifest, a take at a time."""

    def __init__(self, resources: Resources, store: MediaStore, asked: Iterable[str]) -> None:
        self.resources, self.store = resources, store
        self.asked = frozenset(asked)
        """Also what cannot be measured now: an earlier number under its name is removed."""
        self._families = tuple(dict.fromkeys(FAMILY_OF[m.name] for m in METRICS if m.name in resources.names))

    def find(self, shot: Shot, context: Context) -> Findings:
        """Measure the picked take; or the start keyframe where there is no take.

        Raises RecordError when the shot has neither, UnreadableError when the file cannot be read.
        """
        if shot.picked is not None:
            return self.take(shot, shot.picked, context)
        still = next((keyframe for keyframe in shot.keyframes if keyframe.role == "start"), None)
        if still is None:
            raise RecordError(f"shot {shot.id} has neither take nor start keyframe to measure; run `reel shot`")
        path = self.store.absolute(still.path)
        image = read_image(path)
        height, width = image.shape[:2]
        info = self._described(
            ClipInfo(path=path, frames=1, fps=1.0, width=width, height=height, seconds=1.0, used=1, shot=shot), context
        )
        meters = self._meters(info, OF_STILLS)
        readings = measure_frames(self.resources, [image], list(meters.values()))
        return Findings(shot, self._kept(meters, readings))

    def take(self, shot: Shot, take: Take, context: Context) -> Findings:
        """Measure one take by itself: one decode, all families."""
        path = self.store.absolute(take.path)
        seen = probe(path)
        used = max(1, min(seen.frames, round(shot.seconds * seen.fps)))
        info = ClipInfo(
            path=path,
            frames=seen.frames,
            fps=seen.fps,
            width=seen.width,
            height=seen.height,
            seconds=seen.seconds,
            has_audio=seen.has_audio,
            used=used,
            shot=shot,
            take=take,
        )
        info = self._described(info, context)
        meters = self._meters(info, self._families)
        readings = measure_clip(self.resources, info, list(meters.values()))
        return Findings(shot, self._kept(meters, readings), take)

    def written(self, entry: Entry, takes: Mapping[str, Mapping[str, float]], scores: Mapping[str, float]) -> Entry:
        """The shot's entry with its scores, and the scores of the takes that were measured, by path.

        Scores that were asked for and could not be measured now are removed; others stay.
        """
        shot = entry.shot()
        entry = entry.replace(scores=self._merged(shot.scores, rounded(scores)))
        if not takes:
            return entry
        measured = [
            msgspec.structs.replace(take, scores=self._merged(take.scores, rounded(takes[take.path])))
            if take.path in takes
            else take
            for take in shot.takes
        ]
        return entry.replace(takes=measured)

    def _described(self, info: ClipInfo, context: Context) -> ClipInfo:
        shot = info.shot
        return msgspec.structs.replace(
            info,
            movie=context.movie(shot.movie) if context.has_movie(shot.movie) else None,
            scene=context.scene(shot.movie, shot.scene),
            cast=context.cast(shot),
            bank=context.characters(shot.movie),
        )

    def _meters(self, info: ClipInfo, families: Iterable[str]) -> dict[str, ClipMeter]:
        meters = {}
        for name in families:
            make = family(name).clip if name in self._families else None
            meter = make(self.resources, info) if make is not None else None
            if meter is not None:
                meters[name] = meter
        return meters

    def _kept(self, meters: Mapping[str, ClipMeter], readings: Iterable[Reading]) -> dict[str, Reading]:
        """The readings by family, without numbers that nobody asked for."""
        return {
            name: Reading({k: v for k, v in reading.scores.items() if k in self.resources.names}, reading.material)
            for name, reading in zip(meters, readings, strict=True)
        }

    def _merged(self, old: Mapping[str, Any], new: Mapping[str, float]) -> dict[str, Any]:
        return {name: value for name, value in old.items() if name not in self.asked} | dict(new)


def rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as they stand in the manifest."""
    return {name: round(value, DIGITS) for name, value in scores.items()}
