"""A take as the pass feeds it to one judged family, with a judge behind a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reelkit.manifest.kinds import Shot
from reelkit.metrics.judging.server import ServerJudge
from reelkit.metrics.meters import ClipInfo, Family, Frame, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames
from tests.metrics.judging.chat_server import MODEL, ChatServer


def resources(names: Sequence[str], chat: ChatServer | None, annotations: Path | None = None) -> Resources:
    models: Any = None
    judge = None if chat is None else ServerJudge(chat.url, MODEL, retries=0)
    return Resources(names=frozenset(names), models=models, judge=judge, annotations=annotations)


def take(frames: Sequence[Frame], prompt: str = "a red ball falls", id: str = "a", movie: str = "film") -> ClipInfo:
    height, width = frames[0].shape[:2]
    return ClipInfo(
        path=Path("take.mp4"), frames=len(frames), fps=8.0, width=width, height=height, seconds=len(frames) / 8.0,
        used=len(frames), shot=Shot(id=id, movie=movie, prompt=prompt),
    )  # fmt: skip


def measured(family: Family, stock: Resources, frames: Sequence[Frame], **about: Any) -> Reading | None:
    """What the family's clip meter finds; None where it makes none."""
    info = take(frames, **about)
    assert family.clip is not None
    meter = family.clip(stock, info)
    return None if meter is None else measure_frames(stock, frames, [meter])[0]


def grouped(family: Family, stock: Resources, readings: Sequence[Reading]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Values and extras of the family's scene meter over these shots."""
    assert family.scene is not None
    meter = family.scene(stock)
    assert meter is not None
    for number, reading in enumerate(readings):
        shot = Shot(id=f"s{number}", movie="film")
        meter.add(ShotReading(shot=shot, scores={}, material=reading.material))
    return meter.values(), meter.extras()


def greys(count: int) -> list[Frame]:
    """Frames whose brightness is their number."""
    return [np.full((16, 24, 3), number, np.uint8) for number in range(count)]


def lines(path: Path, *records: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
