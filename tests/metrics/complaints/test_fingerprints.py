from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reelkit.metrics.complaints.fingerprints import (
    Fingerprint,
    difference,
    duplicate_share,
    duplicates,
    moment,
)
from reelkit.theatre.render import render_shot
from reelkit.theatre.world import sample_scene

from .pictures import Frames, grainy, lifted, walker


def fingerprint(frames: Frames, every: int = 4) -> Fingerprint:
    return np.stack([moment(frame) for frame in frames[::every][:8]])


def test_the_same_take_is_found_again_after_grain_and_a_little_brighter() -> None:
    take = walker(24)
    prints = [fingerprint(each) for each in (take, walker(24, phase=40), grainy(take, 6), lifted(take, 3))]
    assert [(repeat, of) for repeat, of, _ in duplicates(prints)] == [(2, 0), (3, 0)]
    assert duplicate_share(prints) == pytest.approx(100 * 2 / 3)


def test_the_same_opening_counts_whatever_follows() -> None:
    assert difference(fingerprint(walker(24)), fingerprint(walker(12))) == 0


def test_the_difference_of_a_brighter_take_is_its_levels() -> None:
    take = walker(24).clip(0, 200)
    assert difference(fingerprint(take), fingerprint(lifted(take, 9))) == pytest.approx(9, abs=0.5)


def test_nothing_is_compared_with_nothing() -> None:
    assert duplicate_share([]) is None
    assert duplicate_share([fingerprint(walker(8))]) is None
    assert difference(fingerprint(walker(8)), fingerprint(walker(8))[:0]) is None


def test_theatre_takes_that_differ_only_in_phase_and_place_are_not_the_same() -> None:
    """As two seeds of one prompt would: the same set and framing, the person moves otherwise."""
    found = []
    for seed in range(400, 440):
        scene = sample_scene(seed, shots=1)
        shot = scene.shots[0]
        if not shot.cast or shot.framing == "wide":
            continue
        rng = np.random.default_rng(seed)
        again = replace(
            shot,
            phases=tuple(float(rng.random()) for _ in shot.cast),
            starts=tuple(x + float(rng.uniform(0.05, 0.15)) for x in shot.starts),
        )
        takes = [render_shot(scene, each).frames for each in (shot, again, shot)]
        found.append([(repeat, of) for repeat, of, _ in duplicates([fingerprint(take) for take in takes])])
    assert len(found) > 20
    assert found == [[(2, 0)]] * len(found)
