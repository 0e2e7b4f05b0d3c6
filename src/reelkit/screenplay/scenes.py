"""A screenplay as scenes: each with its setting, how it is cut to, and its blocks of action and dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reelkit.screenplay.directions import Direction, read_note
from reelkit.screenplay.elements import (
    Action,
    Dialogue,
    Element,
    Lyrics,
    Note,
    Part,
    SceneHeading,
    Screenplay,
    Synopsis,
    Transition,
)
from reelkit.screenplay.emphasis import plain
from reelkit.screenplay.settings import Setting, is_camera_heading, read_setting

_TRANSITION = re.compile(
    r"^(?:FADE (?:IN|OUT|TO\b.*)|(?:SMASH|MATCH|JUMP|HARD|TIME)?\s*CUT\b.*|(?:CROSS)?\s*-?\s*(?:DISSOLVE|"
    r"FADE)\b.*|WIPE\b.*|"
    r"IRIS\b.*|INTERCUT\b.*|(?:OVER |CUT TO )?BLACK|BURN TO\b.*|END CREDITS|(?:THE )?END(?: OF .*)?|"
    r"BACK TO (?:SCENE|PRESENT).*)[\s:.]*$"
)
_FURNITURE = re.compile(
    r"^\W*(?:(?:\d{1,4}\s*)?(?:CONTINUED|MORE|OMITTED)(?:\W+\d*)?|\d{1,4}|(?:SUPER|TITLE|"
    r"CHYRON|CAPTION)S?:.*)\W*$"
)
_NOT_A_CUE = re.compile(
    r"^(?:(?:EXTREME )?CLOSE\b|INSERT\b|ANGLE\b|WIDE\b|FADE\b|CUT TO|SMASH CUT|LATER\b|"
    r"SUPER:|TITLE:|MONTAGE|PAN\b|TRACKING\b|"
    r"BACK TO|POV\b|ESTABLISHING|.*\bPOV$)"
)
KINDS_OF_CUT = ("smash cut", "match cut", "jump cut", "dissolve", "fade", "wipe")


@dataclass
class Block:
    """A paragraph of action or a speech, with what notes and headings ask of its shots. `element` is None
    where a
    note asks for a shot of the place itself."""

    element: Action | Dialogue | None
    line: int
    direction: Direction = field(default_factory=Direction)
    directed: bool = False
    beside: bool = False
    """Spoken together with the block before it (dual dialogue)."""


@dataclass
class Scene:
    """One scene, in the order of the script. `entrance` is how it is cut to: empty for a plain cut."""

    setting: Setting
    line: int
    entrance: str = ""
    synopses: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def find_scenes(screenplay: Screenplay) -> list[Scene]:
    """Split a screenplay into scenes. Raises `UnreadableError` for a `[[shot: ...]]` note that cannot be
    obeyed."""
    scenes: list[Scene] = []
    before: Setting | None = None
    entrance = view = ""
    asked: tuple[Direction, int] | None = None
    asked_inside = False
    for element in _plain_sense(screenplay.elements):
        if isinstance(element, SceneHeading):
            if scenes and element.forced and is_camera_heading(element.text):
                view = re.sub(
                    r"(?i)(?:['’]s?)?\s*\b(?:pov|p\.o\.v\.|point of view)\b.*$", "", plain(element.text)
                )
                view = view.strip(" -:")
                view = "" if re.match(r"(?i)back to", element.text) else view or "someone"
                continue
            _flush(asked, scenes)
            asked = None
            before = read_setting(element.text, before)
            scenes.append(Scene(before, element.line, entrance))
            entrance = view = ""
        elif isinstance(element, Transition):
            entrance = _kind_of_cut(element.text)
        elif isinstance(element, Synopsis) and scenes:
            scenes[-1].synopses.append(plain(element.text))
        elif isinstance(element, Note):
            direction = read_note(element.text, f"{screenplay.name}:{element.line}")
            if direction and asked and not (element.inside and asked_inside):
                _flush(asked, scenes)
                asked = None
            if direction:
                asked = (direction.over(asked[0]) if asked else direction, element.line)
                asked_inside = element.inside
        elif isinstance(element, (Action, Dialogue)):
            if not scenes:
                scenes.append(Scene(read_setting("", None), element.line, entrance))
                entrance = ""
            asked_for = asked[0] if asked else Direction()
            given = asked_for.over(Direction(point_of_view=view))
            beside = isinstance(element, Dialogue) and element.dual
            scenes[-1].blocks.append(Block(element, element.line, given, asked is not None, beside))
            asked = None
    _flush(asked, scenes)
    return scenes


def _flush(asked: tuple[Direction, int] | None, scenes: list[Scene]) -> None:
    if asked and scenes:
        scenes[-1].blocks.append(Block(None, asked[1], asked[0], True))


def _plain_sense(elements: Iterable[Element]) -> Iterator[Element]:
    """Elements as the writer meant them: `FADE OUT.` is a transition, a cue that is a camera call is action,
    `(MORE)`
    is nothing."""
    cue = ""
    for element in elements:
        if isinstance(element, Action):
            text = plain(element.text).strip()
            if _TRANSITION.match(text):
                element = Transition(element.line, text)
            elif _FURNITURE.match(text):
                continue
        elif isinstance(element, Dialogue):
            if _NOT_A_CUE.match(element.text):
                said = "\n".join(part.text for part in element.parts)
                element = Action(element.line, f"{element.text}\n{said}")
            else:
                cue = element.text
        elif isinstance(element, Lyrics):
            if not cue:
                continue
            element = Dialogue(element.line, cue, (Part("lyric", element.text, element.line),))
        yield element


def _kind_of_cut(text: str) -> str:
    words = " ".join(plain(text).lower().split())
    return next((kind for kind in KINDS_OF_CUT if kind in words), "fade" if "burn" in words else "")
