"""The shot cache's retrieval over the frames of a film so far, as `reelkit.stages.retrieval` does it over a manifest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelkit.models.encoder import Encoder
from reelkit.stages.retrieval import SIMILARITY_DIGITS
from reelkit.stages.stills import spread

Frames = NDArray[np.uint8]
Places = NDArray[np.int64]
"""[K, 2]: shot and frame of each retrieved still."""


class FilmMemory:
    """Stills of a film's shots (first, middle and last frame of each first chunk) and their embeddings."""

    def __init__(self, encoder: Encoder, chunk: int) -> None:
        self.encoder, self.numbers = encoder, spread(chunk, 3)
        self.places: list[tuple[int, int]] = []
        self.stills: list[Frames] = []
        self.vectors: list[NDArray[np.float32]] = []

    def add(self, shot: int, frames: Frames) -> None:
        """Remember a shot, frames uint8 [T, H, W, 3]."""
        chosen = [frames[number] for number in self.numbers]
        self.places += [(shot, number) for number in self.numbers]
        self.stills += chosen
        self.vectors += list(self.encoder.embed_images(chosen))

    def retrieve(self, prompt: str, count: int = 3) -> tuple[Places, tuple[Frames, ...]]:
        """The stills most like the prompt, in the order of the film; the very nearest is `nearest`."""
        if not self.stills:
            return np.zeros((0, 2), np.int64), ()
        ranked = self._ranked(prompt)
        chosen = sorted(ranked[:count])
        return np.array([self.places[i] for i in chosen], np.int64), tuple(self.stills[i] for i in chosen)

    def nearest(self, prompt: str) -> Frames:
        """The one still most like the prompt."""
        return self.stills[self._ranked(prompt)[0]]

    def _ranked(self, prompt: str) -> list[int]:
        similarity = np.stack(self.vectors) @ self.encoder.embed_texts([prompt])[0]
        rounded = [round(float(value), SIMILARITY_DIGITS) for value in similarity]
        return sorted(range(len(rounded)), key=lambda i: -rounded[i])


def remembered(encoder: Encoder, films: Sequence[Sequence[Frames]], chunk: int) -> list[FilmMemory]:
    """A memory for each film, of all the shots given."""
    memories = []
    for shots in films:
        memory = FilmMemory(encoder, chunk)
        for number, frames in enumerate(shots):
            memory.add(number, frames[:chunk])
        memories.append(memory)
    return memories
