"""From what a model wrote to the object that was asked for: found in the text, checked, asked for again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from reelkit.errors import RecordError

ATTEMPTS = 3
"""How often a question is put before it counts as unanswered."""
QUOTED = 200
"""Characters of an answer that errors quote."""
THOUGHT = re.compile(r"<think>.*?(</think>|$)", re.DOTALL)


class UnfitError(ValueError):
    """An answer that is not what was asked for."""


def answered(
    generate: Callable[[str], str], prompt: str, schema: Mapping[str, Any], name: str = "", attempts: int = ATTEMPTS
) -> dict[str, Any]:
    """The object that `generate` gives for the prompt, checked against the JSON schema.

    A model at temperature 0 would repeat itself, so it is told what was wrong with its last answer. RecordError after
    `attempts`; generate may raise UnfitError where no text came at all.
    """
    asked, said, wrong = prompt, "", "it was not asked"
    for _ in range(attempts):
        said = ""
        try:
            said = generate(asked)
            return fitting(said, schema)
        except UnfitError as error:
            wrong = str(error)
            told = f"\n\nYour last answer could not be used: {wrong}. Answer again, with the JSON object alone."
            asked = prompt + told
    what = f"the judge's answer to {name or 'a question'} could not be used after {attempts} attempts"
    raise RecordError(f"{what}: {wrong}; the last was {quoted(said)}")


def fitting(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The first JSON object in the text, if it satisfies the schema; UnfitError says what is wrong with it.

    What a model thought aloud (`<think>`), words around the object and code fences are passed over.
    """
    from jsonschema import Draft202012Validator

    found = first_object(THOUGHT.sub("", text))
    if found is None:
        raise UnfitError("it holds no JSON object")
    wrong = next(iter(Draft202012Validator(dict(schema)).iter_errors(found)), None)
    if wrong is not None:
        place = wrong.json_path.removeprefix("$").lstrip(".")
        raise UnfitError(f"{place + ': ' if place else ''}{wrong.message[:QUOTED]}")
    return found


def first_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text; None where there is none."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            start = text.find("{", start + 1)
        else:
            return found if isinstance(found, dict) else None
    return None


def quoted(text: str) -> str:
    """The beginning of a text, for errors."""
    text = " ".join(text.split())
    if not text:
        return "empty"
    return repr(text if len(text) <= QUOTED else text[:QUOTED] + "…")


def with_schema(prompt: str, schema: Mapping[str, Any]) -> str:
    """The prompt for a model that is not held to the schema by its server."""
    return f"{prompt}\n\nAnswer with one JSON object and nothing else. It satisfies this JSON schema:\n{json.dumps(schema)}"
