"""Whether memory stays flat however long a take is: `python bench/score_memory.py [--minutes 1 30 120]`.

A minute of a theatre film at 24 frames a second is joined with itself by stream copy to takes of so many minutes. Each is
measured by `reel score --metrics ready` in a process of its own, models included; its highest resident memory, and the
frames it measured a second, go to bench/results/score-memory.json.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.media.video import join_videos, probe, write_video
from reelkit.theatre.render import render_scene
from reelkit.theatre.world import sample_scene

FPS = 24
SIZE = (192, 96)
REEL = "import sys; from reelkit.cli.main import main; sys.exit(main())"


def minute() -> Iterator[NDArray[np.uint8]]:
    """60 seconds of theatre shots, a cut every few seconds."""
    made = 0
    seed = 500
    while made < 60 * FPS:
        for frame in render_scene(sample_scene(seed, frames=3 * FPS), *SIZE).frames:
            if made == 60 * FPS:
                return
            yield frame
            made += 1
        seed += 1


def measured(take: Path, folder: Path) -> dict[str, float]:
    """One run over one take."""
    began = time.monotonic()
    code = subprocess.run(
        [sys.executable, "-c", REEL, "score", "--metrics", "ready", "--media", str(folder), "--quiet", str(take)],
        env={**os.environ, "REEL_HOST": "off"}, stdout=subprocess.DEVNULL, check=False,
    ).returncode
    seconds = time.monotonic() - began
    if code:
        raise SystemExit(f"reel score ended with {code} on {take}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    info = probe(take)
    rate = round(info.frames / seconds, 1)
    return {"frames": info.frames, "seconds": round(seconds, 1), "fps": rate, "peak_mb": round(peak, 1)}


def main() -> None:
    """Measure takes from the shortest to the longest, for the peak is that of all runs so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, nargs="+", default=[1, 30, 120])
    parser.add_argument("--out", type=Path, default=RESULTS / "score-memory.json")
    asked = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = folder / "minute.mp4"
        write_video(part, minute(), FPS)
        for minutes in sorted(asked.minutes):
            take = folder / f"film-{minutes}.mp4"
            join_videos([part] * minutes, take)
            rows[f"{minutes} min"] = measured(take, folder)
    least, most = rows[min(rows, key=lambda key: rows[key]["frames"])], rows[max(rows, key=lambda key: rows[key]["frames"])]
    ratio = round(most["peak_mb"] / least["peak_mb"], 3)
    write_json(asked.out, {"command": "python bench/score_memory.py", "rows": rows, "longest_over_shortest": ratio})


if __name__ == "__main__":
    main()
