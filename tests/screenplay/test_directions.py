"""Notes and camera calls."""

import pytest

from reelkit.errors import UnreadableError
from reelkit.screenplay.directions import Direction, read_note, take_direction


def test_a_note_gives_framing_length_and_camera_in_any_order() -> None:
    wanted = Direction("close-up", "dolly in", 3.5)
    assert read_note("shot: close-up, 3.5s, dolly in", "a:1") == wanted
    assert read_note("SHOT: push in; CU; 3.5 seconds", "a:1") == wanted


def test_other_notes_are_for_people() -> None:
    assert read_note("a shot in the dark", "a:1") is None
    assert read_note("check this with Bob", "a:1") is None


@pytest.mark.parametrize("item", ["clse-up", "0s", "99999s", "3 minutes"])
def test_an_unknown_word_is_refused_with_file_and_line(item: str) -> None:
    with pytest.raises(UnreadableError, match=r"a\.fountain:7: \[\[shot: "):
        read_note(f"shot: wide, {item}", "a.fountain:7")


@pytest.mark.parametrize(
    ("sentence", "direction", "rest"),
    [
        ("CLOSE ON Mara's hand.", Direction("close-up"), "Mara's hand."),
        ("INSERT - THE LETTER", Direction("extreme close-up"), "THE LETTER"),
        ("WIDE SHOT: the beach.", Direction("wide"), "the beach."),
        ("PAN LEFT TO the door.", Direction(camera="pan left"), "the door."),
        ("TRACKING with Mara as she runs.", Direction(camera="pan right"), "Mara as she runs."),
        ("We push in on Theo.", Direction(camera="dolly in"), "Theo."),
        ("MARA'S POV: the empty road.", Direction(point_of_view="MARA"), "the empty road."),
        ("ANGLE ON the door.", Direction(), "the door."),
        ("CLOSE the door behind you.", Direction(), "CLOSE the door behind you."),
        ("Full of joy, she sings.", Direction(), "Full of joy, she sings."),
    ],
)
def test_camera_calls_are_taken_from_the_action(sentence: str, direction: Direction, rest: str) -> None:
    assert take_direction(sentence) == (direction, rest)
