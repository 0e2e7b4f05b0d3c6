"""Writing new values over JSON text so that whatever the new values do not speak of stays, byte for byte."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from reelkit.manifest.plain import plain

encode = msgspec.json.Encoder(enc_hook=plain).encode


def blend(old: Raw | None, new: Any) -> Raw:
    """`new` as JSON, keeping the text of every value in `old` that it repeats or does not speak of.

    A struct speaks of its own fields only, so the unknown fields of the object it replaces stay; in a list of
    structs each takes the place of the old object with the same `key`, else of an equal one, else (in a list
    of the same length) of the one at its index.
    """
    try:
        if old is None or isinstance(new, Raw):
            return Raw(encode(new))
        if isinstance(new, Struct):
            return _blend_struct(old, new)
        if isinstance(new, list | tuple) and new and all(isinstance(item, Struct) for item in new):
            return _blend_structs(old, new)
        if isinstance(new, dict) and all(isinstance(key, str) for key in new):
            fields = msgspec.json.decode(old, type=dict[str, Raw])
            return Raw(encode({key: blend(fields.get(key), value) for key, value in new.items()}))
        text = encode(new)
        return old if encode(msgspec.json.decode(old)) == text else Raw(text)
    except msgspec.DecodeError:
        return Raw(encode(new))


def _blend_struct(old: Raw, new: Struct) -> Raw:
    fields = msgspec.json.decode(old, type=dict[str, Raw])
    before = msgspec.json.decode(old, type=type(new))
    for name, encoded in zip(new.__struct_fields__, new.__struct_encode_fields__, strict=True):
        value = getattr(new, name)
        if value != getattr(before, name):
            fields[encoded] = blend(fields.get(encoded), value)
    return Raw(encode(fields))


def _blend_structs(old: Raw, new: Sequence[Struct]) -> Raw:
    olds: list[Raw | None] = [*msgspec.json.decode(old, type=list[Raw])]
    views = [_view(item, type(new[0])) for item in olds if item is not None]
    same_length = len(olds) == len(new)
    places = [_place(item, views) for item in new]
    taken: set[int] = set()
    blended = []
    for index, (item, place) in enumerate(zip(new, places, strict=True)):
        if place is None and same_length and index not in places and not getattr(item, "key", None):
            place = index
        if place in taken:
            place = None
        if place is not None:
            taken.add(place)
        blended.append(blend(None if place is None else olds[place], item))
    return Raw(encode(blended))


def _place(item: Struct, views: Sequence[Struct | None]) -> int | None:
    """Which of the old objects `item` is a new version of."""
    key = getattr(item, "key", None)
    for index, view in enumerate(views):
        if view is not None and (getattr(view, "key", None) == key if key else view == item):
            return index
    return None


def _view(item: Raw, type: type[Struct]) -> Struct | None:
    try:
        return msgspec.json.decode(item, type=type)
    except msgspec.DecodeError:
        return None
