"""What networks say of sounds piece by piece, as sums; of a take and of the whole reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from reelkit.errors import UnreadableError
from reelkit.metrics.distributions.moments import Moments
from reelkit.metrics.hearing import Resampler, Samples, hear
from reelkit.metrics.meters import Looks, Resources
from reelkit.metrics.sound.loudness import RATE
from reelkit.metrics.sound.tracks import tracks

PIECES = {"vggish": (16_000, 15_600, 15_360, 15_600), "clap": (48_000, 480_000, 480_000, 48_000)}
"""Rate, and samples of what a network hears at once, from one piece to the next (VGGish's last frame reaches over), and of
the shortest sound that is heard where it has no whole piece: CLAP repeats it."""
BATCH = 16
"""Pieces that a network hears in one call."""
DISTANCES = {"fad": "vggish", "fad_clap": "clap"}


class Pieces:
    """Embeddings of sounds in pieces of equal length, as sums; what is left at the end of each is not heard."""

    def __init__(self, resources: Resources, network: str) -> None:
        self.moments = Moments()
        self._resources, self._network = resources, network
        rate, self._length, self._hop, self._least = PIECES[network]
        self._resampler = Resampler(rate)
        self._rest = np.zeros(0, np.float32)
        self._waiting: list[NDArray[np.float32]] = []
        self._whole = False

    def hear(self, samples: Samples) -> None:
        """The next samples [N, C] at RATE."""
        self._take(self._resampler.mono(samples, RATE))

    def finish(self) -> None:
        """The sound ends here; what comes next is another."""
        self._take(self._resampler.frames(None))
        if not self._whole and len(self._rest) >= self._least:
            self._waiting.append(self._rest)
        self._flush()
        self._rest, self._whole = np.zeros(0, np.float32), False

    def _take(self, parts: Iterable[Samples]) -> None:
        for part in parts:
            self._rest = np.concatenate([self._rest, part[:, 0]])
        while len(self._rest) >= self._length:
            self._waiting.append(self._rest[: self._length])
            self._rest = self._rest[self._hop :]
            self._whole = True
        if len(self._waiting) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self.moments.add(np.asarray(self._resources.network(self._network, self._waiting)))
            self._waiting = []


class At:
    """A listener at a rate of its own."""

    def __init__(self, rate: int, hear: Callable[[Samples], None]) -> None:
        self.rate, self.hear = rate, hear


Stamp = tuple[tuple[Path, int, int], ...]
_READ: WeakKeyDictionary[Looks, dict[tuple[str, Stamp], Moments]] = WeakKeyDictionary()
"""What this run has heard of a reference, for the movies after the first."""


def reference_moments(resources: Resources, names: frozenset[str]) -> dict[str, Moments]:
    """Sums of all sound of the reference by metric; empty ones without a reference. UnreadableError where it is broken."""
    paths = list(tracks(resources.reference)) if resources.reference is not None else []
    try:
        stamp = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)
    except OSError as error:
        raise UnreadableError(f"--reference: {error.filename}: {error.strerror}") from error
    read = _READ.setdefault(resources.models, {})
    missing = {name: Pieces(resources, DISTANCES[name]) for name in sorted(names) if (name, stamp) not in read}
    for path in paths if missing else []:
        hear(path, [At(RATE, each.hear) for each in missing.values()])
        for each in missing.values():
            each.finish()
    read |= {(name, stamp): each.moments for name, each in missing.items()}
    return {name: read[name, stamp] for name in names}
