"""The gate and the centre by hand."""

import numpy as np
import pytest

from reelkit.metrics.entities.centres import Centres, Gate, admitted

X, Y = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def test_the_gate_admits_from_a_half_and_what_nobody_could_rate() -> None:
    assert admitted(0.5) and admitted(None) and not admitted(0.49)
    gate = Gate()
    assert [gate(mark) for mark in (0.9, 0.4, None, 0.5)] == [True, False, True, True]
    assert (gate.appearances, gate.passed, gate.unknown) == (4, 3, 1)
    assert gate.share() == 0.75
    assert Gate().share() is None


def test_two_appearances_lie_at_half_their_angle_from_the_centre() -> None:
    centres = Centres()
    centres.add("mara", 3 * X)
    assert centres.value() is None
    centres.add("mara", Y)
    assert centres.value() == pytest.approx(np.cos(np.pi / 4))


def test_one_that_appears_often_weighs_more_and_one_that_appears_once_does_not_count() -> None:
    centres = Centres()
    for entity, row in (("tom", X), ("tom", Y), ("mara", X), ("mara", X), ("mara", X), ("once", Y)):
        centres.add(entity, row)
    assert centres.value() == pytest.approx((2 * np.cos(np.pi / 4) + 3 * 1) / 5)


def test_it_is_the_mean_cosine_to_the_centre_written_out() -> None:
    rows = np.random.default_rng(4).normal(size=(7, 6)) + 1
    centres = Centres()
    for row in rows:
        centres.add("cup", row)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centre = unit.mean(axis=0) / np.linalg.norm(unit.mean(axis=0))
    assert centres.value() == pytest.approx(float((unit @ centre).mean()))


def test_appearances_that_cancel_out_have_no_centre() -> None:
    centres = Centres()
    centres.add("cup", X)
    centres.add("cup", -X)
    assert centres.value() is None
