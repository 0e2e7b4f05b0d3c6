"""Networks whose answers a hand can check, and small films, for metrics that compare a film with a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelkit.media.video import write_video
from reelkit.models.measuring.known import networks


class Levels:
    """Answers from mean levels: frames and texts by 3 numbers in a row of the network's real width, pairs by their difference."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        raise AssertionError("no text was to be embedded")

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        raise AssertionError("no picture was to be embedded")

    def measure(
        self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> NDArray[np.float32]:
        self.seen[network] = self.seen.get(network, 0) + len(inputs)
        if network == "lpips-alex":
            return np.array([[np.abs(a.astype(float) - b).mean() / 255] for a, b in inputs], np.float32)
        if network == "clip-b16":
            return np.stack([text(each) if isinstance(each, str) else colour(each) for each in inputs])
        if network == "i3d":
            return np.stack([wide(each, 400) for each in inputs])
        assert network == "inception-fid"
        return np.stack([np.concatenate([wide(each, 192), wide(each, 2048), classes(each)]) for each in inputs])


def wide(picture: NDArray[Any], width: int) -> NDArray[np.float32]:
    """Mean levels of the channels, each in a column, the rest empty."""
    row = np.zeros(width, np.float32)
    row[:3] = picture.reshape(-1, 3).mean(axis=0)
    return row


def classes(picture: NDArray[Any]) -> NDArray[np.float32]:
    """Certain of one class: that of the strongest channel."""
    row = np.zeros(1008, np.float32)
    row[int(picture.reshape(-1, 3).mean(axis=0).argmax())] = 50
    return row


def colour(picture: NDArray[Any]) -> NDArray[np.float32]:
    return picture.reshape(-1, 3).mean(axis=0).astype(np.float32) + 1e-6


def text(words: str) -> NDArray[np.float32]:
    return np.array([float(name in words.split()) for name in ("red", "green", "blue")], np.float32)


def plain(*levels: tuple[int, int, int], frames: int = 16, size: tuple[int, int] = (16, 24)) -> list[NDArray[np.uint8]]:
    """`frames` frames of each colour."""
    return [np.full((*size, 3), level, np.uint8) for level in levels for _ in range(frames)]


def film(path: Path, frames: Sequence[NDArray[np.uint8]], fps: float = 8.0) -> Path:
    """A file whose frames are exactly these."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, frames, fps, lossless=True)
    return path


def empty_weights(folder: Path, *names: str) -> Path:
    """Files under the names that the networks need, for what only asks whose they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for file in networks()[name].files:
            (folder / file).write_bytes(name.encode())
    return folder
