"""Spoils theatre films in known ways and says which way each metric goes: `python -m bench.truth [--scenes 20]`.

Writes bench/results/truth.json and the tables of docs/metrics.md. It takes some minutes on two cores.
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
        rows, seconds = study(asked.scenes, asked.jobs, lambda line: sys.stderr.write(f"{line}\n"))
        figures = {
            "command": f"python -m bench.truth --scenes {asked.scenes}",
            "seconds": round(seconds),
            "scenes": asked.scenes,
            "stand_ins": STAND_INS,
            "changes": {name: about(name) for name in CHANGES},
            "rows": rows,
        }
        write_json(asked.out, figures)
    fill(asked.page, sections(json.loads(asked.out.read_text(encoding="utf-8"))["rows"]))


if __name__ == "__main__":
    main()
