"""Markup by small functions, so that nothing reaches the page unescaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import msgspec

from reelkit.metrics.registry import BY_NAME

MISSING = '<td class="none"><span aria-hidden="true">–</span><span class="sr">not measured</span></td>'


class Cell(msgspec.Struct, frozen=True):
    """A cell of a sortable table: what is shown, as markup, and what is sorted by, or None, which stands last."""

    markup: str
    key: float | str | None
    number: bool = True


def esc(text: object) -> str:
    """Text as it may stand in markup and in quoted attributes."""
    return html.escape(str(text), quote=True)


def number(value: float) -> str:
    """A value in as many places as tell anything: four significant figures, fewer behind the point for large ones."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 10_000 or size < 0.0005:
        return f"{value:.3g}".replace("-", "−")
    places = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{value:.{places}f}".replace("-", "−")


def signed(value: float) -> str:
    """A difference with its sign."""
    text = number(value)
    return f"+{text}" if value > 0 else text


def value_cell(value: float | None) -> Cell:
    """A number's cell; absent it says that nothing was measured."""
    return Cell("", None) if value is None else Cell(esc(number(value)), value)


def name_cell(text: str, href: str = "") -> Cell:
    """A text's cell, with a link where there is one."""
    shown = f'<a href="{esc(href)}">{esc(text)}</a>' if href else esc(text)
    return Cell(shown, text, number=False)


def arrow(name: str) -> str:
    """The direction of a metric: an arrow to see and words to hear."""
    better = BY_NAME[name].better if name in BY_NAME else "neither"
    if better == "neither":
        return ""
    sign, words = ("↑", "higher is better") if better == "higher" else ("↓", "lower is better")
    return f'<span class="arrow" title="{words}" aria-hidden="true">{sign}</span><span class="sr">, {words}</span>'


def table(
    caption: str, head: Sequence[tuple[str, bool]], rows: Iterable[Sequence[Cell]], *, kind: str = "", label: str = ""
) -> Iterable[str]:
    """A table that scripts make sortable: (markup, whether numbers) for each column; the first cell of a row heads it.

    It scrolls inside its own region, so that the page never does sideways; the region can be reached by the keyboard.
    """
    name = esc(label or caption)
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">'
    yield f'<table class="sortable {kind}"><caption>{esc(caption)}</caption><thead><tr>'
    for shown, numeric in head:
        yield f'<th scope="col"{" class=num" if numeric else ""}>{shown}</th>'
    yield "</tr></thead><tbody>\n"
    for row in rows:
        cells = [
            f'<th scope="row"{_key(cell)}>{cell.markup}</th>'
            if place == 0
            else MISSING
            if cell.key is None and not cell.markup
            else f"<td{_key(cell)}{' class=num' if cell.number else ''}>{cell.markup}</td>"
            for place, cell in enumerate(row)
        ]
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"


def metric_head(name: str) -> str:
    """A column's head: the metric, its direction, and a link to what it means."""
    return f"{esc(name.replace('_', ' '))}{arrow(name)}"


def anchor(*parts: str) -> str:
    """An id for a place on the page."""
    return esc("-".join(parts).replace(" ", "-").replace("/", "-"))


def _key(cell: Cell) -> str:
    return "" if cell.key is None else f' data-key="{esc(cell.key)}"'
