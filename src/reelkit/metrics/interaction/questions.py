"""What the judge is asked: to write ten questions about an interaction, to answer them, and who came and went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from reelkit.metrics.interaction.scores import QUESTIONS, YES

ANSWERS = (YES, "no", "no (visually implausible)")
ROLES = (
    "before: the two are there and it has not begun",
    "step 1: the first movement towards it is to be seen",
    "step 2: it begins, as at the first touch or the first word",
    "step 3: it goes on",
    "step 4: it is nearly done, and its effect begins to show",
    "after: its result is to be seen",
    "the subject does something at all; name the subject alone and not what it does",
    "it is the subject, and nobody else, who does it; name both",
    "it is the object, and nothing else, that it is done to; name both",
    "the object is what it happens to; name the object alone",
)


class Interaction(msgspec.Struct, frozen=True):
    """A key interaction <subject, verb, object>, and its ten questions where somebody wrote them."""

    subject: str
    verb: str
    object: str
    questions: list[str] = []

    def __str__(self) -> str:
        return f"{self.subject} | {self.verb} | {self.object}"


def writing(interaction: Interaction, prompt: str) -> str:
    """Ask for the ten questions; nothing is shown, so that the video does not lead them."""
    roles = "\n".join(f"q{number}: {role}" for number, role in enumerate(ROLES, 1))
    about = f"The video was asked for with these words: {prompt}\n" if prompt.strip() else ""
    return (
        f"A video should show one interaction (subject | verb | object): {interaction}\n{about}"
        f"Write {QUESTIONS} questions by which somebody who sees frames of the video can check it. Each asks for one thing "
        "that a frame shows, stands in the present tense, is answered by yes where the video is right, and describes subject "
        f"and object so that they cannot be mixed up. What each asks for:\n{roles}"
    )


def answering(questions: Sequence[str]) -> str:
    """Ask for the ten answers about the frames that are shown."""
    asked = "\n".join(f"q{number}: {question}" for number, question in enumerate(questions, 1))
    return (
        "These are frames of one video in the order of time. Answer each question by what can be seen in them. `yes` needs "
        "a frame that shows it clearly. Where such a frame shows bodies or things that cannot be so (a third arm, a hand that "
        f"melts into a cup), the answer is `{ANSWERS[2]}`. Otherwise it is `no`.\n{asked}"
    )


def comings(things: Sequence[str], frames: int) -> str:
    """Ask in which of the frames after the first something has come or gone. frames: how many are shown."""
    named = "\n".join(f"- {thing}" for thing in things)
    return (
        f"These are {frames} frames of one video in the order of time, numbered from 0. Frame 0 says who and what is there at "
        f"the start. Look only at these:\n{named}\n"
        f"`emerged` lists the numbers of the frames from 1 to {frames - 1} in which one of them is there that frame 0 does not "
        "show, or a second one of its kind. `disappeared` lists those in which one that frame 0 shows is missing. One that is "
        "merely turned away or partly hidden is not missing. Both lists are empty where nothing of the kind happens."
    )


def ten(item: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of an object with one item for each of the ten questions."""
    names = [f"q{number}" for number in range(1, QUESTIONS + 1)]
    return {"type": "object", "properties": {name: item for name in names}, "required": names, "additionalProperties": False}


WRITTEN = ten({"type": "string", "minLength": 1})
ANSWERED = ten({"type": "string", "enum": list(ANSWERS)})


def came_and_went(frames: int) -> dict[str, Any]:
    """JSON schema of the two lists of frame numbers."""
    numbers = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": frames - 1}}
    names = ["emerged", "disappeared"]
    properties = {name: numbers for name in names}
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}
