"""The character bank."""

import pytest

from reelkit.screenplay.cast import Person, find_cast
from reelkit.screenplay.reader import read


def people(text: str) -> dict[str, Person]:
    return {one.id: one for one in find_cast(read(text).elements).people}


@pytest.mark.parametrize(
    ("introduction", "look"),
    [
        ("MARA (30s), a woman in a red coat, walks in.", "a woman in her 30s in a red coat"),
        (
            "MARA, 34, a woman with black hair in a red coat.",
            "a 34-year-old woman with black hair in a red coat",
        ),
        ("MARA (60s, a lighthouse keeper, grey hair) sits.", "a lighthouse keeper in her 60s, grey hair"),
        ("MARA, tall, in a red coat, walks in.", "a tall woman in a red coat"),
        ("MARA is a woman in a green coat.", "a woman in a green coat"),
        ("MARA walks in. She is a tall woman. She wears a red coat.", "a tall woman in a red coat"),
        ("MARA, 8, waves.", "an 8-year-old girl"),
        ("MARA walks in. She waves.", "a woman"),
    ],
)
def test_an_introduction_gives_a_look(introduction: str, look: str) -> None:
    assert people(f"INT. A - DAY\n\n{introduction}\n\nMARA\nHi.")["mara"].look == look


def test_nothing_known_is_nothing_said() -> None:
    assert people("NOVAK walks in.\n\nNOVAK\nHi.")["novak"].look == ""


def test_cues_lose_their_extensions_and_fold_into_one_character() -> None:
    found = people("ZOË (O.S.)\nA.\n\nZOË (CONT'D)\nB.\n\n@zoë\nC.\n\nDR. O'BRIEN\nD.")
    assert {key: one.name for key, one in found.items()} == {"zoe": "Zoë", "dr-obrien": "Dr. O'Brien"}


def test_a_full_name_in_the_action_is_the_same_character() -> None:
    found = people("DICK STEEL, a tall man, sits.\n\nSTEEL\nHi.")
    assert list(found) == ["steel"]
    assert found["steel"].look == "a tall man"


def test_shouted_things_are_not_characters() -> None:
    assert people("The SCREEN DOOR slams. A PORSCHE stops. BANG! He is SLAMMED down.") == {}


def test_silent_characters_are_found_by_their_introduction() -> None:
    assert list(people("An OLD SAILOR sleeps. LENA (20s) sings.")) == ["old-sailor", "lena"]


def test_groups_that_speak_are_not_characters_of_their_own() -> None:
    assert list(people("DAN\nHi.\n\nJACK\nHi.\n\nDAN AND JACK\nBye.\n\nBOTH\nBye.\n\nALL\nBye.")) == [
        "dan",
        "jack",
    ]


def test_a_role_is_looked_up_by_what_it_is() -> None:
    minion = people("His minion approaches.\n\nMINION\nSir.")["minion"]
    assert (minion.named, minion.look) == (False, "a minion")


def test_names_in_other_letters_get_ids() -> None:
    found = people("@Ольга\nДа.\n\n@花子\nはい.\n\nZOE\nA.\n\nZOË\nB.")
    ids = list(found)
    assert ids[0] == "olga" and ids[2:] == ["zoe", "zoe-2"]
    assert ids[1].startswith("character-")
