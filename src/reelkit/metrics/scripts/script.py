"""A film's words as the script metrics see them, whatever they were read from."""

from __future__ import annotations

from typing import Literal

import msgspec

Form = Literal["xml", "fountain", "manifest"]
Kind = Literal["heading", "description", "action", "parenthetical", "dialogue"]


class Element(msgspec.Struct, frozen=True):
    """Something that stands in a scene. In CML-Instruction's XML a heading is `stage_direction`, a description
    `scene_description`."""

    kind: Kind
    text: str
    character: str = ""
    """Who speaks, of a parenthetical or dialogue; empty where nobody was named."""


class ScriptScene(msgspec.Struct, frozen=True):
    """A scene: its elements in their order."""

    elements: tuple[Element, ...] = ()

    def texts(self, *kinds: Kind) -> tuple[str, ...]:
        """The texts of these kinds, in their order."""
        return tuple(element.text for element in self.elements if element.kind in kinds)

    @property
    def lines(self) -> tuple[Element, ...]:
        """What is spoken by someone."""
        return tuple(element for element in self.elements if element.kind == "dialogue" and element.character)


class PlannedShot(msgspec.Struct, frozen=True):
    """A shot of a manifest, as a plan of cuts sees it."""

    id: str
    framing: str
    words: int
    """Words spoken in it."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A whole script. `name` is what messages call it, `movie` the id of the manifest's movie."""

    name: str
    form: Form
    scenes: tuple[ScriptScene, ...] = ()
    title: str = ""
    movie: str = ""
    fault: str = ""
    """Why XML does not parse as CML-Instruction's; the scenes are then what could be recovered. Empty where it does."""
    shots: tuple[PlannedShot, ...] = ()
    """Of a manifest."""

    @property
    def parses(self) -> bool | None:
        """Whether XML could be read without guessing; None of what is no XML."""
        return None if self.form != "xml" else not self.fault
