"""A folder of drawn films: one npz file a variant and shot, and what they were drawn with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.theatre.paths import write_json
from reelkit.media.atomic import write_atomic


class Store:
    """`folder`/VARIANT/shot-K.npz. A folder drawn with other weights, seeds or steps is refused, not mixed."""

    def __init__(self, folder: Path, made_with: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        if made_with is not None:
            self.guard("", made_with)

    def guard(self, variant: str, made_with: Mapping[str, Any]) -> None:
        """Note what a variant is made with; exits where the folder holds films made otherwise."""
        path = self.folder / variant / "made-with.json"
        if path.is_file():
            if json.loads(path.read_text()) != json.loads(json.dumps(made_with)):
                raise SystemExit(f"{path.parent} was drawn with other weights, scenes or steps: remove it, or give another --out")
            return
        write_json(path, dict(made_with))

    @property
    def made_with(self) -> dict[str, Any]:
        """What the folder's films were drawn with."""
        found: dict[str, Any] = json.loads((self.folder / "made-with.json").read_text())
        return found

    def has(self, variant: str, shot: int) -> bool:
        """Whether a shot was drawn."""
        return self._path(variant, shot).is_file()

    def complete(self, variant: str, shots: int) -> bool:
        """Whether all of a variant's shots were drawn."""
        return all(self.has(variant, shot) for shot in range(shots))

    def save(self, variant: str, shot: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep a shot of all scenes."""

        def write(part: Path) -> None:
            with part.open("wb") as file:
                np.savez_compressed(file, **dict[str, Any](arrays))

        write_atomic(self._path(variant, shot), write)

    def load(self, variant: str, shot: int) -> dict[str, NDArray[Any]]:
        """A shot's arrays, scenes first."""
        with np.load(self._path(variant, shot)) as arrays:
            return dict(arrays)

    def frames(self, variant: str, shot: int) -> NDArray[np.uint8]:
        """A shot's frames, uint8 [scenes, T, H, W, 3]."""
        return self.load(variant, shot)["frames"]

    def film(self, variant: str, shots: int) -> NDArray[np.uint8]:
        """All shots' frames, uint8 [scenes, shots, T, H, W, 3]."""
        return np.stack([self.frames(variant, shot) for shot in range(shots)], axis=1)

    def _path(self, variant: str, shot: int) -> Path:
        return self.folder / variant / f"shot-{shot}.npz"
