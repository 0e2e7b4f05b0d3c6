"""Theatre scenes as manifests: every shot a take, every character with a portrait, and all of it known."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.theatre.scenes import film_of
from reelkit.manifest.kinds import Character, Chunk, Movie, Take
from reelkit.manifest.kinds import Scene as SceneRecord
from reelkit.manifest.kinds import Shot as ShotRecord
from reelkit.manifest.records import Entry
from reelkit.media.image import write_png
from reelkit.media.video import write_video
from reelkit.theatre.captions import canonical_caption, look
from reelkit.theatre.render import render_portrait, render_shot
from reelkit.theatre.vocabulary import FPS
from reelkit.theatre.world import Scene, Shot

Frames = NDArray[np.uint8]

FIRST_SEED = 70_000
"""First seed: neither training nor the other benches draw these scenes."""
SHOTS = 4
CHUNKS = (13, 12)
"""Frames of a take's chunks."""
CRF = 18
"""Quality of the files, as reelkit writes them."""


@dataclass(frozen=True)
class Made:
    """A shot as it came out, right or spoilt.

    frames: uint8 [T, H, W, 3]. cast: ids. prompt: what was asked for. chunks: frames of each.
    """

    frames: Frames
    prompt: str
    cast: tuple[str, ...]
    framing: str = ""
    camera: str = ""
    chunks: tuple[int, ...] = CHUNKS
    crf: int = CRF
    seconds: float = sum(CHUNKS) / FPS

    @cached_property
    def key(self) -> str:
        """Of the file: what it shows, and at which quality."""
        name = hashlib.sha256(np.ascontiguousarray(self.frames).tobytes())
        name.update(f"{self.frames.shape} {self.crf}".encode())
        return name.hexdigest()[:32]


@dataclass(frozen=True)
class Film:
    """One theatre scene: the truth, and the shots as they ought to be."""

    number: int
    scene: Scene

    @property
    def id(self) -> str:
        """Of the movie."""
        return f"m{self.number:03d}"

    def who(self, index: int) -> str:
        """A character's id."""
        return f"c{index}"

    @cached_property
    def shots(self) -> tuple[Made, ...]:
        """As they ought to be."""
        return tuple(self.made(shot) for shot in self.scene.shots)

    def made(self, shot: Shot, scene: Scene | None = None, drawn: Shot | None = None) -> Made:
        """A shot that was asked for; `scene` and `drawn` are what is drawn instead, if that is something else."""
        return Made(
            frames=render_shot(scene or self.scene, drawn or shot).frames,
            prompt=canonical_caption(self.scene, shot),
            cast=tuple(self.who(index) for index in shot.cast),
            framing=shot.framing,
            camera=shot.camera,
        )

    def portrait(self, index: int) -> Frames:
        """A character before grey paper, uint8 [H, W, 3]."""
        return render_portrait(self.scene.characters[index], seed=self.number)

    def headers(self, media: Path) -> list[Entry]:
        """Movie, characters with portraits, scene; writes the portraits."""
        records = [Movie(id=self.id, fps=float(FPS), width=128, height=64)]
        bank = []
        for index, character in enumerate(self.scene.characters):
            path = f"{self.id}/{self.who(index)}.png"
            (media / path).parent.mkdir(parents=True, exist_ok=True)
            write_png(media / path, self.portrait(index))
            bank.append(
                Character(
                    id=self.who(index), movie=self.id, name=character.name, look=look(character), portraits=[path]
                )
            )
        place = self.scene.setting.place
        scenes = [SceneRecord(id="s1", movie=self.id, heading=place, place=place, time=self.scene.setting.time)]
        return [Entry.of(record) for record in [*records, *bank, *scenes]]

    def annotations(self) -> str:
        """JSON lines that ask for a cut after each take's first chunk, which a right film does not have."""
        lines = [
            {"movie": self.id, "shot": f"s1-{order:03d}", "cuts": [CHUNKS[0]]} for order in range(1, len(self.scene.shots) + 1)
        ]
        return "".join(json.dumps(line) + "\n" for line in lines)

    def record(self, made: Made, order: int, media: Path) -> ShotRecord:
        """The shot's record with its take; writes the take's file, once."""
        path = f"takes/{made.key}.mp4"
        (media / "takes").mkdir(parents=True, exist_ok=True)
        if not (media / path).exists():
            write_video(media / path, made.frames, FPS, crf=made.crf)
        whole = sum(made.chunks) == len(made.frames)
        chunks = [Chunk(key=f"{made.key}{n}", frames=f) for n, f in enumerate(made.chunks)] if whole else []
        take = Take(
            key=made.key, path=path, chunks=chunks, frames=len(made.frames), fps=float(FPS), width=128, height=64
        )
        return ShotRecord(
            id=f"s1-{order:03d}", movie=self.id, scene="s1", order=order, prompt=made.prompt, framing=made.framing,
            camera=made.camera, characters=list(made.cast), seconds=made.seconds, takes=[take], pick=0,
        )  # fmt: skip


@lru_cache(maxsize=64)
def film(number: int) -> Film:
    """The film of a number: every shot has one to three people in it, and most the same one."""
    seed = FIRST_SEED + 40 * number
    while True:
        found = film_of(seed, SHOTS)
        if found is not None:
            return Film(number, replace(found.scene))
        seed += 1
