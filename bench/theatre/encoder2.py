"""Train the second encoder, which scores what the first one conditioned: `python bench/theatre/encoder2.py`.

The trainer of the embedded encoder with another seed (other scenes, other initial weights) and a smaller network;
only the tokenizer is shared. Resumes where it stopped.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import EMBEDDED, ROOT, SECOND_ENCODER
from reelkit.theatre.training.encoder import train

TOKENIZER = ("tokenizer.json", "tokenizer_config.json")


def main() -> None:
    """Parse, copy the tokenizer, train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=ROOT / "runs/encoder2")
    parser.add_argument("--out", type=Path, default=SECOND_ENCODER)
    parser.add_argument("--tokenizer", type=Path, default=EMBEDDED / "text_encoder", help="folder to take it from")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--width", type=int, default=144, help="a multiple of 48")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--compiled", type=int, default=1)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER:
        if (asked.tokenizer / name).is_file():
            shutil.copyfile(asked.tokenizer / name, asked.out / name)
    train(asked.run, asked.out, asked.steps, asked.batch, seed=1, width=asked.width, image_layers=4, text_layers=2,
          workers=asked.workers, compiled=asked.compiled)  # fmt: skip


if __name__ == "__main__":
    main()
