"""How fast the theatre draws, with all truth: `python bench/render.py [--scenes 60]`. Figures go to bench/results/render.json.

One process on one core; whole scenes as training draws them, four shots of 25 frames.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from reelkit.theatre.render import render_shot
from reelkit.theatre.world import sample_scene

SIZES = ((128, 64), (192, 128), (320, 192))
SHOTS, FRAMES = 4, 25
RESULT = Path(__file__).resolve().parent / "results" / "render.json"


def frames_a_second(size: tuple[int, int], scenes: int) -> float:
    """Frames of `scenes` scenes over the seconds they took, the sampling of the scenes included."""
    began, drawn = time.perf_counter(), 0
    for seed in range(scenes):
        scene = sample_scene(seed, SHOTS, FRAMES)
        drawn += sum(len(render_shot(scene, shot, *size).frames) for shot in scene.shots)
    return drawn / (time.perf_counter() - began)


def main() -> None:
    """Measure each size, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=60)
    scenes = parser.parse_args().scenes
    frames_a_second(SIZES[0], 3)
    found = {f"{width}x{height}": round(frames_a_second((width, height), scenes)) for width, height in SIZES}
    figures = {"scenes": scenes, "frames_a_second": found, "cores_used": 1, "cores": os.cpu_count()}
    RESULT.write_text(json.dumps(figures, indent=1) + "\n")
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
