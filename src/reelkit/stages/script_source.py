"""A script's file, as `reel score` reads it: CML-Instruction's XML, or a screenplay in Fountain or plain text."""

from __future__ import annotations

from pathlib import Path

from reelkit.metrics.scripts.script import Element, Script, ScriptScene
from reelkit.metrics.scripts.xml import read_xml_file
from reelkit.screenplay.cues import read_cue
from reelkit.screenplay.elements import Action, Centered, Dialogue, Lyrics, SceneHeading, Screenplay
from reelkit.screenplay.elements import Element as FountainElement
from reelkit.screenplay.emphasis import plain
from reelkit.screenplay.reader import read
from reelkit.screenplay.source import read_source


def read_script(path: Path) -> Script:
    """The script in a file, by its name: `.xml`, or else Fountain. UnreadableError where it is missing or no text."""
    if path.suffix.lower() == ".xml":
        return read_xml_file(path)
    return of_screenplay(read(read_source(path), str(path)))


def of_screenplay(screenplay: Screenplay) -> Script:
    """Headings begin scenes; the first paragraph under one describes its scene, later ones are action.

    Notes, sections, synopses, transitions and page breaks are not the film's words.
    """
    scenes: list[list[Element]] = [[]]
    for element in screenplay.elements:
        if isinstance(element, SceneHeading):
            scenes.append([Element("heading", plain(element.text).strip())])
        else:
            scenes[-1].extend(_elements(element, opening=len(scenes) > 1 and len(scenes[-1]) == 1))
    title = screenplay.title("title")
    return Script(
        name=screenplay.name,
        form="fountain",
        scenes=tuple(ScriptScene(tuple(scene)) for scene in scenes if scene),
        title="" if title is None else plain(" ".join(title.values)).strip(),
    )


def _elements(element: FountainElement, opening: bool) -> list[Element]:
    if isinstance(element, Dialogue):
        speaker = read_cue(element.text).names[0].upper()
        found = [
            Element("parenthetical", part.text.strip(" ()\n"), speaker)
            if part.kind == "parenthetical"
            else Element("dialogue", plain(part.text).strip(), speaker)
            for part in element.parts
        ]
    elif isinstance(element, Action):
        found = [Element("description" if opening else "action", plain(element.text).strip())]
    elif isinstance(element, Centered | Lyrics):
        found = [Element("action", plain(element.text).strip())]
    else:
        found = []
    return [each for each in found if each.text]
