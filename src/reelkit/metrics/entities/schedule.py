"""What a shot should show: its characters, its scene's place, and the objects that annotations name."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from reelkit.errors import RecordError
from reelkit.metrics.annotated import annotated
from reelkit.metrics.entities.card import Kind
from reelkit.metrics.meters import ClipInfo


class Entity(NamedTuple):
    """Someone or something that shots should show."""

    kind: Kind
    id: str
    name: str
    look: str


class _Described(msgspec.Struct, frozen=True):
    entity: str
    kind: Kind = "object"
    look: str = ""
    movie: str | None = None


class _Scheduled(msgspec.Struct, frozen=True):
    shot: str
    entities: list[str]
    movie: str | None = None


def schedule(info: ClipInfo, annotations: Path | None) -> list[Entity]:
    """The entities of a shot that have a look: the cast, the place of the scene, and what annotations name.

    Annotations are JSON lines: `{"entity": "cup", "kind": "object", "look": "a red tin cup"}` says what something is,
    `{"shot": "s1", "entities": ["cup"]}` where it should be; `movie` narrows either. Raises UnreadableError and
    RecordError where the file is not that, or a shot names an entity that no line describes.
    """
    found = [Entity("character", each.id, each.name, each.look) for each in info.cast if each.look.strip()]
    if info.scene is not None and info.scene.place.strip():
        found.append(Entity("location", info.scene.place, info.scene.place, info.scene.place))
    if annotations is not None:
        known = _described(annotations)
        for name in _named(annotations, info.shot.movie, info.shot.id):
            entity = known.get((info.shot.movie, name), known.get((None, name)))
            if entity is None:
                missing = f'{{"entity": "{name}"}}'
                raise RecordError(f"{annotations}: shot {info.shot.id} names {name}, but no line with {missing} describes it")
            found.append(entity)
    return list({(each.kind, each.id): each for each in found}.values())


def _described(annotations: Path) -> dict[tuple[str | None, str], Entity]:
    lines = annotated(annotations, "entity", _Described)
    return {(one.movie, one.entity): Entity(one.kind, one.entity, one.entity, one.look or one.entity) for one in lines}


def _named(annotations: Path, movie: str, shot: str) -> list[str]:
    lines = annotated(annotations, "entities", _Scheduled)
    named = {one.movie: one.entities for one in lines if one.shot == shot and one.movie in (movie, None)}
    return named.get(movie, named.get(None, []))
