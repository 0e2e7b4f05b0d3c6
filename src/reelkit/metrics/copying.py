"""Copy-paste rate: consistency bought by pasting the reference."""

from __future__ import annotations

import numpy as np

from reelkit.metrics.similarity import PERCENT, Vectors, unit

TEMPERATURE = 0.01
"""Temperature of the softmax in ViStoryBench v1.2."""


def copy_paste_rate(crop: Vectors, reference: Vectors, mirrored: Vectors) -> float:
    """Softmax weight of the reference against its own mirror image, x100 (ViStoryBench v1.2, CIDS evaluator).

    crop: [D] of the character in a generated shot; reference: [D] of the character's first portrait;
    mirrored: [D] of the same portrait flipped left to right. A crop that knows the character is as near to
    either: 50. One that repeats the portrait's pixels is nearer to the portrait as it is: towards 100.
    """
    direction = unit(crop)
    gap = float(unit(mirrored) @ direction) - float(unit(reference) @ direction)
    return PERCENT / (1.0 + float(np.exp(np.clip(gap / TEMPERATURE, -700.0, 700.0))))
