"""Every number: tables of shots, scenes and films, similarity matrices, and what the bars are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from reelkit.metrics.registry import BY_NAME, FAMILY_OF
from reelkit.metrics.reporting.collecting import Collector, GroupFacts, metric_names
from reelkit.metrics.reporting.comparing import direction
from reelkit.metrics.reporting.markup import (
    Cell,
    anchor,
    esc,
    metric_head,
    name_cell,
    number,
    table,
    value_cell,
)
from reelkit.metrics.reporting.options import ReportOptions
from reelkit.metrics.reporting.sheet import Row

STEPS = 6
"""Shades of a matrix."""


def shot_table(shown: Sequence[Row], runs: Sequence[Collector]) -> Iterator[str]:
    """A row a shot and run, a column a metric that shots have."""
    names = [name for name in metric_names(runs) if any(name in s.scores for run in runs for s in run.shots.values())]
    several = len(runs) > 1
    head = [("shot", False), *([("run", False)] if several else []), ("scene", False)]
    head += [(metric_head(name), True) for name in names]

    def rows() -> Iterator[list[Cell]]:
        for row in shown:
            for take, run in zip(row.takes, runs, strict=True):
                if take is not None:
                    scores = [value_cell(take.scores.get(name)) for name in names]
                    label = [name_cell(run.label)] if several else []
                    yield [name_cell(row.id, f"#{row.place}"), *label, name_cell(row.scene or ""), *scores]

    yield from table("Scores of shots", head, rows(), kind="filtered")


def group_table(runs: Sequence[Collector], options: ReportOptions) -> Iterator[str]:
    """A row a film or scene and run, a column a metric that they have."""
    groups = [(run, group) for run in runs for group in (*run.movies(), *run.scenes())][: options.most_rows]
    found = set().union(*(group.scores for _, group in groups)) if groups else set()
    names = [name for name in metric_names(runs) if name in found]
    several = len(runs) > 1
    head = [("scene or film", False), *([("run", False)] if several else []), ("shots", True)]
    head += [(metric_head(name), True) for name in names]

    def rows() -> Iterator[list[Cell]]:
        for run, group in groups:
            name = run.titles.get(group.movie, group.movie) if group.scene is None else group.scene
            label = [name_cell(run.label)] if several else []
            scores = [value_cell(group.scores.get(each)) for each in names]
            count = Cell(str(group.shots), group.shots)
            yield [name_cell(f"{name} (film)" if group.scene is None else name), *label, count, *scores]

    yield from table("Scores of scenes and films", head, rows())


def matrices(runs: Sequence[Collector], options: ReportOptions) -> Iterator[str]:
    """The similarities of a scene's shots as tables, all to one scale, those of several runs together."""
    given = _matrices(runs)
    shown = given[: options.most_matrices]
    ends = [v for _, group in shown for v in _apart(group)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    marks = [low + (high - low) * step / STEPS for step in range(STEPS)]
    legend = "".join(f'<span class="m m{step}">{esc(number(mark))}</span>' for step, mark in enumerate(marks))
    yield f'<p class="legend"><span class="quiet">least alike</span> {legend} <span class="quiet">most alike</span></p>'
    yield '<div class="matrices">'
    for _, scene in groupby(shown, key=lambda each: (each[1].movie, each[1].scene)):
        yield "<div>"
        for run, group in scene:
            yield from _matrix(run, group, low, high, options.most_matrix, len(runs) > 1)
        yield "</div>"
    yield "</div>\n"


def has_matrices(runs: Sequence[Collector]) -> int:
    """How many scenes say how alike their shots are."""
    return len(_matrices(runs))


def _matrices(runs: Sequence[Collector]) -> list[tuple[Collector, GroupFacts]]:
    found = [(run, group) for run in runs for group in run.groups.values() if group.similarity is not None]
    order: dict[tuple[str, str | None], int] = {}
    for _, group in found:
        order.setdefault((group.movie, group.scene), len(order))
    return sorted(found, key=lambda each: order[each[1].movie, each[1].scene])


def _apart(group: GroupFacts) -> list[float]:
    """Similarities of different shots."""
    assert group.similarity is not None
    return [v for y, row in enumerate(group.similarity[1]) for x, v in enumerate(row) if v is not None and x != y]


def _matrix(run: Collector, group: GroupFacts, low: float, high: float, most: int, several: bool) -> Iterator[str]:
    assert group.similarity is not None
    ids, whole = group.similarity
    ids, count = ids[:most], len(ids)
    name = " · ".join([f"scene {group.scene}" if group.scene else group.movie, *([run.label] if several else [])])
    cut = f" (the first {most} of {count} shots)" if count > most else ""
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="{esc(f"Similarity of shots, {name}")}">'
    yield f'<table class="matrix"><caption>{esc(name + cut)}</caption><thead><tr><td></td>'
    yield "".join(f'<th scope="col">{esc(_short(id, ids))}</th>' for id in ids) + "</tr></thead><tbody>"
    for y, id in enumerate(ids):
        yield f'<tr><th scope="row"><a href="#{anchor("shot", group.movie, id)}">{esc(_short(id, ids))}</a></th>'
        for x in range(len(ids)):
            value = whole[y][x]
            shade = "self" if x == y else "m" if value is None else f"m m{_step(value, low, high)}"
            shown = '<span class="sr">not measured</span>' if value is None else esc(number(value))
            yield f'<td class="{shade}">{shown}</td>'
        yield "</tr>"
    yield "</tbody></table></div>\n"


def _step(value: float, low: float, high: float) -> int:
    return min(STEPS - 1, int((value - low) / ((high - low) or 1.0) * STEPS))


def _short(id: str, ids: Sequence[str]) -> str:
    """An id without what all of them begin with."""
    head = id.rpartition("-")[0]
    return id[len(head) + 1 :] if head and all(each.startswith(head + "-") and each != head + "-" for each in ids) else id


def bar_values(shown: Sequence[Row], runs: Sequence[Collector]) -> str:
    """What the page's script draws bars from, as JSON that may stand in a script element."""
    names = [name for name in metric_names(runs) if any(t is not None and name in t.scores for r in shown for t in r.takes)]
    metrics: list[dict[str, Any]] = []
    for name in names:
        metric = BY_NAME.get(name)
        columns = [
            [None if take is None else _rounded(take.scores.get(name)) for take in column]
            for column in zip(*(row.takes for row in shown), strict=True)
        ]
        metrics.append(
            {
                "name": name,
                "family": FAMILY_OF.get(name, "other"),
                "unit": metric.unit if metric else "",
                "about": metric.about if metric else "",
                "better": direction(name),
                "values": columns,
            }
        )
    content = {"runs": [run.label for run in runs], "shots": [[row.id, row.place] for row in shown], "metrics": metrics}
    return msgspec.json.encode(content).decode().replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
