"""Frames a second of one pass against VBench's scripts run metric by metric: `python bench/score_speed.py VBENCH DINO`.

Needs what bench/parity/vbench.py needs, and takes its networks of full size and random weights; with pyiqa on the path
imaging quality is timed too. Each script of VBench decodes every clip and runs its network by itself, as its users run it;
loading is not counted on either side. Two sets: the dimensions of VBench, each with a network of its own, where one pass
can only save what surrounds the networks; and the same with those other published metrics that look at the same rows, which
their own scripts compute anew (VBench-Long's two, the un-normalised aesthetic of MovieBench and FilmWeaver, ST-Bench's clip
similarity), counted at what the VBench script of that network took. Both sides take turns, in float32; ours also with
--dtype bfloat16, and what that does to the scores. Writes
bench/results/score-speed.json.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
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


class Timed(LocalModels):
    """Notes the seconds that each network ran."""

    def __init__(self, dtype: str) -> None:
        super().__init__("cpu", dtype)
        self.seconds: dict[str, float] = {}

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> Any:
        """See `LocalModels`."""
        began = time.perf_counter()
        rows = super().measure(network, inputs, weights, options)
        self.seconds[network] = self.seconds.get(network, 0.0) + time.perf_counter() - began
        return rows


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
        paths = parity.clips(folder, parity.SMALL)
        networks = parity.random_weights(folder, asked.vbench.resolve(), asked.dino.resolve())
        models = {dtype: Timed(dtype) for dtype in ours}
        spent: dict[str, list[float]] = {}
        found: dict[str, dict[str, float]] = {}
        for turn in range(asked.rounds + 1):  # the first loads
            times: dict[str, float] = {}
            parity.reference(asked.vbench.resolve(), folder, paths, networks, times)
            if turn:
                for metric, part in times.items():
                    seconds.setdefault(metric, []).append(part)
            for dtype, loader in models.items():
                loader.seconds.clear()
                began = time.perf_counter()
                found[dtype], _ = parity.ours(folder, paths, loader)
                taken = time.perf_counter() - began
                if turn:
                    ours[dtype].append(taken)
                if turn and dtype == "float32":
                    rest = taken - sum(loader.seconds.values())
                    for network, part in {**loader.seconds, "all the rest": rest}.items():
                        spent.setdefault(network, []).append(part)
    frames = sum(shape.frames for shape in parity.SMALL)
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
        "clips": [shape._asdict() for shape in parity.SMALL],
        "seconds_of_each_script": {metric: round(taken, 2) for metric, taken in theirs.items()},
        "seconds_of_one_pass": {dtype: round(taken, 2) for dtype, taken in mine.items()},
        "rounds": {"scripts": seconds, "one pass": ours},
        "seconds_in_one_pass": {name: round(statistics.median(parts), 2) for name, parts in spent.items()},
        "frames_a_second": {
            "scripts": round(frames / alone, 3),
            "scripts, with those that run a network again": round(frames / more, 3),
            **{f"one pass, {dtype}": round(frames / taken, 3) for dtype, taken in mine.items()},
        },
        "ratio": {dtype: round(alone / taken, 2) for dtype, taken in mine.items()},
        "ratio_with_those_that_run_a_network_again": {dtype: round(more / taken, 2) for dtype, taken in mine.items()},
        "change_of_scores_with_bfloat16": {metric: round(value, 6) for metric, value in deviation.items()},
    }
    write_json(asked.out, result)
    sys.stdout.write(f"{result['ratio']} {result['ratio_with_those_that_run_a_network_again']}\n")


if __name__ == "__main__":
    main()
