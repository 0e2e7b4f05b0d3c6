"""The figures that come first: of one run its metrics, of several their differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reelkit.metrics.registry import BY_NAME, FAMILY_OF
from reelkit.metrics.reporting.collecting import Collector, metric_names
from reelkit.metrics.reporting.comparing import Comparison, direction, values
from reelkit.metrics.reporting.formats import overall
from reelkit.metrics.reporting.markup import (
    Cell,
    anchor,
    arrow,
    esc,
    name_cell,
    number,
    signed,
    table,
    value_cell,
)
from reelkit.metrics.reporting.statistics import EXACT_PAIRS

LEVEL = 0.05
"""Below it a corrected p counts as a difference."""
WIDTH = 120
HEIGHT = 16
PAD = 5


def one_run(run: Collector) -> Iterator[str]:
    """A row a metric: the film's value, its shots' mean, spread and extremes."""
    head = [("metric", False), ("family", False), ("overall", True), ("of", False), ("spread over shots", False)]
    head += [("lowest shot", True), ("highest shot", True), ("shots measured", True)]
    rows = (_row(run, name) for name in metric_names([run]))
    yield from table("Every metric of this run", head, rows, label="Figures by metric")


def _row(run: Collector, name: str) -> list[Cell]:
    found = overall(run, name)
    shots = values(run, name, "shot")
    cells = [_metric(name), name_cell(FAMILY_OF.get(name, ""))]
    cells += [value_cell(None), name_cell("")] if found is None else [value_cell(found[0]), name_cell(found[1])]
    if not shots:
        return [*cells, Cell("", None), Cell("", None), Cell("", None), Cell("0", 0)]
    low, high = min(shots, key=shots.__getitem__), max(shots, key=shots.__getitem__)
    return [
        *cells,
        Cell(strip(list(shots.values())), None, number=False),
        _extreme(low, shots[low]),
        _extreme(high, shots[high]),
        Cell(f"{len(shots)} of {len(run.shots)}", len(shots)),
    ]


def _extreme(key: tuple[str, str], value: float) -> Cell:
    place = anchor("shot", *key)
    return Cell(f'{esc(number(value))} <a class="quiet" href="#{place}">{esc(key[1])}</a>', value)


def several_runs(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """A row a metric and run, and how to read it."""
    many = len({each.run for each in comparisons}) > 1
    base = esc(comparisons[0].base) if comparisons else ""
    head = [("metric", False), *([("run", False)] if many else []), ("finding", False), (f"{base}, mean", True)]
    head += [("run, mean" if many else f"{esc(comparisons[0].run) if comparisons else ''}, mean", True)]
    head += [("difference", True), ("drawn", False), ("95 % interval", True), ("p", True), ("p, Holm", True)]
    head += [("pairs", True), ("better / worse / same", True)]
    yield from table(
        "Mean differences over what both runs have, paired by movie and id",
        head,
        (_comparison(each, many) for each in comparisons),
        label="Comparison by metric",
    )
    yield (
        '<p class="quiet">Intervals: percentile bootstrap of the mean difference. p: paired sign-flip test, exact up to '
        f"{EXACT_PAIRS} pairs; then corrected by Holm over all tests of this page. Shots of one scene are not independent "
        "of one another, so that shots make a difference look surer than it is. A metric that compares a shot with those "
        "before it is paired over scenes where there are at least two.</p>"
    )


def verdicts(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """What changed, in a sentence a run."""
    for label in dict.fromkeys(each.run for each in comparisons):
        yield f'<p class="verdict">{told([each for each in comparisons if each.run == label])}</p>'


def told(comparisons: Sequence[Comparison]) -> str:
    """In a sentence: in how many metrics a run is better, worse, or not clearly either."""
    if not comparisons:
        return ""
    kinds = [finding(each) for each in comparisons]
    first = comparisons[0]
    alone = sum(each.pairs == 0 for each in comparisons)
    shots = max((each.pairs for each in comparisons if each.unit == "shot"), default=0)
    parts = [
        f"<b>{esc(first.run)}</b> against <b>{esc(first.base)}</b>: ",
        f'<span class="good">better in {kinds.count("better")}</span>, ',
        f'<span class="bad">worse in {kinds.count("worse")}</span>',
        f", changed in {kinds.count('changed')} without a direction" if "changed" in kinds else "",
        f", no clear difference in {kinds.count('no clear difference')}",
        f", the same in {kinds.count('the same')}" if "the same" in kinds else "",
        f"; {kinds.count('too few pairs')} with too few pairs to test" if "too few pairs" in kinds else "",
        f"; {alone} without a pair" if alone else "",
        f". Up to {shots} shots are paired; a difference counts below a corrected p of {LEVEL}.",
    ]
    return "".join(parts)


def finding(each: Comparison) -> str:
    """What a comparison says."""
    if not each.pairs:
        return "no pairs"
    if each.ties == each.pairs:
        return "the same"
    if each.corrected is None or each.difference is None:
        return "too few pairs"
    if each.corrected >= LEVEL:
        return "no clear difference"
    sign = direction(each.metric) * each.difference
    return "better" if sign > 0 else "worse" if sign < 0 else "changed"


def _comparison(each: Comparison, many: bool) -> list[Cell]:
    said = finding(each)
    kind = {"better": "good", "worse": "bad"}.get(said, "quiet")
    alone = "".join(
        f'<span class="quiet alone">{count} only in {esc(label)}</span>'
        for count, label in ((each.base_only, each.base), (each.run_only, each.run))
        if count
    )
    unit = f"{each.unit}{'s' * (each.pairs != 1)}"
    cells = [_metric(each.metric), *([name_cell(each.run)] if many else [])]
    cells += [Cell(f'<span class="{kind}">{said}</span>', said, number=False)]
    cells += [value_cell(each.base_mean), value_cell(each.run_mean)]
    cells += [Cell("", None) if each.difference is None else Cell(esc(signed(each.difference)), each.difference)]
    if each.interval is None:
        cells += [Cell("", None), Cell("", None)]
    else:
        low, high = each.interval
        cells += [
            Cell(interval(each, kind), None, number=False),
            Cell(f"{esc(signed(low))} to {esc(signed(high))}", None),
        ]
    cells += [_p(each.p), _p(each.corrected), Cell(f"{each.pairs} {unit}{alone}", each.pairs)]
    return [*cells, Cell(f"{each.wins} / {each.losses} / {each.ties}", each.wins - each.losses)]


def _p(p: float | None) -> Cell:
    return Cell("", None) if p is None else Cell("&lt; 0.001" if p < 0.001 else f"{p:.3f}", p)


def _metric(name: str) -> Cell:
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    link = f'<a href="#{anchor("metric", name)}">{esc(name.replace("_", " "))}</a>{arrow(name)}'
    return Cell(f'{link} <span class="quiet unit">{esc(unit)}</span>', name, number=False)


def strip(found: Sequence[float]) -> str:
    """A tick for each value between the least and the greatest; a picture only, the numbers stand beside it."""
    low, high = min(found), max(found)
    span = (high - low) or 1.0
    places = sorted({round(PAD + (value - low) / span * (WIDTH - 2 * PAD), 1) for value in found})
    ticks = "".join(f'<path d="M{x:g} 3v10"/>' for x in places)
    axis = f'<path class="axis" d="M0 8h{WIDTH}"/>'
    return f'<svg class="strip" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{axis}{ticks}</svg>'


def interval(each: Comparison, kind: str) -> str:
    """An interval about its mean, zero in the middle, each metric to its own scale."""
    assert each.interval is not None and each.difference is not None
    low, high = each.interval
    reach = max(abs(low), abs(high)) or 1.0

    def place(value: float) -> float:
        return round(WIDTH / 2 + value / reach * (WIDTH / 2 - PAD), 1)

    return (
        f'<svg class="interval {kind}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<path class="axis" d="M{WIDTH / 2:g} 0v{HEIGHT}"/><path d="M{place(low):g} 8H{place(high):g}"/>'
        f'<circle cx="{place(each.difference):g}" cy="8" r="3.5"/></svg>'
    )
