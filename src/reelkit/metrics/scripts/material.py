"""What CML-Bench compares, drawn from a script: spoken lines, each character's lines, scene texts, action texts.

CML-Bench's reader has two slips, which change its numbers a little. It puts a parenthetical, which CML-Instruction writes
before the line it colours, behind the line spoken before if that has the same speaker, and among the actions if not; and it
joins a scene's heading and description with a backslash and an n where a new line was meant. `published=True` does as it does.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reelkit.metrics.scripts.script import Element, Script


class Material(msgspec.Struct, frozen=True):
    """Texts, in the order of the script."""

    lines: tuple[tuple[str, str], ...]
    """(character, what is said), with parentheticals in brackets behind it."""
    scenes: tuple[str, ...]
    """Headings and descriptions of each scene that has any."""
    actions: tuple[str, ...]
    """Headings, descriptions and actions, each once."""

    @property
    def spoken(self) -> tuple[str, ...]:
        """The lines without their speakers."""
        return tuple(text for _, text in self.lines)

    @property
    def by_character(self) -> dict[str, list[str]]:
        """Each character's lines; characters in the order in which they first speak."""
        found: dict[str, list[str]] = {}
        for character, text in self.lines:
            found.setdefault(character, []).append(text)
        return found


def material(script: Script, published: bool = False) -> Material:
    """The texts that are compared. Lines of nobody are left out, as CML-Bench leaves them out."""
    lines: list[tuple[str, str]] = []
    scenes: list[str] = []
    actions: dict[str, None] = {}
    joint = "\\n" if published else "\n"
    for scene in script.scenes:
        place = [*scene.texts("heading"), *scene.texts("description")]
        if place:
            scenes.append(joint.join(place).strip())
        actions |= dict.fromkeys(scene.texts("heading"))
        ordered = scene.elements if published else _settled(scene.elements)
        for element in ordered:
            if element.kind == "dialogue":
                if element.character:
                    lines.append((element.character, element.text))
            elif element.kind == "parenthetical":
                if lines and element.character and lines[-1][0] == element.character:
                    lines[-1] = (lines[-1][0], f"{lines[-1][1]} ({element.text})")
                else:
                    actions[f"({element.text})"] = None
            else:
                actions[element.text] = None
    return Material(tuple(lines), tuple(scenes), tuple(actions))


def _settled(elements: Sequence[Element]) -> list[Element]:
    """The elements with every parenthetical behind the line it colours: the next one of the same speech, if there is one."""
    settled: list[Element] = []
    waiting: list[Element] = []
    for element in elements:
        if element.kind == "parenthetical":
            waiting.append(element)
            continue
        mine = element.kind == "dialogue" and bool(waiting) and waiting[-1].character == element.character
        settled.extend((element, *waiting) if mine else (*waiting, element))
        waiting = []
    return [*settled, *waiting]
