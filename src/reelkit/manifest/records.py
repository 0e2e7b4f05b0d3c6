"""`Entry`: one line of a manifest, decoded no further than it is used. The kinds of record are in `kinds`."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from reelkit.errors import RecordError
from reelkit.manifest import overlay
from reelkit.manifest.kinds import (
    HEADERS,
    RECORDS,
    Beat,
    Character,
    Chunk,
    Cut,
    Failure,
    Keyframe,
    Line,
    Movie,
    Record,
    Reference,
    Scene,
    Score,
    Shot,
    Take,
    Verdict,
)

__all__ = [
    "HEADERS",
    "RECORDS",
    "Beat",
    "Character",
    "Chunk",
    "Cut",
    "Entry",
    "Failure",
    "Keyframe",
    "Line",
    "Movie",
    "Record",
    "Reference",
    "Scene",
    "Score",
    "Shot",
    "Take",
    "Verdict",
]

V = TypeVar("V", bound=Struct)


class Entry:
    """One line of a manifest: its identity, and its fields as the JSON text they came in.

    `raw` maps each field to its bytes in their original order. An Entry is a value: `replace`, `fail` and
    `clear_error` give a new one in which every value they do not name is verbatim.
    """

    __slots__ = ("_view", "id", "kind", "movie", "raw", "where")

    def __init__(self, raw: Mapping[str, Raw], where: str = "") -> None:
        """`where` is "file:line"; a ValueError says which part of the identity is missing."""
        self.raw: dict[str, Raw] = dict(raw)
        self.where = where
        self.kind = self._name("kind")
        self.id = self._name("id")
        self.movie = self.id if self.kind == "movie" else self._name("movie", required=False)
        self._view: Struct | None = None

    @classmethod
    def of(cls, record: Record, where: str = "") -> "Entry":
        """The line that says what `record` says."""
        return cls(msgspec.json.decode(overlay.encode(record), type=dict[str, Raw]), where)

    @property
    def identity(self) -> tuple[str, str, str]:
        """(kind, movie, id): where a line repeats one, the last stands."""
        return (self.kind, self.movie, self.id)

    @property
    def is_header(self) -> bool:
        """Whether shots after it may need it."""
        return self.kind in HEADERS

    @property
    def error(self) -> Failure | None:
        """What an earlier stage, or an earlier run of this one, could not do with the record."""
        raw = self.raw.get("error")
        if raw is None or bytes(raw) == b"null":
            return None
        try:
            return msgspec.json.decode(raw, type=Failure)
        except msgspec.DecodeError:
            return Failure(stage="", type="unknown", message=bytes(raw).decode("utf-8", "replace"))

    def failed_elsewhere(self, stage: str) -> bool:
        """Whether a stage other than `stage` failed it, so that `stage` should let it pass."""
        error = self.error
        return error is not None and error.stage != stage

    def movie_record(self) -> Movie:
        return self.view(Movie)

    def character(self) -> Character:
        return self.view(Character)

    def scene(self) -> Scene:
        return self.view(Scene)

    def shot(self) -> Shot:
        return self.view(Shot)

    def score(self) -> Score:
        return self.view(Score)

    def cut(self) -> Cut:
        return self.view(Cut)

    def view(self, record: type[V]) -> V:
        """The line as a typed record; a RecordError names the line, the record, the field and the reason."""
        if type(self._view) is record:
            return self._view
        try:
            view = msgspec.json.decode(overlay.encode(self.raw), type=record)
        except (msgspec.DecodeError, RecursionError) as exc:
            raise RecordError(self.describe(reason_of(exc))) from exc
        self._view = view
        return view

    def describe(self, reason: str) -> str:
        """`reason` with the line and the record in front: "film.jsonl:12: shot lighthouse/s01-001: ..."."""
        place = f"{self.where}: " if self.where else ""
        name = self.id if self.kind == "movie" else f"{self.movie}/{self.id}"
        return f"{place}{self.kind} {name}: {reason}"

    def _name(self, field: str, required: bool = True) -> str:
        raw = self.raw.get(field)
        if raw is None:
            if required:
                raise ValueError(f"it has no `{field}`, so no identity")
            return ""
        name = msgspec.json.decode(raw)
        if not isinstance(name, str) or not name:
            raise ValueError(f"its `{field}` is {bytes(raw)[:40].decode('utf-8', 'replace')}, not a name")
        return name

    def replace(self, **fields: Any) -> "Entry":
        """The line with these fields set; unknown fields inside their takes and keyframes survive too."""
        raw = dict(self.raw)
        for name, value in fields.items():
            name = name.rstrip("_")
            raw[name] = overlay.blend(raw.get(name), value)
        return Entry(raw, self.where)

    def fail(self, stage: str, exc: BaseException) -> "Entry":
        """The line saying that `stage` could not do its work on it."""
        message = str(exc) or type(exc).__name__
        failure = Failure(stage=stage, type=type(exc).__name__, message=message)
        return self.replace(error=Raw(overlay.encode(failure)))

    def clear_error(self, stage: str) -> "Entry":
        """The line without the error of an earlier run of `stage`; another stage's error stays."""
        error = self.error
        return self.replace(error=None) if error is not None and error.stage == stage else self

    def encode(self) -> bytes:
        """One line of JSON without its newline."""
        return overlay.encode(self.raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self.encode() == other.encode()

    def __hash__(self) -> int:
        return hash(self.identity)

    def __repr__(self) -> str:
        return f"<Entry {self.kind} {self.movie}/{self.id} at {self.where or 'no file'}>"


def reason_of(exc: Exception) -> str:
    """msgspec's reason with the field in front: "`seconds`: Expected `float` > 0.0"."""
    if isinstance(exc, RecursionError):
        return "it is nested too deeply"
    reason, _, path = str(exc).partition(" - at `")
    path = re.sub(r"^\$\.?", "", path.removesuffix("`"))
    return f"`{path}`: {reason}" if path else reason
