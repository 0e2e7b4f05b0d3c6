"""What a take gives to the distances of sets: which frames, and sums over what networks say of them."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.distributions.kernel import Reservoir
from reelkit.metrics.distributions.moments import Moments
from reelkit.metrics.distributions.splits import SplitScore
from reelkit.metrics.meters import Block, ClipInfo, Indices, Reading, Resources, every

FRAMES, WINDOWS = "inception-fid", "i3d"
SPAN = 16
"""Frames of a window of I3D, which follow one another without overlap."""
EARLY, LAST = slice(0, 192), slice(192, 192 + 2048)
LOGITS = slice(192 + 2048, None)
SHOT_FRAMES = 25
"""Frames that MovieBench takes of a shot, about."""
LEAST_RATE = 2.0
"""Frames a second of a long take, at the least."""


def sampled(info: ClipInfo) -> NDArray[np.int64]:
    """Every k-th frame from the first: k as large as gives SHOT_FRAMES of the take, and LEAST_RATE a second."""
    step = min(info.used // SHOT_FRAMES, int(info.fps / LEAST_RATE))
    return np.arange(0, info.used, max(1, step))


class FrameSums:
    """Of frames: both widths of FID, and the Inception Score's splits."""

    def __init__(self, name: str = "") -> None:
        self.early, self.last = Moments(), Moments()
        self.splits = SplitScore(crc32(name.encode()))

    def merge(self, other: FrameSums) -> None:
        """Take the frames of another."""
        self.early.merge(other.early)
        self.last.merge(other.last)
        self.splits.merge(other.splits)

    def add(self, rows: NDArray[np.float32]) -> None:
        """Take rows [N, 3248] of `inception-fid`."""
        self.early.add(rows[:, EARLY])
        self.last.add(rows[:, LAST])
        self.splits.add(rows[:, LOGITS])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `from_arrays` makes the same sums of; the splits, which nothing compares, are left out."""
        return _joined({"early": self.early.arrays(), "last": self.last.arrays()})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> FrameSums:
        """Sums that were kept."""
        found = cls()
        found.early, found.last = (Moments.from_arrays(_part(arrays, name)) for name in ("early", "last"))
        return found


class WindowSums:
    """Of windows: FVD's moments, and KVD's sample."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self.moments, self.sample = Moments(), Reservoir()

    def merge(self, other: WindowSums) -> None:
        """Take the windows of another."""
        self.moments.merge(other.moments)
        self.sample.merge(other.sample)

    def add(self, numbers: list[int], rows: NDArray[np.float32]) -> None:
        """Take rows [N, 400] of `i3d` and the numbers of their last frames."""
        self.moments.add(rows)
        self.sample.add(self._name, numbers, rows)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `from_arrays` makes the same sums of."""
        return _joined({"moments": self.moments.arrays(), "sample": self.sample.arrays()})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> WindowSums:
        """Sums that were kept."""
        found = cls()
        found.moments = Moments.from_arrays(_part(arrays, "moments"))
        found.sample = Reservoir.from_arrays(_part(arrays, "sample"))
        return found


class Samples:
    """Both, each None where its network is not asked."""

    def __init__(self, networks: frozenset[str], name: str = "") -> None:
        self.frames = FrameSums(name) if FRAMES in networks else None
        self.windows = WindowSums(name) if WINDOWS in networks else None

    def merge(self, other: Samples) -> None:
        """Take the frames and windows of another."""
        if self.frames is not None and other.frames is not None:
            self.frames.merge(other.frames)
        if self.windows is not None and other.windows is not None:
            self.windows.merge(other.windows)


class SamplesMeter:
    """Sums over a take; its material is `Samples`, which no length of the take makes large."""

    def __init__(self, networks: frozenset[str], info: ClipInfo) -> None:
        self.info, self._networks = info, networks
        self._samples = Samples(networks, f"{info.shot.movie}/{info.shot.id}/{info.path.name}")

    def looks(self) -> Mapping[str, Indices]:
        """See `ClipMeter`."""
        wanted = {FRAMES: sampled(self.info), WINDOWS: every(self.info)}
        return {name: numbers for name, numbers in wanted.items() if name in self._networks}

    def add(self, block: Block) -> None:
        """See `ClipMeter`."""
        if self._samples.frames is not None and (frames := block.rows.get(FRAMES)):
            self._samples.frames.add(np.stack([row for _, row in frames]))
        if self._samples.windows is not None and (windows := block.rows.get(WINDOWS)):
            self._samples.windows.add([number for number, _ in windows], np.stack([row for _, row in windows]))

    def finish(self) -> Reading:
        """See `ClipMeter`."""
        return Reading({}, self._samples)


def asked(resources: Resources) -> frozenset[str]:
    """Which networks the metrics asked for need."""
    found = {FRAMES} if resources.wants("inception_score", "fid", "fid_192") else set()
    return frozenset(found | ({WINDOWS} if resources.wants("fvd", "kvd") else set()))


def _joined(parts: Mapping[str, Mapping[str, NDArray[np.generic]]]) -> dict[str, NDArray[np.generic]]:
    return {f"{name}.{key}": array for name, arrays in parts.items() for key, array in arrays.items()}


def _part(arrays: Mapping[str, NDArray[np.generic]], name: str) -> dict[str, NDArray[np.generic]]:
    return {key.partition(".")[2]: array for key, array in arrays.items() if key.startswith(f"{name}.")}
