"""Precision and recall of identities over unordered pairs of appearances, by counting labels and not pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

Label = str | None
PERCENT = 100.0


class Matching:
    """Appearances one by one; memory grows with the number of different labels alone.

    A pair is truly the same if both appearances have one true identity, and predicted the same if both were given one
    identity. An appearance without a true identity (a false find) or without a predicted one (missed) is in no pair of
    that kind.
    """

    def __init__(self, appearances: Iterable[tuple[Label, Label]] = ()) -> None:
        self._true: Counter[str] = Counter()
        self._predicted: Counter[str] = Counter()
        self._both: Counter[tuple[str, str]] = Counter()
        for true, predicted in appearances:
            self.add(true, predicted)

    def add(self, true: Label, predicted: Label) -> None:
        """Take one more appearance."""
        if true is not None:
            self._true[true] += 1
        if predicted is not None:
            self._predicted[predicted] += 1
        if true is not None and predicted is not None:
            self._both[true, predicted] += 1

    def precision(self) -> float | None:
        """Percent of the pairs predicted the same that are; None where none is predicted."""
        return _percent(_pairs(self._both), _pairs(self._predicted))

    def recall(self) -> float | None:
        """Percent of the pairs truly the same that are predicted so; None where there is none."""
        return _percent(_pairs(self._both), _pairs(self._true))


def _pairs(counts: Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def _percent(part: int, whole: int) -> float | None:
    return PERCENT * part / whole if whole else None
