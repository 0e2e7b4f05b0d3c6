"""Runs against the first of them: differences over what both have, with an interval and a test for each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from reelkit.metrics.registry import BY_NAME
from reelkit.metrics.reporting.collecting import Collector, metric_names
from reelkit.metrics.reporting.options import ReportOptions
from reelkit.metrics.reporting.statistics import bootstrap_interval, holm, sign_flip_test

Unit = Literal["shot", "scene"]
Values = Mapping[tuple[str, str], float]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one run against the first run. Differences are this run's less the first's."""

    metric: str
    base: str
    run: str
    unit: Unit
    pairs: int
    base_only: int
    """Shots or scenes that only the first run has the metric for; they stand in no difference."""
    run_only: int
    base_mean: float | None = None
    """Over the pairs."""
    run_mean: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    """95 %, of the mean difference."""
    p: float | None = None
    """Of a paired sign-flip test; None too where every pair is a tie, which no test could find different."""
    corrected: float | None = None
    """p after Holm, over every test of the report."""
    wins: int = 0
    """Pairs in which this run is better by the metric's direction; with no direction, in which it is higher."""
    losses: int = 0
    ties: int = 0


def direction(name: str) -> int:
    """1 where higher is better, -1 where lower is, 0 where neither or nobody knows."""
    metric = BY_NAME.get(name)
    return 0 if metric is None else {"higher": 1, "lower": -1, "neither": 0}[metric.better]


def compare(runs: Sequence[Collector], options: ReportOptions) -> list[Comparison]:
    """Every run but the first against the first, for every metric that either has for shots or scenes."""
    found = [
        _compare(runs[0], run, name, options) for run in runs[1:] for name in metric_names([runs[0], run])
    ]
    shown = [each for each in found if each.pairs or each.base_only or each.run_only]
    corrected = holm([each.p for each in shown])
    return [msgspec.structs.replace(each, corrected=p) for each, p in zip(shown, corrected, strict=True)]


def values(run: Collector, name: str, unit: Unit) -> dict[tuple[str, str], float]:
    """A metric's values by (movie, id) of shots or of scenes."""
    if unit == "shot":
        return {key: facts.scores[name] for key, facts in run.shots.items() if name in facts.scores}
    return {(each.movie, each.scene or ""): each.scores[name] for each in run.scenes() if name in each.scores}


def _compare(base: Collector, run: Collector, name: str, options: ReportOptions) -> Comparison:
    unit, first, second = _units(base, run, name)
    both = [key for key in first if key in second]
    known = Comparison(
        metric=name,
        base=base.label,
        run=run.label,
        unit=unit,
        pairs=len(both),
        base_only=len(first) - len(both),
        run_only=len(second) - len(both),
    )
    if not both:
        return known
    differences = [second[key] - first[key] for key in both]
    sign = direction(name) or 1
    return msgspec.structs.replace(
        known,
        base_mean=sum(first[key] for key in both) / len(both),
        run_mean=sum(second[key] for key in both) / len(both),
        difference=sum(differences) / len(both),
        interval=bootstrap_interval(differences, options.seed, resamples=options.resamples),
        p=sign_flip_test(differences, options.seed, resamples=options.resamples) if any(differences) else None,
        wins=sum(sign * each > 0 for each in differences),
        losses=sum(sign * each < 0 for each in differences),
        ties=sum(each == 0 for each in differences),
    )


def _units(base: Collector, run: Collector, name: str) -> tuple[Unit, Values, Values]:
    """Over what a metric is paired: shots; scenes where a shot has no value, or one that leans on the shots before it.

    Values beside earlier shots are not independent of one another, so scenes are the honest sample where there are enough.
    """
    shots = values(base, name, "shot"), values(run, name, "shot")
    scenes = values(base, name, "scene"), values(run, name, "scene")
    metric = BY_NAME.get(name)
    leans = metric is not None and metric.beside and len(scenes[0].keys() & scenes[1].keys()) > 1
    if leans or not (shots[0] or shots[1]):
        return "scene", *scenes
    return "shot", *shots
