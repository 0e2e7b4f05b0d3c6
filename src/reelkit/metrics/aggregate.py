"""Scenes and movies as running sums: no frame is held, and per scene a handful of embeddings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reelkit.metrics.consistency import CharacterConsistency, Consistency
from reelkit.metrics.copying import copy_paste_rate
from reelkit.metrics.inception import InceptionScore
from reelkit.metrics.measure import CropEmbeddings, Findings, Vector
from reelkit.metrics.similarity import Mean

OVER_SHOTS = (
    "aes",
    "character_alignment",
    "all_alignment",
    "duration_error",
    "blank_frames",
    "frozen_frames",
)
"""Metrics whose scene and movie values are the mean over their shots."""
OVER_SCENES = ("character_consistency", "all_consistency", "copy_paste_rate")
"""Metrics that only a scene has; the movie's value is the mean over its scenes, as FilmWeaver averages."""


class _Shots:
    """Means over shots, and the Inception Score of their frames."""

    def __init__(self) -> None:
        self.count = 0
        self._means = {name: Mean() for name in OVER_SHOTS}
        self._inception = InceptionScore()

    def add(self, found: Findings) -> None:
        self.count += 1
        for name, mean in self._means.items():
            mean.add(found.scores.get(name))
        if found.probabilities is not None:
            self._inception.add(found.probabilities)

    def values(self) -> dict[str, float | None]:
        return {**{n: m.mean() for n, m in self._means.items()}, "incep": self._inception.value()}


class SceneScores:
    """Everything measured over one scene so far."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.shots = _Shots()
        self._keyframes = Consistency()
        self._characters = CharacterConsistency()
        self._references: dict[str, tuple[Vector, Vector]] = {}
        self._copies: dict[str, Mean] = {}

    def add(self, found: Findings) -> dict[str, float]:
        """Take the scene's next shot; its own scores, with how near it is to the scene's earlier shots."""
        crops = {id: c.crop for id, c in found.crops.items()}
        scene = {
            "all_consistency": None if found.keyframe is None else self._keyframes.add(found.keyframe),
            "character_consistency": self._characters.add(crops),
            "copy_paste_rate": self._copying(found.crops),
        }
        self.shots.add(found)
        return {**found.scores, **_present(scene, self.names)}

    def values(self) -> dict[str, float]:
        """The scene's scores; what could not be measured is absent."""
        copies = Mean()
        for mean in self._copies.values():
            copies.add(mean.mean())
        scene = {
            "all_consistency": self._keyframes.value(),
            "character_consistency": self._characters.value(),
            "copy_paste_rate": copies.mean(),
        }
        return _present({**self.shots.values(), **scene}, self.names)

    def _copying(self, crops: Mapping[str, CropEmbeddings]) -> float | None:
        """The shot's copy-paste rate: against the portrait, else (reelkit's own) the scene's first crop."""
        shot = Mean()
        for id, crop in crops.items():
            reference = crop.portrait or self._references.get(id)
            if reference is None:
                self._references[id] = (crop.crop, crop.mirrored)
                continue
            rate = copy_paste_rate(crop.crop, *reference)
            self._copies.setdefault(id, Mean()).add(rate)
            shot.add(rate)
        return shot.mean()


class MovieScores:
    """Everything measured over one movie so far."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.shots = _Shots()
        self._scenes = {name: Mean() for name in OVER_SCENES}

    def add_shot(self, found: Findings) -> None:
        """Take one more shot."""
        self.shots.add(found)

    def add_scene(self, values: Mapping[str, float]) -> None:
        """Take the values of a scene that is complete."""
        for name, mean in self._scenes.items():
            mean.add(values.get(name))

    def values(self) -> dict[str, float]:
        """The movie's scores; what could not be measured is absent."""
        scenes = {name: mean.mean() for name, mean in self._scenes.items()}
        return _present({**self.shots.values(), **scenes}, self.names)


def _present(values: Mapping[str, float | None], names: frozenset[str]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None and name in names}
