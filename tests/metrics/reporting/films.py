"""Small scored runs with real clips, whose numbers are chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Raw

from reelkit.manifest.kinds import Character, Movie, Scene, Shot, Take, Verdict
from reelkit.manifest.records import Entry
from reelkit.media.video import write_video

SIZE = (64, 36)
FRAMES = 24
NASTY = '<img src=x onerror="alert(1)"> & </script> "quoted"'
"""A prompt that would break a page which did not escape it."""


def clip(path: Path, colour: tuple[int, int, int], frames: int = FRAMES) -> None:
    """A plain clip in which a bar wanders."""
    pictures = np.empty((frames, SIZE[1], SIZE[0], 3), np.uint8)
    pictures[:] = colour
    for number in range(frames):
        pictures[number, :, number : number + 6] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, pictures, 12.0)


def entry(**fields: Any) -> Entry:
    """A record from raw fields."""
    return Entry({name: Raw(json.dumps(value).encode()) for name, value in fields.items()}, "made")


def run(media: Path, name: str, alignment: list[float | None], shots: int = 4) -> list[Entry]:
    """A film of two scenes; the last shot has no take, the second misses a gate; the values are each shot's all_alignment."""
    records: list[Any] = [
        Movie(id="film", title="A <Film>"),
        Character(id="mara", movie="film", name="Mara"),
        Scene(id="s01", movie="film", heading="EXT. QUAY - DAY"),
        Scene(id="s02", movie="film", heading="INT. BAR - NIGHT"),
    ]
    for number in range(shots):
        value = alignment[number]
        path = f"{name}/{number}.mp4"
        if number < shots - 1:
            clip(media / path, (40 * number + 20, 90, 60))
        gate = Verdict(False, ["cut_inside==0"], ["cut_inside==0 is missed: cut_inside is 2"]) if number == 1 else None
        take = Take(key=f"{name}{number}", path=path, frames=FRAMES, fps=12.0, width=SIZE[0], height=SIZE[1], gate=gate)
        scores = {} if value is None else {"all_alignment": value, "cut_inside": number % 2}
        records.append(
            Shot(
                id=f"s0{1 + number // 2}-{number:03d}", movie="film", scene=f"s0{1 + number // 2}", order=number + 1,
                prompt=NASTY if number == 0 else f"Shot number {number}", characters=["mara"] if number else [],
                takes=[take] if number < shots - 1 else [], pick=0 if number < shots - 1 else None, scores=scores,
            )
        )  # fmt: skip
    similarity = {"shots": ["s01-000", "s01-001"], "matrix": [[1.0, 0.75], [0.75, None]]}
    told = {"reelkit": "0.1.0", "encoder": "embedded@1", "skipped": {"aes": "needs laion-aesthetic-l14"}}
    scene = entry(
        kind="score", id="scene-s01", movie="film", scene="s01", shots=2, scores={"all_consistency": 71.5},
        provenance=told, similarity=similarity,
    )  # fmt: skip
    movie = entry(kind="score", id="movie", movie="film", shots=shots, scores={"all_alignment": 60.0}, provenance=told)
    return [*(Entry.of(record) for record in records), scene, movie]
