"""Whether host memory stays flat: `python bench/flat.py [--shots 100]`.

One loader draws so many shots one after another, each with a prompt of its own, by the embedded weaver and by a Wan
VACE of random weights that looks at a still and at its own past; resident memory is read after each. A leak shows as a
slope: kilobytes a shot over the second half.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from bench.checkpoints import wan
from bench.theatre.paths import RESULTS, write_json
from reelkit.media.image import write_png
from reelkit.models import GenerateRequest, open_models


def resident() -> float:
    """MB of this process in memory now, without what the page cache holds of files."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def shoot(model: str, size: tuple[int, int], shots: int, folder: Path, fields: dict[str, Any]) -> list[float]:
    """MB after each of `shots` requests."""
    models = open_models(dtype="float32")
    rows = []
    history: list[str] = []
    for number in range(shots):
        extends = bool(history) and number % 2 == 1
        frames = fields["later"] if extends else fields["opening"]
        out = folder / f"{model.replace('/', '-')[-12:]}-{number}"
        models.generate(
            GenerateRequest(
                model=model, prompt=f"Medium shot. Shot {number} of a long film.", width=size[0], height=size[1],
                frames=frames, seed=number, steps=fields["steps"], history=history if extends else [],
                references=[str(folder / "still.png")], out=str(out),
            )
        )
        history = [f"{out}.safetensors"]
        rows.append(round(resident(), 1))
    return rows


def main() -> None:
    """Run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULTS / "flat.json")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"command": f"python bench/flat.py --shots {asked.shots}", "rows": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        write_png(folder / "still.png", np.full((64, 128, 3), (200, 60, 40), np.uint8))
        vace = str(wan(folder / "vace", "small", vace=True))
        for model, size, fields in (
            ("embedded", (128, 64), {"opening": 6, "later": 6, "steps": 2}),
            (vace, (64, 64), {"opening": 17, "later": 8, "steps": 2}),
        ):
            rows = shoot(model, size, asked.shots, folder, fields)
            half = rows[len(rows) // 2 :]
            slope = float(np.polyfit(range(len(half)), half, 1)[0]) * 1024
            figures["rows"]["embedded" if model == "embedded" else "wan-vace, random weights"] = {
                "mb_after_10": rows[min(9, len(rows) - 1)],
                "mb_at_half": half[0],
                "mb_at_end": rows[-1],
                "ratio_end_to_half": rows[-1] / half[0],
                "kb_a_shot": slope,
            }
            write_json(asked.out, figures)


if __name__ == "__main__":
    main()
