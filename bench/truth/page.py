"""The tables of docs/metrics.md that the bench writes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.theatre.page import table
from bench.theatre.tables import cell
from bench.truth.verdicts import CLEAR

WORDS = {"up": "↑", "down": "↓", "same": "="}


def number(value: float) -> str:
    """Three significant digits."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 4)}f}"


def spreads(value: float | None) -> str:
    """A change in spreads; one from no spread at all is a dash."""
    return "–" if value is None else f"{value:+.1f}"


def interval(figures: Mapping[str, Any]) -> str:
    """`value [low, high]` with digits that fit the value."""
    largest = max(abs(figures[k] or 0.0) for k in ("value", "low", "high"))
    digits = max(0, min(4, 2 - math.floor(math.log10(largest)))) if largest else 0
    return cell(dict(figures), digits)


def directions(rows: Sequence[Mapping[str, Any]]) -> str:
    """What was expected and what came of it, a row a metric and change."""
    header = ("metric", "what was done", "should", "before", "change [95 %]", "spreads", "verdict")
    lines = [
        (
            f"`{row['metric']}`",
            row["change"].replace("_", " "),
            WORDS[row["expected"]],
            number(row["before"]["value"]),
            interval(row["difference"]),
            spreads(row["spreads"]),
            row["verdict"] if row["verdict"] == "right" else f"**{row['verdict']}**",
        )
        for row in rows
        if row["expected"] is not None
    ]
    return table(header, lines)


def others(rows: Sequence[Mapping[str, Any]]) -> str:
    """What else moves a metric clearly, a row a metric."""
    found: dict[str, list[tuple[float, str]]] = {}
    for row in rows:
        size = row["spreads"]
        if row["expected"] is None and size is not None and abs(size) >= CLEAR and row["clear"]:
            found.setdefault(row["metric"], []).append((-abs(size), f"{row['change'].replace('_', ' ')} {size:+.1f}"))
    lines = [(f"`{metric}`", ", ".join(text for _, text in sorted(moves))) for metric, moves in found.items()]
    return table(("metric", "moved by (spreads)"), lines)


def changes(told: Mapping[str, str]) -> str:
    """What was done to the films."""
    return table(("name", "what was done"), [(name.replace("_", " "), text) for name, text in told.items()])
