"""The scores as CSV, JSON and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from reelkit import __version__
from reelkit.errors import UsageError
from reelkit.metrics.registry import BY_NAME, FAMILY_OF
from reelkit.metrics.reporting.collecting import Collector, Run, collect, metric_names
from reelkit.metrics.reporting.comparing import compare, direction
from reelkit.metrics.reporting.options import ReportOptions

Kind = Literal["csv", "json", "latex"]

ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
"""What LaTeX reads as something else."""
ARROWS = {1: r"~$\uparrow$", -1: r"~$\downarrow$", 0: ""}


def formatted(
    kind: str, runs: Sequence[Run | Collector], options: ReportOptions | None = None
) -> Iterator[str]:
    """The scores of shots, scenes and movies of all runs as text, in pieces. UsageError for a kind that is not known.

    csv: a line each (RFC 4180), a column a metric, empty where it was not measured. json: one object, with provenance, the
    metrics' meanings and, of several runs, the comparison. latex: a table of the runs' overall values.
    """
    writers = {"csv": _csv, "json": _json, "latex": _latex}
    if kind not in writers:
        raise UsageError(f"no format called {kind}; there are {', '.join(writers)}")
    return writers[kind](collect(runs), options or ReportOptions())


def overall(run: Collector, name: str) -> tuple[float, str] | None:
    """A metric of a whole run, and what that is: the mean over movies, where they have it, else scenes, else shots."""
    levels: tuple[tuple[str, Iterable[Mapping[str, float]]], ...] = (
        ("movie", (facts.scores for facts in run.movies())),
        ("scene", (facts.scores for facts in run.scenes())),
        ("shot", (facts.scores for facts in run.shots.values())),
    )
    for level, scores in levels:
        found = [each[name] for each in scores if name in each]
        if found:
            return sum(found) / len(found), level
    return None


def best(name: str, found: Sequence[tuple[float, str] | None]) -> set[int]:
    """Which runs are best, where the metric has a direction and at least two were measured of the same level."""
    known = {place: each for place, each in enumerate(found) if each is not None}
    sign = direction(name)
    if not sign or len(set(known.values())) < 2 or len({level for _, level in known.values()}) > 1:
        return set()
    top = max(sign * value for value, _ in known.values())
    return {place for place, (value, _) in known.items() if sign * value == top}


def latex_escaped(text: str) -> str:
    """Text that LaTeX sets as it is written."""
    return "".join(ESCAPES.get(sign, sign) for sign in text)


def _rows(run: Collector) -> Iterator[tuple[dict[str, Any], Mapping[str, float]]]:
    for shot in run.shots.values():
        head = {"level": "shot", "movie": shot.movie, "scene": shot.scene or "", "shot": shot.id, "error": shot.error}
        yield head, shot.scores
    for group in (*run.scenes(), *run.movies()):
        level = "movie" if group.scene is None else "scene"
        head = {"level": level, "movie": group.movie, "scene": group.scene or "", "shot": "", "error": group.error}
        yield head, group.scores


def _csv(runs: Sequence[Collector], options: ReportOptions) -> Iterator[str]:
    names = metric_names(runs)
    yield _line(["run", "level", "movie", "scene", "shot", "error", *names])
    for run in runs:
        for head, scores in _rows(run):
            yield _line([run.label, *head.values(), *(repr(scores[name]) if name in scores else "" for name in names)])


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def _json(runs: Sequence[Collector], options: ReportOptions) -> Iterator[str]:
    """Written in pieces, a record a line, so that a large run is never one string."""
    names = metric_names(runs)
    metrics = [
        {**msgspec.to_builtins(BY_NAME[name]), "family": FAMILY_OF[name]} if name in BY_NAME else {"name": name}
        for name in names
    ]
    yield f'{{"reelkit":{_text(__version__)},\n"metrics":{_text(metrics)},\n"runs":['
    for number, run in enumerate(runs):
        head = {
            "label": run.label,
            "provenance": run.provenance,
            "skipped": list(run.skipped),
            "unread": run.unread,
        }
        yield f'{"," if number else ""}\n{_text(head)[:-1]},"records":['
        for count, (place, scores) in enumerate(_rows(run)):
            record = {name: value for name, value in place.items() if value} | {"scores": scores}
            yield f'{"," if count else ""}\n{_text(record)}'
        yield "\n]}"
    yield "\n]"
    if len(runs) > 1:
        yield f',\n"comparisons":{_text(compare(runs, options))}'
    yield "}\n"


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _latex(runs: Sequence[Collector], options: ReportOptions) -> Iterator[str]:
    names = metric_names(runs)
    labels = " & ".join(latex_escaped(run.label) for run in runs)
    yield "% needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}\n"
    yield f"\\begin{{tabular}}{{ll{'r' * len(runs)}}}\n\\toprule\n"
    yield f"Metric & Over & {labels} \\\\\n\\midrule\n"
    for name in names:
        found = [overall(run, name) for run in runs]
        top = best(name, found)
        cells = [
            "--" if each is None else rf"\textbf{{{_places(each[0])}}}" if place in top else _places(each[0])
            for place, each in enumerate(found)
        ]
        levels = "/".join(dict.fromkeys(each[1] + "s" for each in found if each is not None))
        yield f"{latex_escaped(name)}{ARROWS[direction(name)]} & {levels} & {' & '.join(cells)} \\\\\n"
    yield "\\bottomrule\n\\end{tabular}\n"


def _places(value: float) -> str:
    text = f"{value:.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"
    if "e" in text:
        digits, power = text.split("e")
        return rf"${digits}\times10^{{{int(power)}}}$"
    return f"$-${text[1:]}" if text.startswith("-") else text
