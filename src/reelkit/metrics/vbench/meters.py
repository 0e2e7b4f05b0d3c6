"""VBench over takes: running sums along the frames, and its totals over scenes and movies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.meters import (
    Block,
    ClipInfo,
    Family,
    Frame,
    Indices,
    Reading,
    Resources,
    ShotReading,
    every,
    view,
)
from reelkit.metrics.similarity import Mean, unit
from reelkit.metrics.vbench.arithmetic import (
    QUALITY,
    SEMANTIC,
    Chain,
    LongChain,
    moves,
    normalised,
    total,
    weighted,
)

CLIP_SECONDS = 2
"""Length of VBench-Long's clips, which counts whole frames a second."""
FLOW_RATE = 8
"""Frames a second that the flow looks at, about."""
SUBJECT, BACKGROUND = "vbench_subject_consistency", "vbench_background_consistency"
LONG_SUBJECT, LONG_BACKGROUND = "vbench_long_subject_consistency", "vbench_long_background_consistency"
FLICKER, SMOOTHNESS, DYNAMIC = "vbench_temporal_flickering", "vbench_motion_smoothness", "vbench_dynamic_degree"
AESTHETIC, IMAGING, OVERALL = "vbench_aesthetic_quality", "vbench_imaging_quality", "vbench_overall_consistency"


TOTALS = ("vbench_quality", "vbench_quality_and_consistency")


class Chains(msgspec.Struct, frozen=True):
    """Sums of the two consistencies over the steps of a take, for groups that weigh takes by their frames."""

    sums: Mapping[str, tuple[float, int]]


class VBenchMeter:
    """All dimensions of one take."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self.resources, self.info = resources, info
        clip_frames = CLIP_SECONDS * int(info.fps)
        self._chains = {SUBJECT: Chain(), BACKGROUND: Chain()}
        self._long = {LONG_SUBJECT: LongChain(clip_frames), LONG_BACKGROUND: LongChain(clip_frames)}
        self._differences, self._drawn, self._aesthetic, self._imaging = Mean(), Mean(), Mean(), Mean()
        self._before: Frame | None = None
        self._speeds: list[float] = []
        self._view: NDArray[np.float32] | None = None

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        wants, all_frames = self.resources.wants, every(self.info)
        asked: dict[str, tuple[bool, Indices]] = {
            "dino-b16": (wants(SUBJECT, LONG_SUBJECT, *TOTALS), all_frames),
            "clip-b32": (wants(BACKGROUND, LONG_BACKGROUND, *TOTALS), all_frames),
            "amt-s": (wants(SMOOTHNESS, *TOTALS), all_frames),
            "raft-things": (wants(DYNAMIC, *TOTALS), self._sampled),
            "clip-l14": (wants(AESTHETIC, *TOTALS), all_frames),
            "musiq-spaq": (wants(IMAGING, *TOTALS), all_frames),
            "viclip": (wants(OVERALL, TOTALS[1]) and bool(self.info.shot.prompt.strip()), view(self.info)),
        }
        return {name: numbers for name, (asked_for, numbers) in asked.items() if asked_for}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        if self.resources.wants(FLICKER, *TOTALS):
            for frame in block.frames:
                if self._before is not None:
                    self._differences.add(difference(self._before, frame))
                self._before = frame
        for feature, short, long in (("dino-b16", SUBJECT, LONG_SUBJECT), ("clip-b32", BACKGROUND, LONG_BACKGROUND)):
            for _, row in block.rows.get(feature, ()):
                self._chains[short].add(row)
                self._long[long].add(row)
        for _, row in block.rows.get("amt-s", ()):
            self._drawn.add(float(row[0]))
        self._speeds += [float(row[0]) for _, row in block.rows.get("raft-things", ())]
        if rows := [row for _, row in block.rows.get("clip-l14", ())]:
            straight = unit(np.stack(rows)).astype(np.float32)
            for score in self.resources.network("laion-aesthetic-l14", list(straight)):
                self._aesthetic.add(float(score[0]) / 10)
        for _, row in block.rows.get("musiq-spaq", ()):
            self._imaging.add(float(row[0]) / 100)
        for _, row in block.rows.get("viclip", ()):
            self._view = row

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        flicker, drawn = self._differences.mean(), self._drawn.mean()
        scores: dict[str, float | None] = {
            **{name: chain.value() for name, chain in self._chains.items()},
            **{name: chain.value() for name, chain in self._long.items()},
            FLICKER: None if flicker is None else (255.0 - flicker) / 255.0,
            SMOOTHNESS: None if drawn is None else (255.0 - drawn) / 255.0,
            DYNAMIC: self._dynamic(),
            AESTHETIC: self._aesthetic.mean(),
            IMAGING: self._imaging.mean(),
            OVERALL: self._overall(),
        }
        sums = {name: (chain.total, chain.count) for name, chain in self._chains.items()}
        return Reading(scores, (Chains(sums), scores))

    @property
    def _sampled(self) -> NDArray[np.int64]:
        return np.arange(0, self.info.used, max(1, round(self.info.fps / FLOW_RATE)))

    def _dynamic(self) -> float | None:
        if not self._speeds:
            return None
        return float(moves(self._speeds, len(self._sampled), min(self.info.width, self.info.height)))

    def _overall(self) -> float | None:
        if self._view is None:
            return None
        text = self.resources.network("viclip", [self.info.shot.prompt])[0]
        return float(unit(self._view) @ unit(text))


class VBenchGroup:
    """A scene or a movie: consistencies by frames, the rest by shots, and the totals once every part is there."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self._sums = {name: [0.0, 0] for name in (SUBJECT, BACKGROUND)}
        self._means = {name: Mean() for name in (FLICKER, SMOOTHNESS, DYNAMIC, AESTHETIC, IMAGING, OVERALL)}

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if reading.material is not None:
            chains, scores = reading.material
            for name, (part, count) in chains.sums.items():
                self._sums[name][0] += part
                self._sums[name][1] += count
            for name, mean in self._means.items():
                mean.add(scores[name])
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        found: dict[str, float | None] = {
            name: part / count if count else None for name, (part, count) in self._sums.items()
        }
        parts = {**found, **{name: mean.mean() for name, mean in self._means.items()}}
        quality = _quality(parts)
        overall = parts[OVERALL]
        both = None
        if quality is not None and overall is not None:
            both = total(quality, normalised(overall, SEMANTIC["overall_consistency"]))
        return {**found, TOTALS[0]: quality, TOTALS[1]: both}

    def extras(self) -> Mapping[str, Any]:
        """None."""
        return {}


def _quality(parts: Mapping[str, float | None]) -> float | None:
    values = {name: parts[f"vbench_{name}"] for name in QUALITY}
    present = {name: value for name, value in values.items() if value is not None}
    return weighted(present, QUALITY) if len(present) == len(QUALITY) else None


def difference(before: Frame, now: Frame) -> float:
    """Mean absolute difference of two frames, in levels of 255."""
    return float((np.maximum(before, now) - np.minimum(before, now)).mean())


FAMILY = Family(clip=VBenchMeter, scene=VBenchGroup, movie=VBenchGroup)
