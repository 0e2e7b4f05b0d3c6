"""Entries from JSON text, for the tests of this folder."""

import io
import json
from typing import Any

from reelkit.manifest.records import Entry
from reelkit.manifest.streams import Reject, read_entries


def read(content: bytes, **options: Any) -> tuple[list[Entry], list[Reject]]:
    """Entries and rejects of a manifest called film.jsonl."""
    rejects: list[Reject] = []
    return list(read_entries(io.BytesIO(content), "film.jsonl", rejects.append, **options)), rejects


def entry(line: str | dict[str, Any]) -> Entry:
    """The one entry of a line."""
    (only,), rejects = read((line if isinstance(line, str) else json.dumps(line)).encode())
    assert not rejects
    return only


def movie(id: str = "film", **fields: Any) -> Entry:
    return entry({"kind": "movie", "id": id, **fields})


def shot(id: str, order: int, movie: str = "film", **fields: Any) -> Entry:
    return entry({"kind": "shot", "id": id, "movie": movie, "order": order, **fields})
