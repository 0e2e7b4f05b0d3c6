"""What the numbers mean, by what they were measured, and what is not on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reelkit.metrics.registry import BY_NAME, FAMILY_OF, licences
from reelkit.metrics.reporting.collecting import Collector
from reelkit.metrics.reporting.markup import anchor, arrow, esc

BASIS = {"source": "the authors' formula", "definition": "reelkit's own definition, not comparable with a paper's table"}


def meanings(names: Sequence[str]) -> Iterator[str]:
    """A card a metric: what it compares, its unit, range and direction, whose formula it is, and what it needs."""
    yield '<div class="meanings">'
    for name in names:
        metric = BY_NAME.get(name)
        yield f'<section class="meaning" aria-labelledby="{anchor("metric", name)}">'
        yield f'<h3 id="{anchor("metric", name)}">{esc(name.replace("_", " "))}{arrow(name)}</h3>'
        if metric is None:
            yield "<p>This reelkit does not know it; another program wrote it.</p></section>\n"
            continue
        yield f"<p>{esc(metric.about)}.</p><dl>"
        yield from _pairs(
            {
                "name": metric.name,
                "family": FAMILY_OF[name],
                "unit": metric.unit,
                "range": metric.range,
                "better": metric.better,
                "of": ", ".join(metric.levels),
                "formula": BASIS[metric.basis],
                "after": metric.cites,
                "needs": ", ".join(metric.needs) or "nothing",
                "licence": licences(metric),
            }
        )
        yield "</dl></section>\n"
    yield "</div>"


def provenance(runs: Sequence[Collector]) -> Iterator[str]:
    """By what each run was measured, and what was skipped and why."""
    for run in runs:
        yield f'<section class="provenance"><h3>{esc(run.label)}</h3>'
        yield f'<p class="quiet">{len(run.shots)} shots, {len(run.scenes())} scene records, {len(run.movies())} film records</p>'
        for told in run.provenance:
            yield "<dl>"
            yield from _pairs({name: _told(value) for name, value in told.items()})
            yield "</dl>"
        if len(run.provenance) > 1:
            yield "<p>Its records were measured in more than one way; compare them with care.</p>"
        if not run.provenance:
            yield "<p>The manifest does not say by what it was measured.</p>"
        for title, lines in (("Skipped", list(run.skipped)), ("Records that could not be read", run.unread)):
            if lines:
                yield f"<h4>{title}</h4><ul>{''.join(f'<li>{esc(line)}</li>' for line in lines[:50])}</ul>"
            if len(lines) > 50:
                yield f"<p>and {len(lines) - 50} more</p>"
        yield "</section>\n"


def _pairs(told: Mapping[str, str]) -> Iterator[str]:
    for name, value in told.items():
        yield f"<div><dt>{esc(name)}</dt><dd>{esc(value)}</dd></div>"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_told(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_told(each) for each in value)
    return str(value)
