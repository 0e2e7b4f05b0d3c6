"""What a judge is asked of a script: which lines ask, how each sounds, which announce a deed, what happens.

CML-Bench asks gemma-2-2b-it line by line, in words of its own. Here one question holds up to twenty lines, and the answer
names a label for each number. A question that is not answered leaves its lines without a label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from reelkit.metrics.judging.judge import Judge
from reelkit.metrics.judging.tally import Asked

LINES = 20
"""Lines in one question."""
LONGEST = 500
"""Characters of a line that the judge is shown (CML-Bench)."""
SCENE = 2000
"""Characters of a scene's text that it is shown for events (CML-Bench)."""
STORY = 25_000
"""Characters of all scenes together. CML-Bench means as many, and then shows its model no more than the first 1,700 or so,
because it takes a limit of tokens for one of characters."""
EVENT_WORDS = range(2, 25)
SENTIMENTS = {"positive": 1, "neutral": 0, "negative": -1}

_ASKS = (
    "These are lines spoken in a film, numbered, in their order. Say of each whether the speaker asks something of someone "
    "(yes) or does not (no). A request for an answer counts even without a question mark."
)
_SOUNDS = (
    "These are lines spoken by {character} in a film, numbered, in their order. Say of each which feeling it carries: "
    "positive, negative, or neutral where it is neither or both."
)
_INTENDS = (
    "These are lines spoken in a film, numbered, in their order. Say of each whether the speaker plainly means, plans or badly "
    "wants to do something that could be seen being done (yes), or not (no)."
)
_EVENTS = (
    "Below are the places and descriptions of a film's scenes, in their order. Which events carry its plot? Give them in the "
    "order in which they happen, each as one plain sentence of two to fifteen words."
)


def asking(asked: Asked, judge: Judge, lines: Sequence[str]) -> list[bool | None]:
    """Of each line whether it is a question; None where the judge did not say."""
    return [_yes(label) for label in _labels(asked, judge, _ASKS, lines, ("yes", "no"), "cml_dc2")]


def sentiments(asked: Asked, judge: Judge, character: str, lines: Sequence[str]) -> list[int | None]:
    """Of each line of a character +1, 0 or -1; None where the judge did not say."""
    question = _SOUNDS.format(character=character)
    found = _labels(asked, judge, question, lines, tuple(SENTIMENTS), "cml_cc1")
    return [None if label is None else SENTIMENTS.get(label) for label in found]


def intending(asked: Asked, judge: Judge, lines: Sequence[str]) -> list[bool | None]:
    """Of each line whether it announces a deed; None where the judge did not say."""
    return [_yes(label) for label in _labels(asked, judge, _INTENDS, lines, ("yes", "no"), "cml_cc3")]


def events(asked: Asked, judge: Judge, texts: Sequence[str]) -> list[str]:
    """The key events that the judge finds in the scenes' texts; those of one word or of 25 and more are left out."""
    story = "\n---\n".join(text[:SCENE] for text in texts)[:STORY]
    schema = {
        "type": "object",
        "properties": {"events": {"type": "array", "items": {"type": "string"}}},
        "required": ["events"],
        "additionalProperties": False,
    }
    found = asked.put(lambda: judge.ask(f"{_EVENTS}\n\n{story}", schema, name="cml_pr2")) or {}
    told = [" ".join(str(event).split()) for event in found.get("events", ())]
    return [event for event in told if len(event.split()) in EVENT_WORDS]


def numbered_schema(count: int, labels: Sequence[str]) -> dict[str, Any]:
    """An object with one of the labels for each of the numbers 1 to `count`."""
    names = [str(number) for number in range(1, count + 1)]
    return {
        "type": "object",
        "properties": {name: {"type": "string", "enum": list(labels)} for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _labels(
    asked: Asked, judge: Judge, question: str, lines: Sequence[str], labels: Sequence[str], name: str
) -> Iterator[str | None]:
    for start in range(0, len(lines), LINES):
        some = [" ".join(line[:LONGEST].split()) for line in lines[start : start + LINES]]
        told = "\n".join(f"{number}. {line}" for number, line in enumerate(some, 1))
        ask: Callable[[], Mapping[str, Any]] = partial(
            judge.ask, f"{question}\n\n{told}", numbered_schema(len(some), labels), name=name
        )
        found = asked.put(ask) or {}
        for number in range(1, len(some) + 1):
            yield found.get(str(number))


def _yes(label: str | None) -> bool | None:
    return None if label is None else label == "yes"
