"""Many manifests, such as the shards of a batch, to one that is in order."""

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import msgspec
from msgspec import Raw, Struct

from reelkit.manifest import overlay
from reelkit.manifest.records import Entry

KIND_ORDER = {"movie": 0, "character": 1, "scene": 2, "shot": 3, "score": 4, "cut": 5}
"""Where a kind stands within its movie; kinds we do not know come last."""


class _Place(Struct):
    """Where an identity's line lies in the spool, and where it will stand: `order` for shots only."""

    offset: int
    length: int
    where: str
    order: float


class _Keyed(Struct):
    key: str = ""


def merge(manifests: Sequence[Iterable[Entry]]) -> Iterator[Entry]:
    """One entry an identity: film by film its movie, characters, scenes, shots by `order`, scores, cuts.

    Films, and records other than shots, keep the order in which they first come. The last repeat stands, but
    a shot with takes beats one without, then one with keyframes one without. Behind its own takes, so that
    `pick` holds, it is given the takes of its repeats that it lacks (by key). Lines wait in a temporary file;
    memory holds an index of some hundred bytes a record.
    """
    with TemporaryFile() as spool:
        places: dict[tuple[str, str, str], _Place] = {}
        for manifest in manifests:
            for entry in manifest:
                place = places.get(entry.identity)
                if place is not None and entry.kind == "shot":
                    entry = _reconcile(_fetch(spool, place), entry)
                places[entry.identity] = _keep(spool, entry)
        films = {movie: place for place, movie in enumerate(dict.fromkeys(movie for _, movie, _ in places))}

        def position(identity: tuple[str, str, str]) -> tuple[int, int, float, str]:
            kind, movie, id = identity
            by_order = (places[identity].order, id) if kind == "shot" else (0.0, "")
            return (films[movie], KIND_ORDER.get(kind, len(KIND_ORDER)), *by_order)

        for identity in sorted(places, key=position):
            yield _fetch(spool, places[identity])


def _keep(spool: IO[bytes], entry: Entry) -> _Place:
    line = entry.encode()
    offset = spool.seek(0, 2)
    spool.write(line)
    return _Place(offset, len(line), entry.where, _order(entry))


def _fetch(spool: IO[bytes], place: _Place) -> Entry:
    spool.seek(place.offset)
    return Entry(msgspec.json.decode(spool.read(place.length), type=dict[str, Raw]), place.where)


def _reconcile(earlier: Entry, later: Entry) -> Entry:
    """The shot that stands of two, with the takes of both."""
    stands, yields = (later, earlier) if _made(later) >= _made(earlier) else (earlier, later)
    own, others = _takes(stands), _takes(yields)
    keys = {_key(take) for take in own}
    lacked = [take for take in others if _key(take) not in keys]
    return stands.replace(takes=Raw(overlay.encode(own + lacked))) if lacked else stands


def _made(shot: Entry) -> tuple[bool, bool]:
    return (bool(_takes(shot)), bool(_list(shot, "keyframes")))


def _takes(shot: Entry) -> list[Raw]:
    return _list(shot, "takes")


def _list(shot: Entry, field: str) -> list[Raw]:
    try:
        return msgspec.json.decode(shot.raw.get(field, b"[]"), type=list[Raw])
    except msgspec.DecodeError:
        return []


def _key(take: Raw) -> str:
    """The take's key, or where it has none its text, so that no take is lost."""
    try:
        return msgspec.json.decode(take, type=_Keyed).key or bytes(take).decode()
    except msgspec.DecodeError:
        return bytes(take).decode()


def _order(entry: Entry) -> float:
    try:
        return msgspec.json.decode(entry.raw["order"], type=float)
    except (KeyError, msgspec.DecodeError):
        return float("inf")
