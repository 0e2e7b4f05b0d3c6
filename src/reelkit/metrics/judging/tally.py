"""How many questions a judge answered, told beside the means that stand on those answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from reelkit.errors import RecordError
from reelkit.metrics.judging.judge import NoProbabilitiesError
from reelkit.metrics.meters import ShotReading

T = TypeVar("T")


class Asked(msgspec.Struct):
    """Questions of one take: a family's `material`."""

    questions: int = 0
    unanswered: int = 0
    reason: str = ""
    """Why the last unanswered one was."""

    def put(self, question: Callable[[], T]) -> T | None:
        """The answer; None, and counted, where the judge gave none. A judge that is away raises UnavailableError."""
        self.questions += 1
        try:
            return question()
        except (RecordError, NoProbabilitiesError) as error:
            self.unanswered += 1
            self.reason = str(error)
            return None


class Tally:
    """A `GroupMeter` without scores: the field `judged_NAME` of the record says how much of the judging is missing."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sum = Asked()

    def add(self, reading: ShotReading) -> Mapping[str, float | None]:
        """See `GroupMeter`."""
        if isinstance(found := reading.material, Asked):
            reason = found.reason or self._sum.reason
            self._sum = Asked(
                self._sum.questions + found.questions, self._sum.unanswered + found.unanswered, reason
            )
        return {}

    def values(self) -> Mapping[str, float | None]:
        """None: what judges say of shots is averaged over shots."""
        return {}

    def extras(self) -> Mapping[str, Any]:
        """Questions and how many were not answered, with the last reason."""
        if not self._sum.questions:
            return {}
        told: dict[str, Any] = {"questions": self._sum.questions, "unanswered": self._sum.unanswered}
        if self._sum.reason:
            told["reason"] = self._sum.reason
        return {f"judged_{self._name}": told}
