"""Command line of the trainers."""

from __future__ import annotations

import argparse
import importlib
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reelkit.theatre.training.runs import SettingError

PARTS = ("autoencoder", "encoder", "weaver")


def settings(train: Callable[..., None], pairs: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE pairs as the arguments of `train`, each in the type of its annotation; SettingError says what is wrong."""
    known = inspect.signature(train).parameters
    made: dict[str, Any] = {}
    for pair in pairs:
        name, given, value = pair.partition("=")
        if not given:
            raise SettingError(f"--set takes NAME=VALUE, not {pair!r}")
        if name not in known:
            raise SettingError(f"--set {name}: no such setting; there are {', '.join(known)}")
        try:
            made[name] = {"int": int, "float": float, "str": str}[str(known[name].annotation)](value)
        except ValueError:
            kind = "whole number" if known[name].annotation == "int" else "number"
            raise SettingError(f"--set {name} takes a {kind}, not {value!r}") from None
    missing = [name for name, one in list(known.items())[3:] if one.default is one.empty and name not in made]
    if missing:
        raise SettingError(f"--set {missing[0]}=VALUE is needed")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
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
    options = parser.parse_args(arguments)
    train = importlib.import_module(f"reelkit.theatre.training.{options.part}").train
    named = {"batch": options.batch, "peak": options.peak, "device": options.device}
    try:
        chosen = {k: v for k, v in named.items() if v is not None} | settings(train, options.set)
        train(options.run, options.out, options.steps, **chosen)
    except SettingError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
