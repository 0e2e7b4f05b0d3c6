"""What is compared, and the two slips of CML-Bench's reader."""

from __future__ import annotations

from reelkit.manifest.kinds import Beat, Character, Line, Movie, Scene, Shot
from reelkit.metrics.scripts.building import ScriptBuilder
from reelkit.metrics.scripts.material import material
from reelkit.metrics.scripts.xml import read_xml
from reelkit.screenplay.reader import read
from reelkit.stages.script_source import of_screenplay

XML = """<script><scene><stage_direction>INT. HALL</stage_direction><scene_description>Dust.</scene_description>
<character>MARA</character><parenthetical>low</parenthetical><dialogue>Hush.</dialogue><action>Tom waits.</action>
<character>MARA</character><parenthetical>louder</parenthetical><dialogue>Go.</dialogue></scene>
<scene><stage_direction>INT. HALL</stage_direction><character>TOM</character><dialogue>Why?</dialogue></scene></script>"""


def test_a_parenthetical_stands_with_the_line_it_colours() -> None:
    texts = material(read_xml(XML))
    assert texts.lines == (("MARA", "Hush. (low)"), ("MARA", "Go. (louder)"), ("TOM", "Why?"))
    assert texts.scenes == ("INT. HALL\nDust.", "INT. HALL")
    assert texts.actions == ("INT. HALL", "Dust.", "Tom waits.")
    assert texts.by_character == {"MARA": ["Hush. (low)", "Go. (louder)"], "TOM": ["Why?"]}


def test_as_published_it_stands_behind_the_line_before_or_among_the_actions() -> None:
    texts = material(read_xml(XML), published=True)
    assert texts.lines == (("MARA", "Hush. (louder)"), ("MARA", "Go."), ("TOM", "Why?"))
    assert texts.scenes[0] == "INT. HALL\\nDust."
    assert texts.actions == ("INT. HALL", "Dust.", "(low)", "Tom waits.")


def test_a_parenthetical_behind_its_line_stays_there() -> None:
    text = "<script><scene><character>A</character><dialogue>One.</dialogue><parenthetical>x</parenthetical></scene></script>"
    assert material(read_xml(text)).lines == (("A", "One. (x)"),)


def test_lines_of_nobody_are_left_out() -> None:
    assert material(read_xml("<scene><dialogue>Hello.</dialogue><action>Rain.</action></scene>")).lines == ()


def test_a_screenplay_gives_the_same_kinds() -> None:
    text = (
        "Title: Dust\n\nINT. HALL - DAY\n\nDust in the *light*.\n\nTom waits.\n\n"
        "MARA (O.S.)\n(low)\nHush.\n\n[[a note]]\n\nCUT TO:\n\nEXT. SEA - DAY\n\nTOM\nWhy?\n"
    )
    script = of_screenplay(read(text, "dust.fountain"))
    assert (script.title, script.form, script.parses) == ("Dust", "fountain", None)
    texts = material(script)
    assert texts.lines == (("MARA", "Hush. (low)"), ("TOM", "Why?"))
    assert texts.scenes == ("INT. HALL - DAY\nDust in the light.", "EXT. SEA - DAY")
    assert texts.actions == ("INT. HALL - DAY", "Dust in the light.", "Tom waits.", "EXT. SEA - DAY")


def test_a_manifest_gives_the_same_kinds_record_by_record() -> None:
    builder = ScriptBuilder("dust")
    lines = [Line("mara", "Hush now.", "low"), Line("tom", "Why?")]
    for record in (
        Movie(id="dust", title="Dust"),
        Character(id="mara", movie="dust", name="Mara Lind"),
        Scene(id="s1", movie="dust", heading="INT. HALL - DAY", summary="They wait."),
        Scene(id="s1", movie="other", heading="INT. ELSEWHERE"),
        Shot(id="a", movie="dust", scene="s1", prompt="An old prompt."),
        Shot(id="b", movie="dust", scene="s2", beats=[Beat("Waves."), Beat("Foam.")], framing="wide"),
        Shot(id="a", movie="dust", scene="s1", prompt="Tom waits.", dialogue=lines, framing="medium"),
    ):
        builder.add(record)
    script = builder.build()
    assert (script.title, script.movie, script.form) == ("Dust", "dust", "manifest")
    texts = material(script)
    assert texts.lines == (("MARA LIND", "Hush now. (low)"), ("TOM", "Why?"))
    assert texts.scenes == ("INT. HALL - DAY\nThey wait.",)
    assert texts.actions == ("INT. HALL - DAY", "They wait.", "Tom waits.", "Waves. Foam.")
    assert [(shot.id, shot.framing, shot.words) for shot in script.shots] == [("a", "medium", 3), ("b", "wide", 0)]
