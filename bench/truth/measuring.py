"""Every metric that can be measured here, of a film as it ought to be and of each spoilt one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.truth.films import Film, Frames, Made
from reelkit.manifest.context import Context
from reelkit.media.store import MediaStore
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import Looks, Resources
from reelkit.metrics.scenes import OpenScenes
from reelkit.metrics.shots import ShotScorer

Scores = dict[str, float]


class StandIn:
    """`Models` where simpler things answer for networks: the embedded encoder for what embeds frames, and two of pixels.

    So the arithmetic of a metric is measured on pictures whose truth is known, and not the network that it was published
    with, whose weights are nowhere here and have never seen a puppet.
    """

    def __init__(self, models: Looks, networks: Collection[str]) -> None:
        self._models, self.networks = models, frozenset(networks)
        self._rows: dict[bytes, NDArray[np.float32]] = {}

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        """As the encoder does."""
        return self._models.embed_texts(texts, encoder)

    def embed_images(
        self, images: Sequence[Path | NDArray[Any]], encoder: str | None = None, normalise: bool = True
    ) -> NDArray[np.float32]:
        """As the encoder does."""
        return self._models.embed_images(images, encoder, normalise)

    def measure(
        self,
        network: str,
        inputs: Sequence[Any],
        weights: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Any:
        """What stands in for the network says; LookupError for one that nothing stands in for."""
        if network not in self.networks:
            raise LookupError(f"nothing stands in for {network}")
        if network in PIXELS:
            return np.array([[PIXELS[network](window)] for window in inputs], np.float32)
        if isinstance(inputs[0], str):
            return self._models.embed_texts(inputs)
        if np.ndim(inputs[0]) == 4:
            return np.stack([self._looked(list(window)).mean(0) for window in inputs])
        return self._looked(inputs)

    def _looked(self, frames: Sequence[Frames]) -> NDArray[np.float32]:
        """Rows of frames, each looked at once however many networks it stands in for."""
        keys = [hashlib.sha256(np.ascontiguousarray(frame).tobytes()).digest() for frame in frames]
        new = {key: frame for key, frame in zip(keys, frames, strict=True) if key not in self._rows}
        if new:
            self._rows |= zip(new, self._models.embed_images(list(new.values()), None, False), strict=True)
        return np.stack([self._rows[key] for key in keys])


def blended(window: Frames) -> float:
    """Mean difference of the middle frame of three, uint8 [3, H, W, 3], from the mean of the two beside it."""
    before, here, after = window.astype(np.float32)
    return float(np.abs(here - (before + after) / 2).mean())


def speed(window: Frames) -> float:
    """Mean length of the longest twentieth of the flow between two frames, uint8 [2, H, W, 3], in pixels."""
    one, other = (np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for frame in window)
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(one, other, None)
    lengths = np.sort(np.linalg.norm(flow, axis=-1), axis=None)
    return float(lengths[-max(1, len(lengths) // 20) :].mean())


PIXELS = {"amt-s": blended, "raft-things": speed}
"""Networks that arithmetic on pixels stands in for."""


class Bench:
    """Measures films; what a take shows under one prompt is measured once for the same metrics."""

    def __init__(self, resources: Resources, media: Path) -> None:
        self.resources, self.media = resources, media
        self._found: dict[tuple[object, ...], Findings] = {}

    def scores(self, film: Film, shots: Sequence[Made], names: frozenset[str] | None = None) -> Scores:
        """The movie's scores: means over its shots, and what its scene and the movie say.

        names: only these of what `resources` names.
        """
        resources = self.resources if names is None else msgspec.structs.replace(self.resources, names=names)
        scorer = ShotScorer(resources, MediaStore(self.media), resources.names)
        context = Context()
        for entry in film.headers(self.media):
            context.observe(entry)
        scenes = OpenScenes(resources)
        for order, made in enumerate(shots, 1):
            shot = film.record(made, order, self.media)
            key = (film.id, made.key, made.prompt, made.cast, resources.names)
            if key not in self._found:
                self._found[key] = scorer.find(shot, context)
            scenes.add(film.id, "s1", msgspec.structs.replace(self._found[key], shot=shot))
        scores: Scores = {}
        for closed in scenes.close():
            scores |= closed.scores
        return scores
