"""InterGenEval's arithmetic on tables that a hand can count."""

import pytest

from reelkit.metrics.interaction.scores import fidelity, kisa, sgi, spi

YES, NO, ODD = "yes", "no", "no (visually implausible)"


def test_questions_one_to_six_and_seven_to_ten_are_counted_apart() -> None:
    ten = [YES, YES, NO, YES, NO, NO, YES, YES, YES, NO]
    assert kisa([ten]) == pytest.approx(3 / 6)
    assert sgi([ten]) == pytest.approx(3 / 4)


def test_the_questions_of_all_interactions_are_pooled() -> None:
    assert kisa([[YES] * 10, [NO] * 10]) == 0.5
    assert sgi([[YES] * 10, [NO] * 9 + [YES]]) == 5 / 8


@pytest.mark.parametrize("answer", [ODD, "Yes", "yes.", " yes", "true", ""])
def test_only_exactly_yes_counts(answer: str) -> None:
    assert kisa([[answer] * 10]) == 0.0 and sgi([[answer] * 10]) == 0.0


def test_presence_is_one_where_nothing_comes_or_goes_and_minus_four_where_all_does() -> None:
    assert spi([], [], 10) == 1.0
    assert spi(range(1, 11), range(1, 11), 10) == -4.0
    assert spi([3], [], 10) == pytest.approx(0.5 * ((1 - 5 * 0.1) + 1))
    assert spi([3, 3, 3], [], 10) == spi([3], [], 10)


def test_without_frames_or_interactions_there_is_no_number() -> None:
    assert spi([], [], 0) is None and kisa([]) is None and sgi([]) is None
    assert fidelity(None, 0.5, 1.0) is None and fidelity(0.5, 0.5, None) is None


def test_fidelity_is_the_mean_of_both_products() -> None:
    assert fidelity(0.5, 0.75, 0.8) == pytest.approx((0.4 + 0.6) / 2)
    assert fidelity(1.0, 1.0, -4.0) == -4.0


@pytest.mark.parametrize(("kisa", "sgi", "published"), [(0.406, 0.491, 0.449), (0.546, 0.641, 0.593)])
def test_the_papers_table_prints_products_as_kisa_and_sgi(kisa: float, sgi: float, published: float) -> None:
    """IF is the plain mean of the two columns beside it, so SPI is in them already (CogVideoX-5B, MATRIX)."""
    assert fidelity(kisa, sgi, 1.0) == pytest.approx(published, abs=0.0006)
