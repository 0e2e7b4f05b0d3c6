"""CML-Instruction's XML: what parses, what is recovered, and that nothing breaks the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelkit.errors import ReelError, UnreadableError
from reelkit.metrics.scripts.script import Element
from reelkit.metrics.scripts.xml import decode_xml, read_xml, read_xml_file

SCENE = (
    "<scene><stage_direction>INT. KITCHEN - NIGHT</stage_direction><scene_description>Rain.</scene_description>"
    "<character>Mara</character><parenthetical>low</parenthetical><dialogue>Salt &amp; <i>sand</i>.</dialogue>"
    "<action>Tom sits.</action></scene>"
)
ELEMENTS = (
    Element("heading", "INT. KITCHEN - NIGHT"),
    Element("description", "Rain."),
    Element("parenthetical", "low", "MARA"),
    Element("dialogue", "Salt & sand.", "MARA"),
    Element("action", "Tom sits."),
)
TAGS = ["script", "scene", "stage_direction", "scene_description", "character", "parenthetical", "dialogue", "action", "i"]
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(["```xml\n", "```", "<!DOCTYPE a>", "<![CDATA[", "]]>", "&amp;", "&#0;", "&#xD800;", "<?xml?>", "<"]),
    st.text(st.characters(), max_size=12),
)


def test_a_script_as_it_should_be_parses() -> None:
    script = read_xml(f"<script>\n{SCENE}\n{SCENE}</script>")
    assert script.parses is True and not script.fault
    assert [scene.elements for scene in script.scenes] == [ELEMENTS, ELEMENTS]


def test_a_code_fence_around_it_and_capitals_in_it_are_no_fault() -> None:
    shouted = SCENE.replace("scene", "Scene").replace("action", "ACTION")
    script = read_xml(f"```xml\n<script>{shouted}</script>\n```\n")
    assert script.parses and script.scenes[0].elements == ELEMENTS


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("Once upon a time.", "not well-formed"),
        (f"<script>{SCENE}", "not well-formed"),
        (f"<film>{SCENE}</film>", "root is <film>"),
        ("<script></script>", "no <scene>"),
        (f"<script><act>{SCENE}</act></script>", "<act> stands where a <scene>"),
        (f"<script>Sure!{SCENE}</script>", "outside its elements: 'Sure!'"),
        ("<script><scene>He runs.</scene></script>", "scene 1 has text outside"),
        ("<script><scene><song>La</song></scene></script>", "holds <song>"),
        ("<script><scene><dialogue>Hi.</dialogue></scene></script>", "dialogue before any <character>"),
        ("<script><scene><action>A<dialogue>Hi.</dialogue></action></scene></script>", "<dialogue> inside <action>"),
        (f'<!DOCTYPE s [<!ENTITY a "b">]><script>{SCENE}</script>', "document type"),
    ],
)
def test_what_does_not_parse_says_why(text: str, fault: str) -> None:
    script = read_xml(text)
    assert script.parses is False and fault in script.fault


@pytest.mark.parametrize("spoilt", [f"Sure!\n<script>{SCENE}", f"<film>{SCENE}</film>", SCENE.replace("&amp;", "&")])
def test_scenes_are_recovered_from_what_does_not_parse(spoilt: str) -> None:
    script = read_xml(spoilt)
    assert script.parses is False
    assert [scene.elements for scene in script.scenes] == [ELEMENTS]


def test_an_element_that_is_not_closed_ends_where_the_next_begins() -> None:
    script = read_xml("<scene><character>MARA<dialogue>Stay & wait.<action>She goes.<scene><stage_direction>EXT. SEA")
    assert [scene.elements for scene in script.scenes] == [
        (Element("dialogue", "Stay & wait.", "MARA"), Element("action", "She goes.")),
        (Element("heading", "EXT. SEA"),),
    ]


def test_prose_gives_no_scenes_and_does_not_parse() -> None:
    script = read_xml("I am sorry, I cannot write that.")
    assert script.scenes == () and script.parses is False


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    script = read_xml(text)
    assert script.parses is (not script.fault)
    assert all(element.text.strip() for scene in script.scenes for element in scene.elements)


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=40).map(lambda b: b'<?xml version="1.0" encoding="' + b)))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_text_or_an_error_of_reelkits(content: bytes) -> None:
    try:
        text = decode_xml(content, "a.xml")
    except ReelError as error:
        assert str(error).startswith("a.xml:")
    else:
        read_xml(text)


@pytest.mark.parametrize("spelling", ["utf-7", "hex", "no-such", "undefined", "idna", "utf-16", "latin-1"])
def test_a_declared_encoding_is_used_or_refused(spelling: str) -> None:
    content = f'<?xml version="1.0" encoding="{spelling}"?><script>{SCENE}</script>'.encode()
    try:
        assert read_xml(decode_xml(content, "a.xml")).parses is True
    except UnreadableError as error:
        assert spelling in str(error) and "UTF-8" in str(error)


def test_utf_16_and_latin_1_are_read(tmp_path: Path) -> None:
    words = f"<script>{SCENE.replace('Rain', 'Café')}</script>"
    (tmp_path / "a.xml").write_bytes(words.encode("utf-16"))
    (tmp_path / "b.xml").write_bytes(b'<?xml version="1.0" encoding="iso-8859-1"?>' + words.encode("latin-1"))
    for name in ("a.xml", "b.xml"):
        script = read_xml_file(tmp_path / name)
        assert script.parses and script.scenes[0].elements[1].text == "Café."


def test_depth_and_length_are_no_danger() -> None:
    assert read_xml("<script>" + "<a>" * 100_000 + "</a>" * 100_000 + "</script>").parses is False
    assert len(read_xml("<scene><action>x" * 20_000).scenes) == 20_000


def test_a_file_that_is_missing_or_no_text_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="check the path"):
        read_xml_file(tmp_path / "none.xml")
    (tmp_path / "a.xml").write_bytes(b"<script>\n\n\xff\xfa</script>")
    with pytest.raises(UnreadableError, match=r"a\.xml:3: not utf-8 text"):
        read_xml_file(tmp_path / "a.xml")
    (tmp_path / "b.xml").write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(UnreadableError, match="not text"):
        read_xml_file(tmp_path / "b.xml")
