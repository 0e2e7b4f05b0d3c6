"""Image embeddings, remembered under `media/<movie>/memory/` by encoder and image key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reelkit.media.atomic import write_atomic
from reelkit.media.store import MediaStore

if TYPE_CHECKING:
    from reelkit.models import Models

Vector = NDArray[np.float32]

DEFAULT_ENCODER = "embedded"
BATCH = 32


class EmbeddingMemory:
    """Embeddings of one movie's images, [D] float32 of unit length; forgotten files are embedded again."""

    def __init__(self, models: Models, encoder: str | None, store: MediaStore, movie: str) -> None:
        self.models = models
        self.encoder = encoder
        card = models.describe(encoder or DEFAULT_ENCODER, "encoder")
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", card.name)
        self.folder = store.memory_dir(movie) / f"{name}-{card.revision[:12]}"
        self._known: dict[str, Vector] = {}

    def text(self, prompt: str) -> Vector:
        """The prompt's embedding."""
        return self.models.embed_texts([prompt], self.encoder)[0]

    def remembers(self, key: str) -> bool:
        """Whether the image need not be read again."""
        return key in self._known or self._recall(key)

    def images(self, files: Mapping[str, Path]) -> dict[str, Vector]:
        """Embeddings by image key; `files` says where to find the images not embedded before."""
        missing = [key for key in files if not self.remembers(key)]
        for begin in range(0, len(missing), BATCH):
            keys = missing[begin : begin + BATCH]
            vectors = self.models.embed_images([files[key] for key in keys], self.encoder)
            for key, vector in zip(keys, vectors, strict=True):
                self._remember(key, vector)
        return {key: self._known[key] for key in files}

    def _recall(self, key: str) -> bool:
        path = self.folder / f"{key}.npy"
        try:
            self._known[key] = np.load(path)
        except (OSError, ValueError, EOFError):
            return False
        return True

    def _remember(self, key: str, vector: Vector) -> None:
        self._known[key] = np.asarray(vector, np.float32)
        self.folder.mkdir(parents=True, exist_ok=True)

        def save(path: Path) -> None:
            with path.open("wb") as file:
                np.save(file, self._known[key])

        write_atomic(self.folder / f"{key}.npy", save)
