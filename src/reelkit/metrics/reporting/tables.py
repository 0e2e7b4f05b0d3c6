"""Scores of scenes and movies as cells for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from reelkit.manifest.records import Entry
from reelkit.metrics.registry import METRICS


class Measured(msgspec.Struct, frozen=True):
    """One line of the table: what was measured, and its scores."""

    movie: str
    name: str
    """Scene id, or `film` for the whole movie."""
    shots: int
    scores: Mapping[str, Any]


def measured(entry: Entry) -> Measured:
    """The line of a `score` record. Raises RecordError when the record is wrong."""
    record = entry.score()
    shots = msgspec.json.decode(entry.raw.get("shots", b"0"), type=int)
    return Measured(record.movie, record.scene or "film", shots, record.scores)


def table(lines: Sequence[Measured]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of cells: one row a scene or movie, one column a metric that any of them has."""
    shown = [m for m in METRICS if any(m.name in line.scores for line in lines)]
    head = ["movie", "scene", "shots", *(m.name for m in shown)]
    rows = [
        [line.movie, line.name, str(line.shots), *(_cell(line.scores.get(m.name)) for m in shown)]
        for line in lines
    ]
    return head, rows


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) and not isinstance(value, bool) else "-"
