"""The Fountain reader."""

import io
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screenplain import types as screenplain_types
from screenplain.parsers import fountain as screenplain

from reelkit.screenplay.elements import (
    Action,
    Centered,
    Dialogue,
    Element,
    Lyrics,
    Note,
    PageBreak,
    Part,
    SceneHeading,
    Screenplay,
    Section,
    Synopsis,
    TitleEntry,
    Transition,
)
from reelkit.screenplay.emphasis import plain
from reelkit.screenplay.reader import read

EXAMPLE = Path(__file__).parents[2] / "examples" / "lighthouse.fountain"
BRICK = next(
    (
        path
        for folder in Path(__file__).parents[2:4]
        if (path := folder / "shared" / "data" / "Brick-and-Steel.fountain").exists()
    ),
    None,
)
SCRIPT = """Title: _**The Café**_
Author: Zoë
Contact:
    1 Rue Été
    Paris

# Act one

= They meet.

INT. CAFÉ - DAY #12A#

ZOË (30s) reads *slowly*. [[she has
a secret]]

!ZOË IS NOT A CUE
here.

ZOË
(quietly,
to herself)
Où est-il?
~la la

RENÉE ^
Ici!

@McCLANE (O.S.)
Yippee.

> THE END <

===

CUT TO:

> Burn to white.

~Lonely song

.FORCED

EXT. SEA - NIGHT

/* gone
for good */Waves. /* and this */ More waves.
"""


def kinds(text: str) -> list[str]:
    return [type(element).__name__ for element in read(text).elements]


def test_every_element_is_read_with_its_line() -> None:
    script = read(SCRIPT)
    assert script.title_page == (
        TitleEntry("Title", ("_**The Café**_",), 1),
        TitleEntry("Author", ("Zoë",), 2),
        TitleEntry("Contact", ("1 Rue Été", "Paris"), 3),
    )
    assert script.elements == (
        Section(7, "Act one", 1),
        Synopsis(9, "They meet."),
        SceneHeading(11, "INT. CAFÉ - DAY", "12A"),
        Note(13, "she has\na secret", True),
        Action(13, "ZOË (30s) reads *slowly*."),
        Action(16, "ZOË IS NOT A CUE\nhere."),
        Dialogue(
            19,
            "ZOË",
            (
                Part("parenthetical", "(quietly,\nto herself)", 20),
                Part("speech", "Où est-il?", 22),
                Part("lyric", "la la", 23),
            ),
        ),
        Dialogue(25, "RENÉE", (Part("speech", "Ici!", 26),), True),
        Dialogue(28, "McCLANE (O.S.)", (Part("speech", "Yippee.", 29),)),
        Centered(31, "THE END"),
        PageBreak(33, ""),
        Transition(35, "CUT TO:"),
        Transition(37, "Burn to white."),
        Lyrics(39, "Lonely song"),
        SceneHeading(41, "FORCED", None, True),
        SceneHeading(43, "EXT. SEA - NIGHT"),
        Action(46, "Waves.  More waves."),
    )


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_and_a_byte_order_mark_change_nothing(ending: str) -> None:
    assert read("\ufeff" + SCRIPT.replace("\n", ending)) == read(SCRIPT)


def test_a_script_that_opens_with_a_transition_has_no_title_page() -> None:
    script = read("FADE IN:\n\nINT. A - DAY\n\nHello.")
    assert script.title_page == ()
    assert [element.text for element in script.elements] == ["FADE IN:", "INT. A - DAY", "Hello."]


def test_two_spaces_keep_a_speech_together() -> None:
    (speech,) = read("BOB\nOne.\n  \nTwo.").elements
    assert isinstance(speech, Dialogue)
    assert speech.parts[0].text == "One.\n\nTwo."


def test_notes_between_the_halves_do_not_part_a_dual_dialogue() -> None:
    dialogues = [
        one for one in read("A B\nHi.\n\n[[wait]]\n\nC D ^\nYo.").elements if isinstance(one, Dialogue)
    ]
    assert [one.dual for one in dialogues] == [False, True]


def test_an_unclosed_note_or_boneyard_is_text() -> None:
    assert [one.text for one in read("One [[two\n\nThree /* four").elements] == ["One [[two", "Three /* four"]


def test_a_numbered_plain_text_screenplay_with_indents_reads() -> None:
    action_indent, cue_indent, speech_indent = " " * 10, " " * 20, " " * 12
    text = (
        f"12   INT. HOUSE - DAY   12\n\n{action_indent}Bob enters.\n\n"
        f"{cue_indent}BOB\n{speech_indent}Hello there,\n{speech_indent}all.\n"
    )
    heading, action, speech = read(text).elements
    assert heading == SceneHeading(1, "INT. HOUSE - DAY", "12")
    assert isinstance(action, Action)
    assert isinstance(speech, Dialogue) and speech.parts[0].text == "Hello there,\nall."


def test_a_heading_in_capitals_may_be_followed_at_once() -> None:
    assert kinds("INT. HOUSE - DAY\nBob enters.") == ["SceneHeading", "Action"]
    assert kinds("Int. house is what he says\nand more.") == ["Action"]


def test_emphasis_is_removed_only_where_it_pairs() -> None:
    assert plain("***a*** _b_ **c** *d* 2 * 3 \\*e\\* f_") == "a b c d 2 * 3 *e* f_"


def ours(script: Screenplay) -> list[tuple[object, ...]]:
    said: list[tuple[object, ...]] = []
    for element in script.elements:
        text = "\n".join(plain(line) for line in element.text.split("\n"))
        if isinstance(element, SceneHeading):
            said.append(("heading", text.upper(), element.number and element.number.upper()))
        elif isinstance(element, Dialogue):
            blocks = [
                (part.kind == "parenthetical", plain(line))
                for part in element.parts
                for line in part.text.split("\n")
            ]
            if element.dual:
                said[-1] = ("dual", said[-1][1:], (text, blocks))
            else:
                said.append(("dialogue", text, blocks))
        elif isinstance(element, Action | Centered):
            said.append(("action", text, isinstance(element, Centered)))
        elif isinstance(element, Transition):
            said.append(("transition", text.upper()))
        elif isinstance(element, Section):
            said.append(("section", text, element.level))
        elif isinstance(element, PageBreak):
            said.append(("break",))
    return said


def theirs(text: str) -> list[tuple[object, ...]]:
    said: list[tuple[object, ...]] = []
    for one in screenplain.parse(io.StringIO(text)):
        if isinstance(one, screenplain_types.Slug):
            said.append(("heading", str(one.line), str(one.scene_number) if one.scene_number else None))
        elif isinstance(one, screenplain_types.DualDialog):
            said.append(("dual", _theirs_said(one.left), _theirs_said(one.right)))
        elif isinstance(one, screenplain_types.Dialog):
            said.append(("dialogue", *_theirs_said(one)))
        elif isinstance(one, screenplain_types.Action):
            lines = "\n".join(str(line) for line in one.lines)
            said.append(
                ("action", lines.strip("\n"), one.centered)
            )  # it leaves an empty line where a note stood
        elif isinstance(one, screenplain_types.Transition):
            said.append(("transition", str(one.line)))
        elif isinstance(one, screenplain_types.Section):
            said.append(("section", str(one.text), one.level))
        elif isinstance(one, screenplain_types.PageBreak):
            said.append(("break",))
    return said


def _theirs_said(dialog: object) -> tuple[str, list[tuple[bool, str]]]:
    return str(dialog.character), [(aside, str(line)) for aside, line in dialog.blocks]  # type: ignore[attr-defined]


AGREED = """Title: Duel
Author: A. Writer

# Act one

= Opening.

INT. CAFÉ - DAY #12A#

ZOË enters *quickly*, **very** _much_ so.
A second line.

ZOË (O.S.)
(beat)
Où est-il? [[a note]]
(long
aside)
More.

RENÉE ^
Ici!

BOB
Third.

EXT./INT. CAR - NIGHT

est. harbour

@McCLANE
Yippee.

!CUT TO:

CUT TO:

> Fade to pink

> CENTERED <
> twice <

.SNIPER POV

...not a heading

===

I/E CAR - DAY

NOT A CUE

BOB\x20\x20
Neither.
"""


@pytest.mark.parametrize(
    "text",
    [AGREED, EXAMPLE.read_text(encoding="utf-8")],
    ids=["every element", "the example"],
)
def test_reading_agrees_with_screenplain(text: str) -> None:
    assert ours(read(text)) == theirs(text)


@pytest.mark.skipif(BRICK is None, reason="Brick-and-Steel.fountain is not beside this checkout")
def test_reading_brick_and_steel_agrees_with_screenplain() -> None:
    assert BRICK is not None
    text = BRICK.read_text(encoding="utf-8")
    assert ours(read(text)) == theirs(text)


MARKS = [
    *(
        "\n",
        "\n\n",
        "  ",
        "/*",
        "*/",
        "[[",
        "]]",
        "INT. ",
        "BOB",
        "^",
        "(",
        ")",
        "~",
        ">",
        "<",
        "=",
        "===",
        "#",
    ),
    *(".", "!", "@", "*", "_", "TO:", "Title: ", "a", "é", "\t", "\\", "\r\n", ":"),
]


def words(texts: list[str]) -> Counter[str]:
    return Counter(letter for text in texts for letter in text if letter.isalnum())


def kept(script: Screenplay) -> list[str]:
    texts = [text for entry in script.title_page for text in (entry.key, *entry.values)]
    for element in script.elements:
        texts.append(element.text)
        if isinstance(element, Dialogue):
            texts.extend(part.text for part in element.parts)
        if isinstance(element, SceneHeading) and element.number:
            texts.append(element.number)
    return texts


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(MARKS)).map("".join)))
def test_any_text_reads_and_keeps_what_is_outside_the_boneyard(text: str) -> None:
    script = read(text)
    outside = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert words(kept(script)) == words([outside])
    lines = [element.line for element in script.elements]
    assert all(1 <= line <= len(re.split(r"\r\n|\r|\n", text)) for line in lines)
    assert all(isinstance(element, Element) for element in script.elements)


@pytest.mark.parametrize(
    "mark", ["/*", "[[", "*a", "_a b", "~a\n", "# a\n", "> ", "(", "#", "A (", "INT. ", " "]
)
def test_a_huge_file_of_one_mark_reads_at_once(mark: str) -> None:
    began = time.perf_counter()
    read(mark * 30_000)
    assert time.perf_counter() - began < 2.0
