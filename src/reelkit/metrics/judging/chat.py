"""OpenAI's chat format, as far as a judge needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from reelkit.errors import UnavailableError
from reelkit.metrics.judging.pictures import data_url
from reelkit.metrics.meters import Frame

FORMATS = ("json_schema", "json_object", "text")
"""Ways to hold an answer to a schema, the strictest first: a server that refuses one is asked in the next."""


def bare(url: str) -> str:
    """The address without user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def messages(prompt: str, pictures: Sequence[Frame]) -> list[dict[str, Any]]:
    """One message: the pictures, then the words."""
    shown_first = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in pictures]
    content: Any = [*shown_first, {"type": "text", "text": prompt}] if pictures else prompt
    return [{"role": "user", "content": content}]


def response_format(kind: str, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What asks for an answer of this kind, one of `FORMATS`."""
    if kind == "json_schema":
        return {"response_format": {"type": kind, kind: {"name": name or "answer", "schema": dict(schema)}}}
    return {"response_format": {"type": kind}} if kind == "json_object" else {}


def first_choice(reply: Any, url: str) -> Any:
    """The completion; UnavailableError where the reply is none."""
    choices = getattr(reply, "choices", None)
    if not choices:
        raise UnavailableError(f"{bare(url)} does not answer as an OpenAI-compatible server: the address should end in /v1")
    return choices[0]


def said(error: Exception) -> str:
    """An error in one line."""
    return " ".join(str(error).split())[:300]
