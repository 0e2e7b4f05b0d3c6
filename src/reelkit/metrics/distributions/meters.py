"""Distances of a movie's frames and windows from the reference's, and the Inception Score of its frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelkit.metrics.distributions.kept import reference_sums
from reelkit.metrics.distributions.kernel import kernel_distance
from reelkit.metrics.distributions.moments import Moments, frechet
from reelkit.metrics.distributions.samples import FRAMES, WINDOWS, Samples, SamplesMeter, asked
from reelkit.metrics.meters import ClipInfo, Family, Resources, ShotReading

FEW = "too few samples for a covariance"
BIASED = "fewer samples than features: biased upwards, to be compared at equal numbers only"


class MovieMeter:
    """Sums of all shots; the distances at the end."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self._samples = Samples(asked(resources))
        self._notes: dict[str, dict[str, Any]] = {}
        self._found: dict[str, float | None] | None = None

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if isinstance(reading.material, Samples):
            self._samples.merge(reading.material)
            self._found = None
        return {}

    def values(self) -> Mapping[str, float | None]:
        """See `GroupMeter`; computed once for what was added."""
        if self._found is None:
            self._notes = {}
            self._found = self._measured()
        return self._found

    def extras(self) -> Mapping[str, Any]:
        """How many samples stand behind each number, and what that means for it."""
        return {"distributions": self._notes} if self._notes else {}

    def _measured(self) -> dict[str, float | None]:
        wants, frames, windows = self.resources.wants, self._samples.frames, self._samples.windows
        scores: dict[str, float | None] = {}
        if frames is not None and wants("inception_score"):
            scores["inception_score"] = frames.splits.value()
            self._notes["inception_score"] = {"samples": frames.splits.count}
        compared = {FRAMES} if wants("fid", "fid_192") else set()
        real = reference_sums(self.resources, frozenset(compared | ({WINDOWS} if wants("fvd", "kvd") else set())))
        if frames is not None and real.frames is not None:
            for name, ours, theirs in (
                ("fid", frames.last, real.frames.last),
                ("fid_192", frames.early, real.frames.early),
            ):
                if wants(name):
                    scores[name] = self._distance(name, ours, theirs)
        if windows is not None and real.windows is not None:
            if wants("fvd"):
                scores["fvd"] = self._distance("fvd", windows.moments, real.windows.moments)
            if wants("kvd"):
                ours_kept, theirs_kept = windows.sample.rows, real.windows.sample.rows
                scores["kvd"] = kernel_distance(ours_kept, theirs_kept)
                self._notes["kvd"] = {"samples": len(ours_kept), "reference": len(theirs_kept)}
        return scores

    def _distance(self, name: str, ours: Moments, theirs: Moments) -> float | None:
        note: dict[str, Any] = {"samples": ours.count, "reference": theirs.count}
        mean = theirs.mean()
        if min(ours.count, theirs.count) < 2:
            note["note"] = FEW
        elif mean is not None and min(ours.count, theirs.count) <= len(mean):
            note["note"] = BIASED
        self._notes[name] = note
        return frechet(ours, theirs)


def _clip(resources: Resources, info: ClipInfo) -> SamplesMeter | None:
    networks = asked(resources)
    return SamplesMeter(networks, info) if networks else None


FAMILY = Family(clip=_clip, movie=MovieMeter)
