"""Alignment of picture and text: FilmWeaver's all alignment and character alignment."""

from __future__ import annotations

from reelkit.metrics.similarity import PERCENT, Vectors, unit


def alignment(image: Vectors, text: Vectors) -> float:
    """Cosine of one image embedding and one text embedding, x100 (FilmWeaver, table 1).

    image, text: [D] of the same encoder. Keyframe and prompt give all alignment; a character's crop and
    that character's look give character alignment.
    """
    return PERCENT * float(unit(image) @ unit(text))
