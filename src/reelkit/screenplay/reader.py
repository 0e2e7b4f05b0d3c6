"""The Fountain reader: https://fountain.io/syntax, and plain-text screenplays, which are nearly that.

Any text reads without an error, and all of it outside the boneyard stays in some element. Where the syntax
leaves room, reading agrees with screenplain's; notes and lyrics, which screenplain drops or does not know,
are elements here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

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
    Transition,
)
from reelkit.screenplay.titlepage import read_title_page

Line = tuple[int, str]
"""A line's number in the file, and its text."""

_BREAKS = re.compile(r"\r\n|\r|\n")
_PREFIX = r"(?:INT\.?\s*/\s*EXT|EXT\.?\s*/\s*INT|I\s*/\s*E|E\s*/\s*I|INT|EXT|EST)"
_HEADING = re.compile(rf"{_PREFIX}(?:\.|\s).", re.IGNORECASE)
_NUMBERED = re.compile(rf"(\d{{1,4}}[A-Z]{{0,2}})[.)]?\s+({_PREFIX}[.\s].*)$")
_SHOUTED = re.compile(rf"{_PREFIX}\.")
_NUMBER = re.compile(r"#([\w\-.]+)#$")
_SECTION = re.compile(r"^(#{1,6})\s*([^#\s].*)$")
_PAGE_BREAK = re.compile(r"^\s*={3,}\s*$")


def read(text: str, name: str = "screenplay") -> Screenplay:
    """Read a screenplay from `text`; `name` is what messages call it."""
    blocks = list(_paragraphs(_lines(text.removeprefix("\ufeff"))))
    title_page = read_title_page(blocks[0]) if blocks else ()
    elements: list[Element] = []
    for block in blocks[1:] if title_page else blocks:
        notes, lines = _without_notes(block)
        elements.extend(notes)
        if any(line.strip() for _, line in lines):
            _read_paragraph(lines, elements)
    return Screenplay(name, title_page, tuple(elements))


def _lines(text: str) -> list[Line]:
    """Lines without the boneyard: what stands before and after a cut joins, and keeps the first line's
    number."""
    text = _BREAKS.sub("\n", text)
    if "/*" not in text:
        return list(enumerate(text.split("\n"), 1))
    lines: list[Line] = []
    number, start, pending, last = 1, 1, "", 0
    for cut in [*_enclosed(text, "/*", "*/"), None]:
        first, *rest = text[last : cut[0] if cut else len(text)].split("\n")
        pending += first
        for following in rest:
            lines.append((start, pending))
            number += 1
            start, pending = number, following
        if cut:
            last = cut[1]
            number += text.count("\n", *cut)
            start = start if pending else number
    lines.append((start, pending))
    return lines


def _enclosed(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """Where each `opening` ... `closing` begins and ends; one that is never closed is text like any other."""
    begin = text.find(opening)
    while begin >= 0 and (end := text.find(closing, begin + len(opening))) >= 0:
        yield begin, end + len(closing)
        begin = text.find(opening, end + len(closing))


def _paragraphs(lines: list[Line]) -> Iterator[list[Line]]:
    """Blocks of lines between blank ones. A line of exactly two spaces is the syntax's way to keep a block
    together."""
    block: list[Line] = []
    for number, text in lines:
        if text.strip() or (text == "  " and block):
            block.append((number, text.expandtabs(4) if "\t" in text else text))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _without_notes(block: list[Line]) -> tuple[list[Note], list[Line]]:
    if not any("[[" in text for _, text in block):
        return [], block
    joined = "\n".join(text for _, text in block)
    notes: list[Note] = []
    kept: list[Line] = []
    row, start, pending, touched, last = 0, 0, "", False, 0
    found = list(_enclosed(joined, "[[", "]]"))
    inside = sum(end - begin for begin, end in found) < len(joined.strip())
    for note in [*found, None]:
        first, *rest = joined[last : note[0] if note else len(joined)].split("\n")
        pending += first
        for following in rest:
            if pending.strip() or not touched:
                kept.append((block[start][0], pending.rstrip() if touched else pending))
            row += 1
            start, pending, touched = row, following, False
        if note:
            notes.append(Note(block[row][0], joined[note[0] + 2 : note[1] - 2].strip(), inside))
            touched, last = True, note[1]
            row += joined.count("\n", *note)
    if pending.strip() or not touched:
        kept.append((block[start][0], pending.rstrip() if touched else pending))
    return notes, kept


def _read_paragraph(lines: list[Line], elements: list[Element]) -> None:
    for index, (number, text) in enumerate(lines):
        alone = index == len(lines) - 1
        bare = text.strip()
        if text.startswith("!"):
            elements.append(_action(lines[index:]))
        elif _PAGE_BREAK.match(bare):
            elements.append(PageBreak(number, ""))
            continue
        elif text.startswith("="):
            elements.append(Synopsis(number, text[1:].strip()))
            continue
        elif section := _SECTION.match(text):
            elements.append(Section(number, section.group(2).strip(), len(section.group(1))))
            continue
        elif heading := _scene_heading(number, bare, alone):
            elements.append(heading)
            continue
        elif bare.startswith("~"):
            elements.append(Lyrics(number, bare[1:].strip()))
            continue
        elif all(_is_centered(line) for _, line in lines[index:]):
            centered = (line.strip()[1:-1].strip() for _, line in lines[index:])
            elements.append(Centered(number, "\n".join(centered)))
        elif _is_transition(bare) or (alone and bare.startswith(">")):
            elements.append(Transition(number, bare.removeprefix(">").strip()))
            continue
        elif not alone and _is_cue(text):
            elements.append(_dialogue(lines[index:], elements))
        elif bare:
            elements.append(_action(lines[index:]))
        else:
            continue
        return


def _action(lines: list[Line]) -> Action:
    return Action(lines[0][0], "\n".join(text.removeprefix("!").rstrip() for _, text in lines))


def _scene_heading(number: int, bare: str, alone: bool) -> SceneHeading | None:
    """A heading stands alone; one in capitals with its period (`INT.`) also when text follows without a
    blank line."""
    forced = alone and bare.startswith(".") and not bare.startswith("..") and len(bare) > 1
    printed = None
    if forced:
        heading = bare[1:].strip()
    elif numbered := _NUMBERED.match(bare):
        printed, heading = numbered.groups()
        heading = heading.removesuffix(".").removesuffix(f" {printed}").strip()
    elif _HEADING.match(bare) and (alone or (_SHOUTED.match(bare) and bare.isupper())):
        heading = bare
    else:
        return None
    if heading.endswith("#") and (marked := _NUMBER.search(heading)):
        printed, heading = marked.group(1), heading[: marked.start()].rstrip()
    return SceneHeading(number, heading, printed, forced) if heading else None


def _is_centered(text: str) -> bool:
    bare = text.strip()
    return len(bare) > 1 and bare[0] == ">" and bare[-1] == "<"


def _is_transition(bare: str) -> bool:
    return bare.endswith("TO:") and bare.isupper() and bare[0] not in "@("


def _is_cue(text: str) -> bool:
    if text.endswith("  "):
        return False
    cue = text.strip()
    return len(cue) > 1 if cue.startswith("@") else cue.split("(", 1)[0].isupper()


def _dialogue(lines: list[Line], elements: list[Element]) -> Dialogue:
    number, cue = lines[0]
    cue = cue.strip().removeprefix("@").strip()
    beside = next((element for element in reversed(elements) if not isinstance(element, Note)), None)
    dual = cue.endswith("^") and isinstance(beside, Dialogue) and not beside.dual
    parts: list[Part] = []
    aside = False
    for line, text in lines[1:]:
        said = text.strip()
        aside = aside or said.startswith("(")
        kind: Literal["speech", "parenthetical", "lyric"] = (
            "parenthetical" if aside else "lyric" if said.startswith("~") else "speech"
        )
        said = said[1:].strip() if kind == "lyric" else said
        if parts and parts[-1].kind == kind and (kind != "parenthetical" or not said.startswith("(")):
            parts[-1] = Part(parts[-1].kind, f"{parts[-1].text}\n{said}", parts[-1].line)
        elif said:
            parts.append(Part(kind, said, line))
        aside = aside and not said.endswith(")")
    return Dialogue(number, cue.removesuffix("^").rstrip(), tuple(parts), dual)
