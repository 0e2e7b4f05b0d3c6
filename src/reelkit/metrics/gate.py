"""Thresholds on scores, for CI: `--gate all_consistency>=60`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from reelkit.errors import UsageError
from reelkit.metrics.registry import BY_NAME

_RULE = re.compile(r"\s*([a-z_]+)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


class Gate(msgspec.Struct, frozen=True):
    """One threshold: a metric, a comparison and a number."""

    name: str
    comparison: str
    threshold: float

    def __str__(self) -> str:
        return f"{self.name}{self.comparison}{self.threshold:g}"

    def passes(self, value: float) -> bool:
        """Whether `value` meets the threshold."""
        return _COMPARE[self.comparison](value, self.threshold)


def parse_gates(texts: Iterable[str]) -> tuple[Gate, ...]:
    """Read `name>=number` texts; a text may hold several with commas. Raises UsageError."""
    return tuple(_parse(part) for text in texts for part in text.split(",") if part.strip())


def _parse(text: str) -> Gate:
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(f"--gate {text!r}: write it as all_consistency>=60 (>=, <=, > or <)")
    if match[1] not in BY_NAME:
        raise UsageError(
            f"--gate {text!r}: no metric called {match[1]}; `reel score --list` prints the names"
        )
    return Gate(match[1], match[2], float(match[3]))


def missed(gates: Iterable[Gate], scores: Mapping[str, float]) -> list[str]:
    """One line a gate that the scores miss; a score that is absent misses its gate."""
    lines = []
    for gate in gates:
        value = scores.get(gate.name)
        if value is None:
            lines.append(f"{gate} is missed: {gate.name} could not be measured")
        elif not gate.passes(value):
            lines.append(f"{gate} is missed: {gate.name} is {value:.2f}")
    return lines
