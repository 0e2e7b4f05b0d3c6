"""Who was recognised against who should be there: counts, and what is said of them."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

import msgspec

from reelkit.metrics.crops import locate
from reelkit.metrics.meters import ClipInfo, Frame, Resources
from reelkit.metrics.similarity import PERCENT


class Counts(msgspec.Struct, frozen=True):
    """Characters found and due, found and not due, due and not found."""

    hits: int = 0
    strangers: int = 0
    lost: int = 0

    @classmethod
    def of(cls, found: Set[str], due: Set[str]) -> Counts:
        """Of one shot."""
        return cls(len(found & due), len(found - due), len(due - found))

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.hits + other.hits, self.strangers + other.strangers, self.lost + other.lost)

    def precision(self) -> float | None:
        """Percent of those found who are due; None where nobody was found."""
        return _share(self.hits, self.hits + self.strangers)

    def recall(self) -> float | None:
        """Percent of those due who are found; None where nobody is due."""
        return _share(self.hits, self.hits + self.lost)

    def f1(self) -> float | None:
        """Harmonic mean of the two in percent; None where nobody is due and nobody found."""
        return _share(2 * self.hits, 2 * self.hits + self.strangers + self.lost)

    def scores(self) -> dict[str, float | None]:
        """The three by metric name."""
        return {"id_precision": self.precision(), "id_recall": self.recall(), "id_f1": self.f1()}


def _share(part: int, whole: int) -> float | None:
    return PERCENT * part / whole if whole else None


class Recogniser(Protocol):
    """Says who of the movie's bank is in a frame; a face recogniser implements this, as does `EncoderRecogniser`."""

    def __call__(self, number: int, frame: Frame) -> Set[str]:
        """Ids of the characters in the frame uint8 [H, W, 3] with this number."""
        ...


class EncoderRecogniser:
    """A *definition* of reelkit: whom the encoder locator finds among everybody in the bank (see `crops.locate`)."""

    def __init__(self, resources: Resources, info: ClipInfo) -> None:
        self._resources, self._info = resources, info

    def __call__(self, number: int, frame: Frame) -> Set[str]:
        """See `Recogniser`."""
        return set(locate(self._resources, self._info, number, frame, whole_bank=True))


def recognisable(info: ClipInfo) -> frozenset[str]:
    """Of the movie's bank, who has a look or a portrait to be recognised by."""
    return frozenset(id for id, each in info.bank.items() if each.look.strip() or each.portraits)
