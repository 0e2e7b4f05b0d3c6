"""The elements of a Fountain screenplay, each with the line it starts on.

Texts keep their emphasis marks; `reelkit.screenplay.emphasis` reads or removes them. Markup that only names
the element (a forcing `.`, `@`, `!`, `>`, `~`, `#`, `=`) is not part of the text.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Element(msgspec.Struct, frozen=True):
    """Anything that stands in a screenplay. `line` counts from 1."""

    line: int
    text: str


class SceneHeading(Element, frozen=True):
    """`INT. KITCHEN - DAY #12#`, or any line forced with a leading period."""

    number: str | None = None
    forced: bool = False


class Action(Element, frozen=True):
    """A paragraph of description; line breaks are the writer's and are kept."""


class Part(msgspec.Struct, frozen=True):
    """One run of lines inside a dialogue block."""

    kind: Literal["speech", "parenthetical", "lyric"]
    text: str
    line: int


class Dialogue(Element, frozen=True):
    """A cue (`text`, with its extensions) and what is said under it.

    `dual` is true for the right-hand half of dual dialogue: it is spoken together with the dialogue before
    it.
    """

    parts: tuple[Part, ...] = ()
    dual: bool = False


class Lyrics(Element, frozen=True):
    """A sung line outside a dialogue block."""


class Transition(Element, frozen=True):
    """`CUT TO:`, or any line forced with `>`."""


class Centered(Element, frozen=True):
    """`> text <`: titles, mostly."""


class Section(Element, frozen=True):
    """`# Act one`: structure that is not printed. `level` is 1 to 6."""

    level: int = 1


class Synopsis(Element, frozen=True):
    """`= What happens here`: not printed."""


class Note(Element, frozen=True):
    """`[[text]]`. `inside` is true when other text shares its paragraph; the note then stands before that
    element."""

    inside: bool = False


class PageBreak(Element, frozen=True):
    """A line of three or more equals signs."""


class TitleEntry(msgspec.Struct, frozen=True):
    """One key of the title page with its values, a line each."""

    key: str
    values: tuple[str, ...]
    line: int


class Screenplay(msgspec.Struct, frozen=True):
    """A whole screenplay. `name` is what messages call the file."""

    name: str
    title_page: tuple[TitleEntry, ...]
    elements: tuple[Element, ...]

    def title(self, key: str) -> TitleEntry | None:
        """The title page's entry for `key`, whatever its case."""
        wanted = key.casefold()
        return next((entry for entry in self.title_page if entry.key.casefold() == wanted), None)
