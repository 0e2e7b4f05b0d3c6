"""Scores as tables: cells for the terminal, one page for a browser."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
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


def page(lines: Sequence[Measured], encoder: str) -> str:
    """One self-contained HTML page: the table, and what each column means."""
    head, rows = table(lines)
    body = "".join(_row("td", row) for row in rows)
    about = "".join(
        _row("td", (m.name, m.about, m.unit, m.range, m.better, m.basis, m.cites))
        for m in METRICS
        if m.name in head
    )
    return (
        "<!doctype html>\n<html lang=en><meta charset=utf-8><title>reel score</title>\n<style>"
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:80rem}"
        "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc;"
        "text-align:left;font-variant-numeric:tabular-nums}</style>\n"
        f"<h1>Scores</h1><p>Encoder: {html.escape(encoder)}. A dash could not be measured.</p>\n"
        f"<table>{_row('th', head)}{body}</table>\n<h2>The metrics</h2>\n"
        f"<table>{_row('th', ('name', 'what', 'unit', 'range', 'better', 'basis', 'after'))}{about}</table>\n"
    )


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}" for cell in cells) + "\n"


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) and not isinstance(value, bool) else "-"
