"""Frames a second of one pass against VBench's scripts run metric by metric: `python bench/score_speed.py VBENCH DINO`.

Needs what bench/parity/vbench.py needs; the same clips, networks of full size and random weights. Each script of VBench
decodes every clip and runs its network by itself, as its users run it; loading is not counted on either side. Two sets: the
seven dimensions of VBench that have code here, each with a network of its own; and the same with those other published
metrics that look at the same rows, which their own scripts compute anew (VBench-Long's two, the un-normalised aesthetic of
MovieBench and FilmWeaver, ST-Bench's clip similarity), counted at what the VBench script of that network took. Both sides
take turns, in float32; ours also with --dtype bfloat16, and what that does to the scores. Writes
bench/results/score-speed.json.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from bench.parity import vbench as parity
from bench.theatre.paths import RESULTS, write_json
from reelkit.models.local import LocalModels

AGAIN = {
    "VBench-Long subject": "vbench_subject_consistency",
    "VBench-Long background": "vbench_background_consistency",
    "aesthetic, un-normalised": "vbench_aesthetic_quality",
    "ST-Bench clips": "vbench_overall_consistency",
}
"""What runs a network again in a script of its own."""


def main() -> None:
    """Take turns, and write medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vbench", type=Path)
    parser.add_argument("dino", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "score-speed.json")
    asked = parser.parse_args()
    parity.stand_ins()
    seconds: dict[str, list[float]] = {}
    ours: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = parity.clips(folder)
        networks = parity.random_weights(folder, asked.vbench.resolve(), asked.dino.resolve())
        models = {dtype: LocalModels("cpu", dtype) for dtype in ours}
        found: dict[str, dict[str, float]] = {}
        for round in range(asked.rounds + 1):  # the first loads
            times: dict[str, float] = {}
            parity.reference(asked.vbench.resolve(), folder, paths, networks, times)
            if round:
                for metric, taken in times.items():
                    seconds.setdefault(metric, []).append(taken)
            for dtype, loader in models.items():
                began = time.perf_counter()
                found[dtype], _ = parity.ours(folder, paths, loader)
                if round:
                    ours[dtype].append(time.perf_counter() - began)
    frames = len(paths) * parity.FRAMES
    theirs = {metric: statistics.median(taken) for metric, taken in seconds.items()}
    alone = sum(theirs.values())
    more = alone + sum(theirs[metric] for metric in AGAIN.values())
    mine = {dtype: statistics.median(taken) for dtype, taken in ours.items()}
    deviation = {
        metric: abs(found["float32"][metric] - found["bfloat16"][metric]) for metric in found["float32"] if metric in theirs
    }
    result: dict[str, Any] = {
        "command": "python bench/score_speed.py VBENCH_CLONE DINO_CLONE",
        "machine": f"{torch.get_num_threads()} CPU threads",
        "frames": frames,
        "size": list(parity.SIZE),
        "seconds_of_each_script": {metric: round(taken, 2) for metric, taken in theirs.items()},
        "seconds_of_one_pass": {dtype: round(taken, 2) for dtype, taken in mine.items()},
        "frames_a_second": {
            "scripts, seven metrics": round(frames / alone, 3),
            "scripts, eleven metrics": round(frames / more, 3),
            **{f"one pass, {dtype}": round(frames / taken, 3) for dtype, taken in mine.items()},
        },
        "ratio_seven": {dtype: round(alone / taken, 2) for dtype, taken in mine.items()},
        "ratio_eleven": {dtype: round(more / taken, 2) for dtype, taken in mine.items()},
        "change_of_scores_with_bfloat16": {metric: round(value, 6) for metric, value in deviation.items()},
    }
    write_json(asked.out, result)
    sys.stdout.write(f"{result['ratio_seven']} {result['ratio_eleven']}\n")


if __name__ == "__main__":
    main()
