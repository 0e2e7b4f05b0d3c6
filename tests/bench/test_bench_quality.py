from __future__ import annotations

import numpy as np
import pytest

from bench.theatre.quality import psnr, recall_at_one


def test_psnr_by_hand() -> None:
    true = np.full((2, 4, 4, 3), 100, np.uint8)
    made = true.copy()
    made[0] += 10
    assert psnr(made, true) == pytest.approx([10 * np.log10(255**2 / 100), 100.0])


def test_recall_counts_texts_that_find_their_own_image() -> None:
    images = np.eye(4, dtype=np.float32)
    texts = images.copy()
    texts[3] = (0.9, 0, 0, 0.1)
    assert recall_at_one(texts, images) == 75.0
