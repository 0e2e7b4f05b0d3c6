"""The arithmetic of CIDS and of the on-stage count, on embeddings of length one.

What the authors' code does that a reader may not expect, and what is done here:

- A character who is found in one shot only has a self-similarity of 1, one who is never found 0 for both. Kept: the
  number punishes who does not appear. It also rewards a story in which everybody appears once.
- A box is given to every character as long as there are boxes, however unlike the two are: `superfluous_threshold` of
  its configuration is read and never used. Kept in the `_clip` metrics.
- Each character's value is rounded to four decimals before the mean. Not done here.
- A story with fewer than two pictures has a CSD self-similarity of 0, one without portraits a cross-similarity of 0.
  Here they are absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reelkit.metrics.similarity import Mean, PairwiseMean, Vectors, unit

EPSILON = 1e-6
"""Added to the expected count."""


def onstage_match(detected: int, expected: int) -> float | None:
    """100 exp(-|D - E| / (epsilon + E)), 0..100 (ViStoryBench, OCCM). None where nobody is expected, as the authors skip it."""
    if expected == 0:
        return None
    return 100.0 * float(np.exp(-abs(detected - expected) / (EPSILON + expected)))


def assign(candidates: Vectors, references: Sequence[Vectors]) -> dict[int, int]:
    """Which candidate is which character: the assignment of the greatest total likeness.

    candidates: [K, D]; references: one [R, D] a character, a candidate being as like as the nearest of them. Gives the
    candidate's place by the character's. With fewer candidates than characters some get none.
    """
    from scipy.optimize import linear_sum_assignment

    if not len(candidates) or not references:
        return {}
    likeness = np.stack([(unit(candidates) @ unit(rows).T).max(axis=1) for rows in references])
    characters, places = linear_sum_assignment(-likeness)
    return {int(character): int(place) for character, place in zip(characters, places, strict=True)}


def cross(crop: Vectors, references: Vectors) -> float:
    """Mean cosine of one crop [D] and a character's portraits [R, D]."""
    return float((unit(references) @ unit(crop)).mean())


class Identity:
    """CIDS of a story, shot by shot; memory is one vector a character."""

    def __init__(self) -> None:
        self._crops: dict[str, PairwiseMean] = {}
        self._cross: dict[str, Mean] = {}
        self._with_portraits: dict[str, None] = {}

    def expect(self, character: str, has_portrait: bool) -> None:
        """The shot names this character, whether or not it is found."""
        self._crops.setdefault(character, PairwiseMean())
        if has_portrait:
            self._with_portraits[character] = None

    def add(self, crops: Mapping[str, Vectors], near: Mapping[str, float]) -> float | None:
        """Take a shot's crops [D] by character, and their mean cosine to the portraits of those who have some.

        Returns the mean cosine of these crops to the same characters' earlier crops; None where there are none.
        """
        beside = Mean()
        for character, crop in crops.items():
            self.expect(character, character in near)
            beside.add(self._crops[character].nearness(crop))
            self._crops[character].add(crop)
            self._cross.setdefault(character, Mean()).add(near.get(character))
        return beside.mean()

    def self_similarity(self) -> float | None:
        """Mean over characters of the mean cosine of their pairs of crops; None where nobody was expected."""
        story = Mean()
        for crops in self._crops.values():
            pairs = crops.mean()
            story.add(float(crops.count) if pairs is None else pairs)  # one crop counts 1, none 0
        return story.mean()

    def cross_similarity(self) -> float | None:
        """Mean over characters with portraits of the mean cosine of crops and portraits; None without portraits."""
        story = Mean()
        for character in self._with_portraits:
            found = self._cross[character].mean() if character in self._cross else None
            story.add(found if found is not None else 0.0)
        return story.mean()
