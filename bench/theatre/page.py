"""Tables of docs/results.md: Markdown between `<!-- NAME -->` and `<!-- /NAME -->`, the words around them a person's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reelkit.media.atomic import write_bytes_atomic


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is left, the others are right aligned."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, marks, *rows])


def filled(page: str, name: str, text: str) -> str:
    """The page with `text` between the section's marks; ValueError where the page lacks them."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no section {begin} ... {end}: put the two marks where the table belongs")
    return f"{before}{begin}\n{text}\n{end}{after}"


def fill(path: Path, sections: dict[str, str]) -> None:
    """Put each section's text into the page at `path`."""
    page = path.read_text(encoding="utf-8")
    for name, text in sections.items():
        page = filled(page, name, text)
    write_bytes_atomic(path, page.encode())
