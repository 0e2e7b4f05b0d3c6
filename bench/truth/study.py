"""The whole study: films one by one, in as many processes as there are cores for it."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.truth.changes import CHANGES
from bench.truth.expected import COSTLY, EXPECTED, STAND_INS, UNMEASURED
from bench.truth.films import film
from bench.truth.measuring import Bench, Scores, StandIn
from bench.truth.verdicts import Moved, judged
from reelkit.media.store import MediaStore

NAME = "as it ought to be"


def measurable(asked: Sequence[str] = ("all",)) -> list[str]:
    """Metrics that need no more than the encoder, where cuts were asked for, or networks that something stands in for.

    asked: names or families, of which they are.
    """
    from reelkit.metrics.registry import BY_NAME, choose
    from reelkit.models.measuring.known import networks

    there = {"encoder", "annotations", *(STAND_INS.keys() & networks().keys())}
    return [name for name in choose(asked) if there.issuperset(BY_NAME[name].needs) and name not in UNMEASURED]


def measured(number: int, asked: Sequence[str] = ("all",)) -> dict[str, Scores]:
    """One film's scores: as it ought to be, and after each change."""
    import torch

    from reelkit.metrics.meters import Resources
    from reelkit.models import open_models

    torch.set_num_threads(1)
    shown = film(number)
    models = StandIn(open_models("cpu"), STAND_INS)
    with tempfile.TemporaryDirectory() as folder:
        media, annotations = Path(folder), Path(folder, "annotations.jsonl")
        annotations.write_text(shown.annotations(), encoding="utf-8")
        names = frozenset(measurable(asked))
        resources = Resources(names=names, models=models, store=MediaStore(media), annotations=annotations)
        bench = Bench(resources, media)
        found = {NAME: bench.scores(shown, shown.shots)}
        for name, make in CHANGES.items():
            chosen = worth(name, names)
            found[name] = bench.scores(shown, make(shown), chosen) if chosen else {}
        return found


def worth(change: str, names: Iterable[str]) -> frozenset[str]:
    """Those metrics that a change is measured by: all but the costly ones of which nothing is expected or watched."""
    return frozenset(name for name in names if change in EXPECTED.get(name, {}) or change in COSTLY.get(name, CHANGES))


def row(moved: Moved) -> dict[str, Any]:
    """A line of the results file."""
    line = moved._asdict() | {"before": moved.before._asdict(), "difference": moved.difference._asdict()}
    line["spreads"] = moved.spreads if math.isfinite(moved.spreads) else None
    line["clear"] = moved.difference.excludes_zero
    return line


def study(
    scenes: int, jobs: int, asked: Sequence[str], tell: Callable[[str], object]
) -> tuple[list[dict[str, Any]], float]:
    """The rows of the metrics asked for, under all changes, and the seconds it took."""
    started = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found: list[dict[str, Scores]] = []
        for scores in pool.map(partial(measured, asked=tuple(asked)), range(scenes)):
            found.append(scores)
            tell(f"film {len(found)} of {scenes}")
    rows = judged([f[NAME] for f in found], {name: [f[name] for f in found] for name in CHANGES})
    return [row(each) for each in rows], time.monotonic() - started
