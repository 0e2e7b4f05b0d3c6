"""Takes that reproduce a clip, frame by frame beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reelkit.media.video import read_frames
from reelkit.metrics.distributions.moments import Moments, frechet
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
)
from reelkit.metrics.reconstruction.pairs import psnr, ssim
from reelkit.metrics.reference import counterpart
from reelkit.metrics.similarity import Mean

WINDOWS, PAIRS, SPAN = "i3d", "lpips-alex", 16
BATCH, BATCH_BYTES = 8, 32 << 20
"""Pairs that LPIPS looks at together."""


class Both(NamedTuple):
    """Windows of takes and of what they reproduce."""

    takes: Moments
    originals: Moments


class PairMeter:
    """Reads the original in step with the take: the one meter that opens a file, since the pass decodes takes only.

    Frames are paired by number from the first until either ends. An original of another size is scaled to the take's.
    """

    def __init__(self, resources: Resources, info: ClipInfo, original: Path) -> None:
        self.resources, self.info = resources, info
        self._frames: Iterator[Frame] = read_frames(original, size=(info.width, info.height))
        self._paired = 0
        self._ended = False
        self._psnr, self._ssim, self._lpips = Mean(), Mean(), Mean()
        self._pairs: list[Any] = []
        self._window: list[Frame] = []
        self._both = Both(Moments(), Moments())

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        return {WINDOWS: every(self.info)} if self.resources.wants("rfvd") else {}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        for frame in block.frames:
            original = None if self._ended else next(self._frames, None)
            if original is None:
                self._ended = True
                break
            self._compare(frame, original)
        if rows := [row for number, row in block.rows.get(WINDOWS, ()) if number < self._paired]:
            self._both.takes.add(np.stack(rows))

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        self._frames.close()  # type: ignore[attr-defined]
        self._flush()
        values = {"psnr": self._psnr, "ssim": self._ssim, "lpips": self._lpips}
        return Reading({name: mean.mean() for name, mean in values.items() if self.resources.wants(name)}, self._both)

    def _compare(self, frame: Frame, original: Frame) -> None:
        self._paired += 1
        wants = self.resources.wants
        if wants("psnr"):
            self._psnr.add(psnr(frame, original))
        if wants("ssim"):
            self._ssim.add(ssim(frame, original))
        if wants("lpips"):
            self._pairs.append(np.stack([frame, original]))
            if len(self._pairs) >= BATCH or len(self._pairs) * self._pairs[0].nbytes >= BATCH_BYTES:
                self._flush()
        if wants("rfvd"):
            self._window.append(original)
            if len(self._window) == SPAN:
                self._both.originals.add(self.resources.network(WINDOWS, [np.stack(self._window)]))
                self._window = []

    def _flush(self) -> None:
        if self._pairs:
            for row in self.resources.network(PAIRS, self._pairs):
                self._lpips.add(float(row[0]))
            self._pairs = []


class MovieMeter:
    """FVD between all takes and what they reproduce."""

    def __init__(self) -> None:
        self._both = Both(Moments(), Moments())

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if isinstance(reading.material, Both):
            for mine, given in zip(self._both, reading.material, strict=True):
                mine.merge(given)
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        return {"rfvd": frechet(*self._both)}

    def extras(self) -> Mapping[str, Any]:
        """How many windows stand behind the number."""
        count = self._both.takes.count
        return {"reconstruction": {"windows": count}} if count else {}


def _clip(resources: Resources, info: ClipInfo) -> PairMeter | None:
    original = None if resources.reference is None else counterpart(resources.reference, info)
    return None if original is None else PairMeter(resources, info, original)


def _movie(resources: Resources) -> MovieMeter | None:
    return MovieMeter() if resources.wants("rfvd") else None


FAMILY = Family(clip=_clip, movie=_movie)
