"""The question that the gate asks a judge: does this crop show what the description says?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reelkit.errors import RecordError
from reelkit.metrics.entities.card import Kind
from reelkit.metrics.locator import Frame

if TYPE_CHECKING:
    from reelkit.metrics.judging.judge import Judge

TRAITS: Mapping[Kind, Mapping[str, str]] = {
    "character": {
        "face": "the face: its shape, features and kind of expression",
        "hair": "the hair: colour, cut and length",
        "clothing": "the clothes and what is worn with them: kind and colour",
        "build": "the body: build, proportions, bearing",
    },
    "object": {
        "shape": "its shape and outline",
        "color_texture": "its colour and what it is made of",
        "proportions": "its size and proportions",
        "details": "the small things that mark it out",
    },
    "location": {
        "layout": "how the place is built and laid out",
        "color_mood": "its colours, light and mood",
        "landmarks": "the things by which one knows it again",
        "perspective": "from where and how deeply it is seen",
    },
}
TOP = 10
"""Marks go from 1 to this."""


def question(kind: Kind, name: str, look: str) -> str:
    """What the judge is asked about one crop."""
    traits = "\n".join(f"- {trait}: {meaning}" for trait, meaning in TRAITS[kind].items())
    return (
        f"The picture is cut out of a film. It should show this {kind}: {name or 'unnamed'}.\n"
        f"It was described as: {look}\n"
        f"Give a mark from 1 (nothing fits the description) to {TOP} (everything does) for each of these:\n{traits}\n"
        "Then give `fidelity`, one mark for how well the picture as a whole fits the description. "
        "Judge only what can be seen. Where nothing of the kind is in the picture, every mark is 1."
    )


def schema(kind: Kind) -> dict[str, Any]:
    """The JSON schema of the answer."""
    names = [*TRAITS[kind], "fidelity"]
    mark = {"type": "integer", "minimum": 1, "maximum": TOP}
    return {
        "type": "object",
        "properties": {name: mark for name in names},
        "required": names,
        "additionalProperties": False,
    }


def fidelity(judge: Judge, kind: Kind, name: str, look: str, crop: Frame) -> float | None:
    """How well the crop fits, .1..1 (EntityBench, overall fidelity over ten); None where the judge gives no mark.

    UnavailableError where the judge cannot be reached.
    """
    try:
        answer = judge.ask(question(kind, name, look), schema(kind), [crop], f"entity_{kind}_fidelity")
    except RecordError:
        return None
    mark = answer.get("fidelity")
    if isinstance(mark, bool) or not isinstance(mark, int | float) or not 1 <= mark <= TOP:
        return None
    return float(mark) / TOP
