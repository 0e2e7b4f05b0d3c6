"""Every metric that can be measured here, of a film as it ought to be and of each spoilt one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.truth.films import Film, Made
from reelkit.manifest.context import Context
from reelkit.media.store import MediaStore
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import Looks, Resources
from reelkit.metrics.scenes import OpenScenes
from reelkit.metrics.shots import ShotScorer

Scores = dict[str, float]


class StandIn:
    """`Models` where a network that gives an embedding of a frame is the embedded encoder.

    So the arithmetic of a metric is measured on pictures whose truth is known, and not the network that it was published
    with, whose weights are nowhere here and have never seen a puppet.
    """

    def __init__(self, models: Looks, networks: frozenset[str]) -> None:
        self._models, self.networks = models, networks

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
        """The encoder's rows; LookupError for a network that it does not stand in for."""
        if network not in self.networks:
            raise LookupError(f"the embedded encoder does not stand in for {network}")
        if isinstance(inputs[0], str):
            return self._models.embed_texts(inputs)
        return self._models.embed_images(inputs, None, False)


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
