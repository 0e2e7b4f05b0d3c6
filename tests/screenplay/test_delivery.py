"""Parentheticals as something to see, and long speeches in pieces."""

import pytest

from reelkit.screenplay.delivery import Delivery, read_parenthetical
from reelkit.screenplay.elements import Part
from reelkit.screenplay.speech import utterances


@pytest.mark.parametrize(
    ("text", "delivery"),
    [
        ("(quietly)", Delivery(manner="quietly")),
        ("(beer raised)", Delivery(extra="beer raised")),
        ("(starting the engine)", Delivery(extra="starting the engine")),
        ("(in Vietnamese, subtitled)", Delivery(manner="in Vietnamese")),
        ("(whispering, to Bob)", Delivery(verb="whispers", to="Bob")),
        ("(into phone)", Delivery(to="on the phone")),
        ("(pause)", Delivery(pause="pause")),
        ("(angry)", Delivery(extra="looking angry")),
        ("(oh crap)", Delivery()),
    ],
)
def test_parentheticals(text: str, delivery: Delivery) -> None:
    assert read_parenthetical(text) == delivery


def test_a_long_speech_is_cut_where_it_can_be_and_loses_nothing() -> None:
    text = "One two three four five. " * 8 + "word " * 50
    said = utterances((Part("speech", text, 1),), "", 8.0)
    assert " ".join(one.text for one in said).split() == text.split()
    assert all(one.seconds <= 8.0 for one in said)
    assert all(one.text.endswith(".") for one in said[:2])


def test_speech_lasts_as_long_as_it_takes_to_say() -> None:
    (said,) = utterances((Part("parenthetical", "(beat)", 1), Part("speech", "word " * 10, 2)), "", 8.0)
    assert said.seconds == 10 / 2.5 + 0.5 + 1.0
