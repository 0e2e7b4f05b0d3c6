"""Cost of extending a shot: time and memory of each of 50 chunks, handed latents as `reel extend` hands them.

    python bench/extension.py [--chunks 50] [--out bench/results/extension.json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from reelkit.models import GenerateRequest, open_models
from reelkit.stages.chunking import FrameGrid
from reelkit.stages.run import frame_grid

PROMPT = "Full shot, static camera. EXT. BEACH - DAY. Mara, a woman with long black hair in a red coat, walking."


def resident() -> int:
    """Bytes of this process in memory now."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


def extend(chunks: int, folder: Path) -> list[dict[str, float]]:
    """Make a first chunk and `chunks` extensions of it; seconds and resident MB of each."""
    models = open_models()
    card = models.describe("embedded", "video")
    grid: FrameGrid = frame_grid(card)
    width, height = card.size(1024, 512)
    made: list[int] = []
    rows = []
    for number in range(chunks + 1):
        frames = grid.later if made else grid.first
        seen = grid.visible(made) if made else 0
        history = [str(folder / f"{index}.safetensors") for index in range(number - seen, number)]
        request = GenerateRequest(
            model="embedded", prompt=PROMPT, width=width, height=height, frames=frames, seed=number,
            history=history, out=str(folder / str(number)),
        )  # fmt: skip
        reply = models.generate(request)
        made.append(reply.frames)
        rows.append({"seconds": reply.wall_seconds, "resident_mb": round(resident() / 2**20, 1)})
    return rows[1:]


def main() -> None:
    """Run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=50)
    parser.add_argument("--out", type=Path, default=Path("bench/results/extension.json"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = extend(asked.chunks, Path(folder))
    early = [row["seconds"] for row in rows[4:14]]
    late = [row["seconds"] for row in rows[-10:]]
    figures = {
        "command": f"python bench/extension.py --chunks {asked.chunks}",
        "seconds_chunks_5_to_14": round(statistics.median(early), 3),
        "seconds_last_10": round(statistics.median(late), 3),
        "time_ratio": round(statistics.median(late) / statistics.median(early), 3),
        "memory_ratio": round(rows[-1]["resident_mb"] / rows[4]["resident_mb"], 3),
        "chunks": rows,
    }
    asked.out.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
