"""InterGenEval's arithmetic over answers and frame numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

YES = "yes"
QUESTIONS = 10
INTERACTION, GROUNDING = slice(0, 6), slice(6, 10)
"""Questions 1-6, and 7-10."""
WEIGHT = 5.0
"""How much a frame with emergence or disappearance counts (lambda)."""


def kisa(answers: Sequence[Sequence[str]]) -> float | None:
    """Key interaction semantic alignment, 0..1: the share of yes to questions 1-6 of all interactions of a take.

    answers: ten an interaction, in their order. Only exactly "yes" counts. None without interactions.
    """
    return _share([answer for ten in answers for answer in ten[INTERACTION]])


def sgi(answers: Sequence[Sequence[str]]) -> float | None:
    """Semantic grounding integrity, 0..1: the same of questions 7-10."""
    return _share([answer for ten in answers for answer in ten[GROUNDING]])


def spi(emerged: Collection[int], disappeared: Collection[int], frames: int) -> float | None:
    """Semantic propagation integrity, 1/2 [(1 - 5 e/F) + (1 - 5 d/F)], -4..1 and not clamped.

    emerged, disappeared: numbers of the frames with either; frames: F, how many were compared with the first. None where
    none was (the authors' script gives 0 there).
    """
    if frames <= 0:
        return None
    lost = [WEIGHT * len(set(numbers)) / frames for numbers in (emerged, disappeared)]
    return ((1.0 - lost[0]) + (1.0 - lost[1])) / 2.0


def weighed(share: float | None, spi: float | None) -> float | None:
    """KISA or SGI times SPI; None where one of them is."""
    return None if share is None or spi is None else share * spi


def fidelity(kisa: float | None, sgi: float | None, spi: float | None) -> float | None:
    """IF, the mean of KISA x SPI and SGI x SPI; None where one of them is."""
    semantics, grounding = weighed(kisa, spi), weighed(sgi, spi)
    return None if semantics is None or grounding is None else (semantics + grounding) / 2.0


def _share(answers: Sequence[str]) -> float | None:
    return sum(answer == YES for answer in answers) / len(answers) if answers else None
