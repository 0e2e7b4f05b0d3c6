from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.cutting.timeline import Piece, cut_shots, exact, lay_out, round_half_up

RATES = st.sampled_from(
    [Fraction(8), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)]
)
LENGTHS = st.lists(st.floats(0.2, 9).map(exact), min_size=1, max_size=40)


def piece(seconds: Fraction, name: str = "s") -> Piece:
    return Piece(shot=name, scene=None, take="k", path=Path("x.mp4"), seconds=seconds)


def test_cuts_fall_on_the_rounded_sum_by_hand() -> None:
    spans = lay_out([piece(exact(s)) for s in (1.02, 1.02, 1.02)], Fraction(24))
    assert [(s.start, s.end) for s in spans] == [(0, 24), (24, 49), (49, 73)]
    shots = cut_shots(spans, Fraction(24))
    assert (shots[1].start, shots[1].seconds) == (1.0, round(25 / 24, 6))


@given(LENGTHS, RATES)
def test_the_film_has_no_gaps_and_does_not_drift(lengths: list[Fraction], rate: Fraction) -> None:
    spans = lay_out([piece(s) for s in lengths], rate)
    assert spans[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(spans))
    assert spans[-1].end == round_half_up(sum(lengths, Fraction(0)) * rate)


def test_a_thousand_tenths_make_a_hundred_seconds() -> None:
    assert lay_out([piece(exact(0.1))] * 1000, Fraction(24))[-1].end == 2400


@given(LENGTHS, RATES, st.floats(0, 2))
def test_a_dissolve_overlaps_neighbours_and_never_three(
    lengths: list[Fraction], rate: Fraction, seconds: float
) -> None:
    spans = lay_out([piece(s) for s in lengths], rate, "dissolve", seconds)
    for one, two in pairwise(spans):
        assert one.end - two.start == two.lead >= 0
        assert two.lead <= two.frames
    for one, three in zip(spans, spans[2:], strict=False):
        assert one.end <= three.start
    assert all(span.lead + tail.lead <= span.frames for span, tail in pairwise(spans))


def test_a_dissolve_shortens_the_film_by_its_length() -> None:
    spans = lay_out([piece(Fraction(2))] * 3, Fraction(24), "dissolve", 0.5)
    assert [(s.start, s.end, s.lead) for s in spans] == [(0, 48, 0), (36, 84, 12), (72, 120, 12)]


def test_a_fade_takes_its_time_inside_the_shots() -> None:
    spans = lay_out([piece(Fraction(2)), piece(Fraction(1, 4))], Fraction(24), "fade", 1.0)
    assert [(s.start, s.end, s.fade) for s in spans] == [(0, 48, 12), (48, 54, 3)]


@pytest.mark.parametrize(
    ("value", "expected"), [(Fraction(1, 2), 1), (Fraction(3, 2), 2), (Fraction(49, 100), 0)]
)
def test_halves_round_upwards(value: Fraction, expected: int) -> None:
    assert round_half_up(value) == expected
