"""Tables for people on standard error: plain columns that read the same in a log file."""

from __future__ import annotations

from collections.abc import Sequence


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a head, numbers to the right, two spaces between columns."""
    widths = [max(len(line[i]) for line in (head, *rows)) for i in range(len(head))]
    right = [bool(rows) and all(is_number(row[i]) for row in rows) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    return "\n".join(line(cells) for cells in (head, *rows))


def is_number(text: str) -> bool:
    """Whether a cell stands to the right; a dash counts as no number given."""
    return text == "-" or text.replace(".", "", 1).replace(",", "").isdigit()


def size(count: float) -> str:
    """Bytes as people say them: `512 B`, `3.4 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
