"""A variant's films as the detector reads them, against what their prompts state, scene by scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.theatre.detector import Readings, read_clips
from bench.theatre.network import CLASSES, HIDDEN, Detector
from bench.theatre.scenes import CHUNK, Film
from bench.theatre.scores import Differences, differences, extrapolation_error, jump_ratio, motion_error

Frames = NDArray[np.uint8]
Values = NDArray[np.float64]


class FilmReadings:
    """Detector readings of films [S, shots, chunks]; every figure is one value a scene unless it says otherwise."""

    def __init__(self, films: Sequence[Film], frames: Frames, network: Detector) -> None:
        self.films, self.frames = films, frames
        scenes, shots, time = frames.shape[:3]
        self.shape = (scenes, shots, time // CHUNK)
        self.read: Readings = read_clips(network, frames.reshape(-1, CHUNK, *frames.shape[3:]))
        known = [[film.labels(shot) for shot in range(shots)] for film in films]
        self.true = {name: np.array([[row[name] for row in rows] for rows in known]) for name in CLASSES}
        self.boxes = self.read.boxes.reshape(scenes, shots, time, 4)
        self.present = self.read.present.reshape(scenes, shots, time)

    def right(self, name: str) -> Values:
        """Whether each chunk shows what its prompt states, 0 or 1, [S, shots, chunks]."""
        made = self.read.classes[name].reshape(self.shape)
        return (made == self.true[name][..., None]).astype(float)

    def accuracy(self, name: str, shots: slice = slice(None), chunks: slice = slice(None)) -> Values:
        """Share of right chunks, [S], in percent."""
        return 100 * self.right(name)[:, shots, chunks].mean(axis=(1, 2))

    def prompt_accuracy(self, shots: slice = slice(None), chunks: slice = slice(None)) -> Values:
        """Mean accuracy of framing and action: what a prompt says of this shot and not of the whole scene, [S]."""
        return (self.accuracy("framing", shots, chunks) + self.accuracy("action", shots, chunks)) / 2

    def hidden(self, name: str) -> Differences:
        """How far apart a scene's shots read in what prompts do not state, and two scenes' shots.

        name: `layout` (all shots) or one of the first character's values (shots that the scene's lead opens). A
        shot's reading is the mean over its chunks.
        """
        values, owners = self.shot_values(name)
        return differences(values, owners)

    def shot_values(self, name: str) -> tuple[Values, NDArray[np.int64]]:
        """A hidden value's reading of each shot that counts [N, D], and the scene it belongs to [N]."""
        scenes, shots, _ = self.shape
        owners = np.repeat(np.arange(scenes), shots)
        if name == "layout":
            return self.read.layout.reshape(*self.shape, -1).mean(axis=2).reshape(scenes * shots, -1), owners
        values = self.read.hidden[:, HIDDEN.index(name)].reshape(self.shape).mean(axis=2)
        led = np.array([[film.first(shot) == film.lead for shot in range(shots)] for film in self.films]).ravel()
        return values.reshape(-1, 1)[led], owners[led]

    def jumps(self) -> Values:
        """Median over a scene's shots of the jump at the chunk join, [S]."""
        return _by_scene(self.frames, lambda shot: jump_ratio(shot, CHUNK), np.median)

    def track_errors(self) -> Values:
        """Mean over a scene's shots of the distance from where chunk 1 was taking the first character, pixels [S]."""
        centres = (self.boxes[..., :2] + self.boxes[..., 2:]) / 2
        return _by_scene(centres, lambda shot: extrapolation_error(shot, CHUNK), np.mean)

    def motion_errors(self, true: Frames, shots: slice = slice(None), frames: slice = slice(None)) -> Values:
        """Mean over a scene's shots of `motion_error` against the real frames, [S]."""
        pairs = zip(self.frames[:, shots, frames], true[:, shots, frames], strict=True)
        return np.array(
            [np.mean([motion_error(a, b) for a, b in zip(made, real, strict=True)]) for made, real in pairs]
        )


def _by_scene(films: NDArray[Any], figure: Callable[[Any], float], combine: Callable[[list[float]], Any]) -> Values:
    return np.array([combine([figure(shot) for shot in film]) for film in films], np.float64)
