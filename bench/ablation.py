"""FilmWeaver's ablation table in the theatre: `python bench/ablation.py [--scenes 20] [--shots 5]`.

w/o S and w/o T empty a cache of the same weights; w/o A has weights of its own, trained without noise on the caches
for as many steps. Draws what is not drawn yet (out/theatre, resumed after a stop), measures with the second encoder
and the detector's boxes, writes JSON and the table of docs/results.md, and says of each figure whether it moved as
the paper's did. Aes and Incep need weights that are not here and are left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.theatre import page
from bench.theatre.film_metrics import COLUMNS
from bench.theatre.generate import FOLDERS, generate
from bench.theatre.intervals import Interval, mean_interval, paired_difference
from bench.theatre.measure import Measured, measure, require
from bench.theatre.paper import PAPER, ROWS, TITLES, paper_change, verdict
from bench.theatre.paths import (
    CLEAN_WEAVER,
    DETECTOR,
    EMBEDDED,
    EQUAL_WEAVER,
    GENERATED,
    RESULTS,
    RESULTS_PAGE,
    SECOND_ENCODER,
    write_json,
)


def rows_of(found: dict[str, Measured]) -> dict[str, dict[str, Interval]]:
    """Means of FilmWeaver's columns by row."""
    return {row: {c: mean_interval(found[row].scenes[c]) for c in COLUMNS} for row in ROWS if row in found}


def changes_of(found: dict[str, Measured]) -> dict[str, dict[str, Any]]:
    """Each ablated row less its full model, the paper's change, and whether they agree.

    w/o A is held against the full recipe at its own number of steps where that was trained apart.
    """
    changes = {}
    for row in PAPER:
        if row == "full" or row not in found:
            continue
        base = "equal-steps" if row == "without-noise" and "equal-steps" in found else "full"
        changes[row] = {
            column: {
                "ours": (ours := paired_difference(found[row].scenes[column], found[base].scenes[column])),
                "paper": paper_change(row, column),
                "verdict": verdict(paper_change(row, column), ours),
                "against": base,
            }
            for column in COLUMNS
        }
    return changes


def text_of(rows: dict[str, dict[str, Interval]], changes: dict[str, dict[str, Any]], missing: list[str]) -> str:
    """The two tables, and what is missing."""
    titles = [TITLES[column] for column in COLUMNS]
    absolute = page.table(
        ["", "Aes", "Incep", *titles],
        [[ROWS[row], "–", "–", *(figures[column].text() for column in COLUMNS)] for row, figures in rows.items()],
    )
    moved = [
        [ROWS[row], *(f"{figures[c]['ours'].text()}; paper {_signed(figures[c]['paper'])}: {figures[c]['verdict']}"
                      for c in COLUMNS)]
        for row, figures in changes.items()
    ]  # fmt: skip
    parts = [absolute, "Change from the full model, paired over scenes, and the paper's:", page.table(["", *titles], moved)]
    parts += [f"{ROWS[row]} is missing: its weights are not under bench/weights." for row in missing]
    return "\n\n".join(parts)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def main() -> None:
    """Parse, draw, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation.json")
    parser.add_argument("--films", type=Path, default=GENERATED, help="folder of drawn films")
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    parser.add_argument("--weights", type=Path, default=EMBEDDED)
    parser.add_argument("--clean", type=Path, default=CLEAN_WEAVER, help="weights of w/o A")
    parser.add_argument("--equal", type=Path, default=EQUAL_WEAVER, help="the full recipe at w/o A's steps, if another")
    parser.add_argument("--detector", type=Path, default=DETECTOR)
    parser.add_argument("--encoder", default=str(SECOND_ENCODER))
    parser.add_argument("--steps", type=int, help="sampling steps; the checkpoint's own by default")
    asked = parser.parse_args()
    require(asked.detector, asked.encoder)
    folders = FOLDERS | {"without-noise": asked.clean, "equal-steps": asked.equal}
    ready = generate(asked.films, asked.scenes, asked.shots, tuple(ROWS), asked.weights, asked.steps, folders)
    figures, found = measure(asked.films, ready, asked.detector, asked.encoder)
    rows, changes = rows_of(found), changes_of(found)
    missing = [row for row in PAPER if row not in found]
    write_json(asked.out, {
        "scenes": asked.scenes, "shots": asked.shots, "made_with": figures["made_with"], "encoder": figures["encoder"],
        "rows": rows, "changes": changes, "missing": missing,
        "not_measured": {"aes": "needs the LAION head and CLIP ViT-L/14", "incep": "needs Inception v3"},
    })  # fmt: skip
    text = text_of(rows, changes, missing)
    page.fill(asked.page, {"ablation": text})
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
