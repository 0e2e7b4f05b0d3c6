"""Thresholds on scores: `--gate 'character_consistency>=70,cut_inside==0'`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Literal

import msgspec

from reelkit.errors import UsageError
from reelkit.metrics.registry import BY_NAME, Level

_NAME = r"\s*(?:(shot|scene|movie):)?([a-z][a-z0-9_]*)"
_RULE = re.compile(_NAME + r"\s*(>=|<=|==|!=|>|<)\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
UNIT = "cosine x100"
"""A unit that others write as shares of one."""
SHARE = 0.01
"""A threshold beyond zero that is within this share of a metric's range is taken for one in another unit."""


class Gate(msgspec.Struct, frozen=True):
    """One threshold: of which records, a metric, a comparison and a number."""

    level: Level
    name: str
    comparison: str
    threshold: float

    def __str__(self) -> str:
        plain = self.level == natural_level(self.name)
        return f"{'' if plain else self.level + ':'}{self.name}{self.comparison}{self.threshold:g}"

    def passes(self, value: float) -> bool:
        """Whether `value` meets the threshold."""
        return _COMPARE[self.comparison](value, self.threshold)

    @property
    def direction(self) -> Literal[-1, 0, 1]:
        """Which values are better where several pass: 1 the higher, -1 the lower, 0 none."""
        if self.comparison in (">", ">="):
            return 1
        return -1 if self.comparison in ("<", "<=") else 0

    def doubt(self) -> str | None:
        """Why the threshold looks as if it were meant in another unit, or None."""
        metric = BY_NAME[self.name]
        above = metric.high is not None and self.threshold > metric.high
        if above or (metric.low is not None and self.threshold < metric.low):
            return f"{self}: {self.name} is given in {metric.unit}, {metric.range}, so every value is on one side of it"
        if metric.unit == UNIT and metric.high is not None and 0 < abs(self.threshold) <= SHARE * metric.high:
            return f"{self}: {self.name} is given in {metric.unit}, {metric.range}, so {self.threshold:g} is next to nothing"
        return None


def natural_level(name: str) -> Level:
    """Where a gate without a prefix looks: at the takes of shots where the metric has them, else at the movie, else at scenes."""
    levels = BY_NAME[name].levels
    return "shot" if "shot" in levels else "movie" if "movie" in levels else "scene"


def parse_gates(texts: Iterable[str]) -> tuple[Gate, ...]:
    """Read `[scene:|movie:]name>=number` texts; a text may hold several with commas. Raises UsageError.

    A text without a threshold is one, lest a build pass because a variable was empty.
    """
    given = tuple(texts)
    if any(not text.strip(" ,") for text in given):
        raise UsageError("--gate is empty: give a threshold such as all_consistency>=60, or leave it out")
    return tuple(_parse(part) for text in given for part in text.split(",") if part.strip())


def _parse(text: str) -> Gate:
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(f"--gate {text!r}: write it as all_consistency>=60 (>=, <=, ==, !=, > or <)")
    level, name, comparison, threshold = match.groups()
    if name not in BY_NAME:
        near = get_close_matches(name, BY_NAME, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise UsageError(f"--gate {text!r}: no metric called {name}{meant}; `reel score --list` prints the names")
    if level is not None and level not in BY_NAME[name].levels:
        raise UsageError(f"--gate {text!r}: {name} is measured of a {', a '.join(BY_NAME[name].levels)} only")
    return Gate(level or natural_level(name), name, comparison, float(threshold))


def missed(gates: Iterable[Gate], scores: Mapping[str, float]) -> list[str]:
    """One line a gate that the scores miss; a score that is absent misses its gate."""
    lines = []
    for gate in gates:
        value = scores.get(gate.name)
        if value is None:
            lines.append(f"{gate} is missed: {gate.name} could not be measured")
        elif not gate.passes(value):
            lines.append(f"{gate} is missed: {gate.name} is {value:.4g}")
    return lines


def rank(gates: Iterable[Gate], scores: Mapping[str, float]) -> tuple[float, ...]:
    """How good scores are that pass: by the first gate, then by the next; greater is better."""
    return tuple(gate.direction * scores[gate.name] if gate.name in scores else 0.0 for gate in gates)
