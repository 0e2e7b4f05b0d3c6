"""Command line of the trainers."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

PARTS = ("autoencoder", "encoder", "weaver")


def main() -> None:
    """Parse the part and its options, then train it."""
    parser = argparse.ArgumentParser(prog="python -m reelkit.theatre.training", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument(
        "--run",
        type=Path,
        required=True,
        help="folder of the run: checkpoint and log; resumed if it is there",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the finished weights")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--peak", type=float, help="peak learning rate")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another option of the part's train()",
    )
    options = parser.parse_args()
    extra = dict(pair.split("=", 1) for pair in options.set)
    train = importlib.import_module(f"reelkit.theatre.training.{options.part}").train
    named = {"batch": options.batch, "peak": options.peak}
    typed = {name: int(v) if v.lstrip("-").isdigit() else v for name, v in extra.items()}
    train(options.run, options.out, options.steps, device=options.device,
          **{k: v for k, v in named.items() if v is not None}, **typed)  # fmt: skip


if __name__ == "__main__":
    main()
