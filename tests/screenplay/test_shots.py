"""The breakdown of scenes into shots."""

from collections.abc import Iterable

import pytest

from reelkit.manifest.records import Shot
from reelkit.stages.plan import PlanOptions, plan


def shots(text: str, **options: object) -> list[Shot]:
    return [entry.shot() for entry in plan(text, PlanOptions(**options)) if entry.kind == "shot"]  # type: ignore[arg-type]


def views(found: Iterable[Shot]) -> list[tuple[str, str]]:
    return [(shot.framing, shot.camera) for shot in found]


MARA = "MARA, a woman in a red coat,"


def test_a_new_place_is_established_without_people_and_a_known_one_is_not() -> None:
    found = shots(
        f"EXT. BEACH - DAY\n\nWaves roll in. {MARA} sits.\n\nINT. HUT - DAY\n\nMara waves.\n\nEXT. "
        f"BEACH - DAY\n\nMara waves."
    )
    assert [(shot.id, shot.framing, shot.characters) for shot in found] == [
        ("s01-001", "wide", []),
        ("s01-002", "full", ["mara"]),
        ("s02-001", "wide", []),
        ("s02-002", "full", ["mara"]),
        ("s03-001", "full", ["mara"]),
    ]
    assert found[0].prompt == "Wide shot, static camera. EXT. BEACH - DAY. Waves roll in."


def test_a_smash_cut_goes_straight_to_the_action() -> None:
    found = shots(f"EXT. BEACH - DAY\n\n{MARA} sits.\n\nSMASH CUT TO:\n\nINT. HUT - DAY\n\nMara waves.")
    assert found[-1].id == "s02-001"
    assert found[-1].characters == ["mara"]


def test_the_look_is_in_every_prompt_of_the_character() -> None:
    found = shots(f"EXT. BEACH - DAY\n\n{MARA} walks. She waves.\n\nMara jumps.\n\nMARA\nHello there, you.")
    wanted = "Mara, a woman in a red coat, "
    assert all(
        wanted in shot.prompt and all(wanted in beat.prompt for beat in shot.beats) for shot in found[1:]
    )
    assert found[1].prompt == (
        "Full shot, camera pans right. EXT. BEACH - DAY. Mara, a woman in a red coat, walks. Mara waves."
    )
    assert [beat.prompt.rsplit(", ", 1)[1] for beat in found[1].beats] == ["walks.", "waves."]


def test_dialogue_is_shot_and_reverse_shot_and_says_no_words() -> None:
    lines = "".join(
        f"{who}\nThis is line number {number}.\n\n" for number in range(3) for who in ("MARA", "THEO")
    )
    found = shots(f"INT. BAR - NIGHT\n\n{MARA} and THEO (60s) sit.\n\n{lines}")[2:]
    assert [shot.characters for shot in found] == [["mara"], ["theo"]] * 3
    assert [shot.framing for shot in found] == [
        "medium",
        "medium",
        "close-up",
        "close-up",
        "medium",
        "medium",
    ]
    assert all("line number" not in shot.prompt for shot in found)
    assert found[0].prompt.endswith("Mara, a woman in a red coat, talks to Theo.")
    assert found[0].seconds == 2.5


def test_a_voice_off_is_heard_and_not_seen() -> None:
    found = shots(f"INT. BAR - NIGHT\n\n{MARA} sits.\n\nTHEO (O.S.)\nAre you there, Mara?")
    assert found[-1].characters == ["mara"]
    assert [line.character for line in found[-1].dialogue] == ["theo"]
    assert found[-1].prompt.endswith("listens.")


def test_a_narrator_over_an_empty_place_shows_the_place() -> None:
    found = shots("EXT. SEA - NIGHT\n\nNARRATOR (V.O.)\nLong ago there was a light.")
    assert all(shot.characters == [] for shot in found)


def test_dual_dialogue_is_one_shot() -> None:
    found = shots("INT. BAR - DAY\n\nDAN\nScrew retirement.\n\nJACK ^\nScrew retirement.")
    assert found[-1].characters == ["dan", "jack"]
    assert len(found[-1].dialogue) == 2


def test_everyone_speaks_for_those_on_stage() -> None:
    found = shots(
        "INT. BAR - DAY\n\nDAN (30s) and JACK (30s) sit.\n\nBOTH\nTo us!\n\nDAN\nYes.\n\nJACK\nYes."
    )
    assert [line.character for line in found[2].dialogue] == ["dan", "jack"]


def test_parentheticals_inform_the_picture() -> None:
    found = shots("INT. BAR - DAY\n\nDAN\n(quietly)\nYes, I do see it now.")
    assert found[-1].prompt.endswith("Dan, a man, talks quietly.")
    assert found[-1].dialogue[0].parenthetical == "quietly"


@pytest.mark.parametrize(
    ("action", "framing", "camera"),
    [
        ("Mara walks along the beach.", "wide", "pan right"),
        ("Mara smiles.", "close-up", "static"),
        ("Mara picks up the phone.", "medium", "static"),
        ("Mara leaves.", "wide", "dolly out"),
        ("Mara approaches the door.", "full", "dolly in"),
        ("Mara jumps.", "full", "static"),
        ("A letter lies on the floor.", "extreme close-up", "static"),
        ("The sea is grey.", "wide", "static"),
        ("CLOSE ON Mara.", "close-up", "static"),
        ("INSERT - THE LETTER", "extreme close-up", "static"),
        ("PAN LEFT TO Mara, who waves.", "full", "pan left"),
        ("We push in on Mara.", "full", "dolly in"),
        ("Mara returns, running along the street.", "wide", "pan left"),
    ],
)
def test_framing_and_camera_follow_the_words(action: str, framing: str, camera: str) -> None:
    found = shots(f"INT. BAR - DAY\n\nMARA (30s) sits with DAN (30s).\n\nDan waves.\n\n{action}")
    assert views(found)[-1] == (framing, camera)


def test_notes_are_obeyed() -> None:
    found = shots(
        f"INT. BAR - DAY\n\n[[shot: extreme close-up, 12s, dolly out]]\n{MARA} walks. She "
        f"sits.\n\nMara waves."
    )
    assert views(found)[0] == ("extreme close-up", "dolly out")
    assert found[0].seconds == 12 and found[0].id == "s01-001"
    assert len(found[0].beats) == 2
    assert found[1].seconds == 1.5


def test_two_notes_in_a_row_give_the_place_a_shot() -> None:
    found = shots(f"INT. BAR - DAY\n\n[[shot: wide, 2s]]\n\n[[shot: medium]]\n\n{MARA} sits.")
    assert [(shot.framing, shot.characters) for shot in found] == [("wide", []), ("medium", ["mara"])]


def test_a_note_directs_a_speech() -> None:
    found = shots("INT. BAR - DAY\n\nDAN\n[[shot: full, 20s, pan left]]\n" + "word " * 60)
    assert [(shot.framing, shot.camera, shot.seconds) for shot in found] == [("full", "pan left", 20.0)]


@pytest.mark.parametrize("longest", [2.0, 5.0, 8.0])
def test_no_shot_is_longer_than_asked_and_beats_tile_it(longest: float) -> None:
    action = (
        "Mara walks along the wall. She stops at the door. She opens it and looks into the dark room beyond. "
        * 3
    )
    text = f"INT. BAR - DAY\n\n{MARA} sits.\n\n{action}\n\nMARA\n{'This is a long speech, is it not? ' * 9}"
    for shot in shots(text, max_seconds=longest):
        assert 0 < shot.seconds <= longest
        assert not shot.beats or sum(beat.seconds for beat in shot.beats) == shot.seconds


def test_a_state_that_ended_is_said_once() -> None:
    found = shots(
        f"EXT. BEACH - DAY\n\n{MARA} falls into the sea.\n\nMara stands up.\n\nINT. HUT - NIGHT\n\nMara sits.\n\n"
        "Mara waves."
    )
    said = [shot.state for shot in found if shot.characters]
    assert said[1] == {"mara": "wet"} and said[0] == {}
    assert said[2:] == [{"mara": ""}, {}]


def test_state_is_carried_forward() -> None:
    text = (
        f"EXT. BEACH - DAY\n\n{MARA} runs into the sea.\n\nMara waves.\n\nINT. HUT - CONTINUOUS\n\nMara "
        f"sits.\n\n"
        "She takes off her coat.\n\nMara waves.\n\nINT. HUT - NIGHT\n\nMara sits."
    )
    found = [shot for shot in shots(text) if shot.characters]
    assert [shot.state.get("mara", "") for shot in found] == [
        "",
        "wet",
        "wet",
        "wet",
        "wet, coat off",
        "coat off",
    ]
    assert "Mara, a woman, wet, coat off, waves." in found[4].prompt


def test_pronouns_and_the_pair_mean_who_is_there() -> None:
    found = shots("INT. BAR - DAY\n\nDAN (30s) sits. EVA (20s) stands. They dance. She slaps him.")
    assert [beat.prompt.split("BAR - DAY. ")[1] for beat in found[-1].beats] == [
        "Eva, a woman in her 20s, stands.",
        "Dan, a man in his 30s, and Eva, a woman in her 20s, dance.",
        "Eva, a woman in her 20s, slaps Dan, a man in his 30s.",
    ]


def test_weather_is_seen_outside_only() -> None:
    outside = shots("EXT. ROAD - DAY\n\nIt rains.\n\nDAN (30s) runs.")
    assert outside[-1].prompt.startswith("Full shot, camera pans right. EXT. ROAD - DAY. Rain. Dan, ")
    assert "Rain." not in shots("INT. BAR - DAY\n\nRain hits the window.\n\nDAN (30s) runs.")[-1].prompt


def test_a_point_of_view_keeps_the_viewer_out_of_the_picture() -> None:
    found = shots("INT. BAR - DAY\n\nDAN (30s) and EVA (20s) sit.\n\nDAN'S POV: Eva waves at Dan.")
    assert found[-1].characters == ["eva"]


def test_a_text_without_headings_is_one_scene() -> None:
    found = shots("A man walks along a road.\n\nThe sun sets.")
    assert {shot.scene for shot in found} == {"s01"}
    assert found[0].prompt == "Wide shot, camera pans right. A man walks along a road."


def test_prompts_are_clean() -> None:
    text = (
        "INT. BAR - DAY\n\n_DAN_ (30s) -- *tall*, -- **sits**... (?) But mercifully we...\n\n"
        "A beat.\n\nDAN\n(oh, crap)\nHm.\n\nThis is going to be BAD.\n\n(CONTINUED)\n\n12."
    )
    for shot in shots(text):
        for prompt in (shot.prompt, *(beat.prompt for beat in shot.beats)):
            assert prompt.endswith(".")
            assert not any(mark in prompt for mark in ("*", "_", "[[", "  ", ",,", " ,", " .", "..", ",."))
