"""FilmWeaver's ablation table, and whether ours comes out in its order."""

from __future__ import annotations

from bench.theatre.film_metrics import COLUMNS
from bench.theatre.intervals import Interval

TITLES = {
    "character_consistency": "Char. cons.",
    "all_consistency": "All cons.",
    "character_alignment": "Char. align.",
    "all_alignment": "All align.",
    "copy_paste_rate": "Copy-paste %",
}
ROWS = {
    "truth": "truth",
    "full": "full",
    "equal-steps": "full, steps of w/o A",
    "without-noise": "w/o A (noise augmentation)",
    "without-shot": "w/o S (shot cache)",
    "without-temporal": "w/o T (temporal cache)",
}
PAPER = {
    "full": (74.61, 75.12, 23.07, 31.23),
    "without-noise": (72.36, 75.92, 21.88, 28.12),
    "without-shot": (68.11, 65.44, 22.41, 31.79),
    "without-temporal": (70.79, 70.57, 20.21, 30.70),
}
"""FilmWeaver (arXiv 2512.11274), in the order of COLUMNS; it gives no copy-paste rate."""


def paper_change(row: str, column: str) -> float | None:
    """By how much the paper's row differs from its full model; None where it gives no figure."""
    place = COLUMNS.index(column)
    return None if place >= len(PAPER[row]) else round(PAPER[row][place] - PAPER["full"][place], 2)


def verdict(paper: float | None, ours: Interval) -> str:
    """`as the paper` or `against the paper` where our interval excludes zero, else `undecided`."""
    if paper is None:
        return "not in the paper"
    if not ours.excludes_zero:
        return "undecided"
    return "as the paper" if (ours.value > 0) == (paper > 0) else "against the paper"
