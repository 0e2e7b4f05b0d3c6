"""Consistency across shots: FilmWeaver's all consistency and character consistency."""

from __future__ import annotations

from collections.abc import Mapping

from reelkit.metrics.similarity import PERCENT, Mean, PairwiseMean, Vectors


class Consistency:
    """Mean pairwise cosine of the scene's keyframes, x100 (FilmWeaver, table 1: all consistency)."""

    def __init__(self) -> None:
        self._pairs = PairwiseMean()

    def add(self, keyframe: Vectors) -> float | None:
        """Take the keyframe embedding [D] of the scene's next shot.

        Returns its mean cosine to the earlier shots' keyframes, x100; None for the first shot.
        """
        near = self._pairs.nearness(keyframe)
        self._pairs.add(keyframe)
        return None if near is None else PERCENT * near

    def value(self) -> float | None:
        """The scene's consistency, -100..100; None with fewer than two shots."""
        mean = self._pairs.mean()
        return None if mean is None else PERCENT * mean


class CharacterConsistency:
    """Mean over characters of the mean pairwise cosine of that character's crops, x100 (FilmWeaver, table 1).

    A character who is seen in fewer than two shots has no pair and does not count.
    """

    def __init__(self) -> None:
        self._characters: dict[str, Consistency] = {}

    def add(self, crops: Mapping[str, Vectors]) -> float | None:
        """Take one shot's crop embeddings [D] by character id; the shot's own value, as in Consistency."""
        shot = Mean()
        for character, crop in crops.items():
            shot.add(self._characters.setdefault(character, Consistency()).add(crop))
        return shot.mean()

    def value(self) -> float | None:
        """The scene's character consistency, -100..100; None when no character is seen twice."""
        scene = Mean()
        for consistency in self._characters.values():
            scene.add(consistency.value())
        return scene.mean()
