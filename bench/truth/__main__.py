"""Spoils theatre films in known ways and says which way each metric goes: `python -m bench.truth [--scenes 20]`.

Writes bench/results/truth.json and the tables of docs/metrics.md. It takes minutes on two quiet cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.theatre.page import fill
from bench.theatre.paths import RESULTS, ROOT, write_json
from bench.truth import page
from bench.truth.changes import CHANGES, about
from bench.truth.expected import STAND_INS
from bench.truth.study import study

PAGE = ROOT / "docs/metrics.md"


def sections(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The tables by their names in the page."""
    return {
        "changes": page.changes({name: about(name) for name in CHANGES}),
        "truth": page.directions(rows),
        "others": page.others(rows),
    }


def merged(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The new rows, with the old ones of other metrics, in the registry's order."""
    from reelkit.metrics.registry import METRICS

    order = {m.name: place for place, m in enumerate(METRICS)}
    fresh = {row["metric"] for row in new}
    kept = [row for row in old if row["metric"] not in fresh and row["metric"] in order]
    return sorted([*kept, *new], key=lambda row: order[row["metric"]])


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    return rows


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--metrics", default="all", help="names or families; what the results hold of others stays")
    parser.add_argument("--out", type=Path, default=RESULTS / "truth.json")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--redraw", action="store_true", help="only write the tables of earlier results anew")
    asked = parser.parse_args()
    if not asked.redraw:
        chosen = asked.metrics.split(",")
        rows, seconds = study(asked.scenes, asked.jobs, chosen, lambda line: sys.stderr.write(f"{line}\n"))
        figures = {
            "command": f"python -m bench.truth --scenes {asked.scenes}",
            "scenes": asked.scenes,
            "seconds": round(seconds),
            "stand_ins": STAND_INS,
            "changes": {name: about(name) for name in CHANGES},
            "rows": merged(_rows(asked.out) if asked.metrics != "all" else [], rows),
        }
        write_json(asked.out, figures)
    fill(asked.page, sections(_rows(asked.out)))


if __name__ == "__main__":
    main()
