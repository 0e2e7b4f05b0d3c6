"""A short film as entries, and what a test asks of the entries that come back."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reelkit.manifest.records import Entry, Shot
from reelkit.manifest.streams import EntryWriter, read_entries

SHOTS = (
    ("s01-001", "s01", 1.0, ["mara"], "Wide shot, dolly in. EXT. LIGHTHOUSE - DUSK. Mara walks."),
    ("s01-002", "s01", 2.5, ["mara", "olav"], "Medium shot, static. EXT. LIGHTHOUSE - DUSK. Olav waits."),
    ("s02-001", "s02", 0.5, ["olav"], "Close-up shot, static. INT. KITCHEN - NIGHT. Olav drinks."),
    ("s02-002", "s02", 4.0, ["mara", "olav"], "Full shot, pan left. INT. KITCHEN - NIGHT. Mara sits."),
)


def film(movie: str = "lighthouse", **changes: dict[str, Any]) -> list[Entry]:
    """Headers and four shots; `changes` maps a shot's id (with _ for -) to fields that replace its own."""
    records: list[dict[str, Any]] = [
        {"kind": "movie", "id": movie, "title": "The Lighthouse", "style": "soft light", "seed": 7},
        {"kind": "character", "id": "mara", "movie": movie, "name": "Mara", "look": "a red coat"},
        {"kind": "character", "id": "olav", "movie": movie, "name": "Olav", "look": "a grey beard"},
        {"kind": "scene", "id": "s01", "movie": movie, "heading": "EXT. LIGHTHOUSE - DUSK"},
        {"kind": "scene", "id": "s02", "movie": movie, "heading": "INT. KITCHEN - NIGHT"},
    ]
    for order, (id, scene, seconds, characters, prompt) in enumerate(SHOTS, 1):
        record = {
            "kind": "shot",
            "id": id,
            "movie": movie,
            "scene": scene,
            "order": order,
            "prompt": prompt,
            "characters": characters,
            "seconds": seconds,
            "beats": [],
            "keyframes": [],
            "takes": [],
            "pick": None,
            "error": None,
        }
        records.append({**record, **changes.get(id.replace("-", "_"), {})})
    return entries(records)


def entries(records: Iterable[dict[str, Any]]) -> list[Entry]:
    """Records as a stage reads them."""
    text = "".join(json.dumps(record) + "\n" for record in records)
    return load(text.encode())


def load(text: bytes) -> list[Entry]:
    """A manifest's entries; a line that is none fails the test."""

    def reject(reject: Any) -> None:
        raise AssertionError(reject)

    return list(read_entries(io.BytesIO(text), "film.jsonl", reject))


def dump(manifest: Iterable[Entry]) -> bytes:
    """Entries as a manifest's bytes."""
    stream = io.BytesIO()
    writer = EntryWriter(stream)
    for entry in manifest:
        writer.write(entry)
    return stream.getvalue()


def through_jq(manifest: Iterable[Entry], **changes: dict[str, Any]) -> list[Entry]:
    """The manifest as jq would leave it: 4.0 becomes 4; `changes` as for `film`."""

    def whole(text: str) -> float | int:
        value = float(text)
        return int(value) if value.is_integer() else value

    records = [json.loads(entry.encode(), parse_float=whole) for entry in manifest]
    for record in records:
        if record["kind"] == "shot":
            record.update(changes.get(record["id"].replace("-", "_"), {}))
    return entries(records)


def shots(manifest: Iterable[Entry]) -> dict[str, Shot]:
    """The shots by id; one that carries an error fails the test."""
    found = {}
    for entry in manifest:
        if entry.kind == "shot":
            assert entry.error is None, entry.error
            found[entry.id] = entry.shot()
    return found


def media_hashes(media: Path) -> dict[str, str]:
    """Content of every finished file below `media`, by relative path; `.part` files are left out."""
    return {
        path.relative_to(media).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(media.rglob("*"))
        if path.is_file() and path.suffix != ".part" and path.name != "file-keys.json"
    }
