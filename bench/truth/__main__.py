"""Spoils theatre films in known ways and says which way each metric goes: `python -m bench.truth [--scenes 20]`.

Writes bench/results/truth.json and the tables of docs/metrics.md. It takes some minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.theatre.page import fill
from bench.theatre.paths import RESULTS, ROOT, write_json
from bench.truth import page
from bench.truth.changes import CHANGES, about
from bench.truth.expected import COSTLY, EXPECTED, STAND_INS
from bench.truth.films import film
from bench.truth.measuring import Bench, Scores, StandIn
from bench.truth.verdicts import Moved, judged
from reelkit.media.store import MediaStore

PAGE = ROOT / "docs/metrics.md"
NAME = "as it ought to be"


def measurable() -> list[str]:
    """Metrics that need no more than the encoder, or networks that it stands in for."""
    from reelkit.metrics.registry import METRICS

    there = {"encoder", *STAND_INS}
    return [m.name for m in METRICS if there.issuperset(m.needs)]


def measured(number: int) -> dict[str, Scores]:
    """One film's scores: as it ought to be, and after each change."""
    import torch

    from reelkit.metrics.meters import Resources
    from reelkit.models import open_models

    torch.set_num_threads(1)
    shown = film(number)
    models = StandIn(open_models("cpu"), STAND_INS)
    with tempfile.TemporaryDirectory() as folder:
        media = Path(folder)
        bench = Bench(Resources(names=frozenset(measurable()), models=models, store=MediaStore(media)), media)
        found = {NAME: bench.scores(shown, shown.shots)}
        return found | {name: bench.scores(shown, make(shown), worth(name)) for name, make in CHANGES.items()}


def worth(change: str) -> frozenset[str]:
    """The metrics that a change is measured by: all but the costly ones of which nothing is expected."""
    return frozenset(name for name in measurable() if name not in COSTLY or change in EXPECTED.get(name, {}))


def row(moved: Moved) -> dict[str, Any]:
    """A line of the results file."""
    line = moved._asdict() | {"before": moved.before._asdict(), "difference": moved.difference._asdict()}
    line["spreads"] = moved.spreads if math.isfinite(moved.spreads) else None
    line["clear"] = moved.difference.excludes_zero
    return line


def study(scenes: int, jobs: int) -> tuple[list[dict[str, Any]], float]:
    """The rows of all metrics and changes, and the seconds it took."""
    started = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found: list[dict[str, Scores]] = []
        for scores in pool.map(measured, range(scenes)):
            found.append(scores)
            sys.stderr.write(f"film {len(found)} of {scenes}" + "\n")
    rows = judged([f[NAME] for f in found], {name: [f[name] for f in found] for name in CHANGES})
    return [row(each) for each in rows], time.monotonic() - started


def sections(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The tables by their names in the page."""
    return {
        "changes": page.changes({name: about(name) for name in CHANGES}),
        "truth": page.directions(rows),
        "others": page.others(rows),
    }


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS / "truth.json")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--redraw", action="store_true", help="only write the tables of earlier results anew")
    asked = parser.parse_args()
    if not asked.redraw:
        rows, seconds = study(asked.scenes, asked.jobs)
        figures = {
            "command": f"python -m bench.truth --scenes {asked.scenes}",
            "seconds": round(seconds),
            "scenes": asked.scenes,
            "stand_ins": sorted(STAND_INS),
            "changes": {name: about(name) for name in CHANGES},
            "rows": rows,
        }
        write_json(asked.out, figures)
    fill(asked.page, sections(json.loads(asked.out.read_text(encoding="utf-8"))["rows"]))


if __name__ == "__main__":
    main()
