"""What the judge is asked of a narration, a question a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 5
MEANINGS: Mapping[str, str] = {
    "environment": "the surroundings: where it is, when, in what light and weather, and which things stand there",
    "character": "the people: who is there, how they look, what they do with face and body",
    "plot": "the story: what happens, in which order, and how one thing leads to the next",
}
LEVELS: Mapping[str, tuple[str, ...]] = {"L1": ("environment", "character"), "L2": ("plot",)}
SCALE = (
    f"{MOST}: it tells all that the reference tells, and nothing that contradicts it. 4: a small thing is missing or wrong. "
    "3: the main thing is right, several details are missing or wrong. 2: a part is right. 1: hardly anything is right. "
    "0: nothing is told of it, or all of it is wrong"
)


def question(level: str, reference: str, candidate: str) -> str:
    """Of one level of Movie101v2, about two texts."""
    parts = "\n".join(f"- `{part}`: {MEANINGS[part]}" for part in LEVELS[level])
    return (
        "Two narrators tell people who cannot see a film what a stretch of it shows. The first is a professional, and what "
        f"he says is true.\n\nReference:\n{reference}\n\nCandidate:\n{candidate or '(the candidate says nothing)'}\n\n"
        f"Compare the candidate with the reference, and give a whole mark from 0 to {MOST} for each of these:\n{parts}\n\n"
        f"The marks: {SCALE}.\nOther words for the same thing are as good. Names stand in [brackets]; a person under another "
        "person's name is wrong, one who is described and not named is not. What the reference leaves out counts neither way."
    )


def schema(level: str) -> dict[str, Any]:
    """The JSON schema of the answer."""
    names = list(LEVELS[level])
    mark = {"type": "integer", "minimum": 0, "maximum": MOST}
    properties = {name: mark for name in names}
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}
