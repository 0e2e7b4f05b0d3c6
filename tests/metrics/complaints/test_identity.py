from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelkit.manifest.kinds import Character, Shot
from reelkit.metrics.complaints.identity import IdentityWatch, greatest_loss, loss
from reelkit.metrics.meters import ClipInfo, Resources
from tests.metrics.worlds import ColourEncoder, picture

X, Y = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)


def test_another_person_from_the_middle_on_is_lost_by_the_whole_cosine() -> None:
    assert loss(np.stack([X, X, X, Y, Y, Y])) == pytest.approx(100)


def test_the_same_person_throughout_loses_nothing() -> None:
    assert loss(np.stack([X] * 6)) == pytest.approx(0)


def test_a_loss_by_hand() -> None:
    half = (X + Y) / np.sqrt(2)
    rows = np.stack([X, X, half, half])
    assert loss(rows) == pytest.approx(100 * (1 - np.sqrt(0.5)), abs=1e-4)


def test_who_turns_round_and_back_is_not_lost() -> None:
    turning = loss(np.stack([X, Y, X, Y, X, Y]))
    assert turning is not None and turning < 15


def test_one_bad_crop_is_not_a_loss() -> None:
    found = loss(np.stack([X, X, Y, X, X, X]))
    assert found is not None and found < 40


def test_three_crops_are_too_few() -> None:
    assert loss(np.stack([X, X, Y])) is None


def test_the_character_who_changed_most_counts() -> None:
    assert greatest_loss({"mara": [X] * 4, "tom": [X, X, Y, Y], "once": [Y]}) == pytest.approx(100)
    assert greatest_loss({"once": [Y]}) is None


def watched(colours: list[str]) -> float | None:
    """A figure in these colours, two frames a second each."""
    mara = Character(id="mara", movie="m", look="somebody in red or in blue")
    shot = Shot(id="s1", movie="m", characters=["mara"])
    info = ClipInfo(
        path=Path("take.mp4"), frames=len(colours), fps=2.0, width=96, height=64, seconds=len(colours) / 2,
        used=len(colours), shot=shot, cast=[mara], bank={"mara": mara},
    )  # fmt: skip
    watch = IdentityWatch(Resources(names=frozenset({"identity_lost"}), models=ColourEncoder()), info)
    for number, colour in enumerate(colours):
        watch.add(number, picture(colour))
    return watch.value()


def test_a_figure_that_turns_blue_for_good_is_lost_and_one_that_stays_is_not() -> None:
    kept, lost = watched(["red"] * 6), watched(["red"] * 3 + ["blue"] * 3)
    assert kept == pytest.approx(0, abs=0.1)
    assert lost is not None and lost > 30
