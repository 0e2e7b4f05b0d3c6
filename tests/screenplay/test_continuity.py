"""The state of characters across shots."""

import pytest

from reelkit.screenplay.continuity import Continuity


def after(*sentences: str) -> Continuity:
    story = Continuity()
    for sentence in sentences:
        story.see("mara", sentence)
        story.cut()
    return story


@pytest.mark.parametrize(
    ("sentences", "state"),
    [
        (["Mara falls into the sea"], "wet"),
        (["Mara is soaked", "Mara dries off"], ""),
        (["Mara takes off her red coat"], "coat off"),
        (["Mara takes off her coat", "Mara puts on her coat"], ""),
        (["Mara puts on a yellow raincoat"], "wearing a yellow raincoat"),
        (["Mara puts on a hat", "Mara takes her hat off"], "hat off"),
        (["Mara is bleeding", "Mara is bandaged"], "bandaged"),
        (["Mara, covered in mud, waves"], "covered in mud"),
        (["Mara almost falls into the sea", "Mara is not wet", "Mara takes off"], ""),
    ],
)
def test_states_follow_from_the_action(sentences: list[str], state: str) -> None:
    assert after(*sentences).state("mara") == state


def test_an_event_counts_from_the_next_shot_and_a_condition_at_once() -> None:
    story = Continuity()
    story.see("mara", "Mara jumps into the sea")
    assert story.state("mara") == ""
    story.cut()
    assert story.state("mara") == "wet"
    story.see("theo", "Theo is soaked")
    assert story.state("theo") == "wet"


def test_the_look_wears_what_is_worn_now() -> None:
    look = "a woman with black hair in a red coat"
    assert after("Mara takes off her coat").look("mara", look) == "a woman with black hair, coat off"
    assert (
        after("Mara puts on a yellow raincoat").look("mara", look)
        == "a woman with black hair in a yellow raincoat"
    )
    assert after("Mara is soaked").look("mara", look) == f"{look}, wet"


def test_time_dries_and_a_new_day_dresses() -> None:
    story = after("Mara is soaked", "Mara takes off her coat")
    story.pass_time(new_day=False)
    assert story.state("mara") == "coat off"
    story.pass_time(new_day=True)
    assert story.state("mara") == ""
