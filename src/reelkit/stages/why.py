"""`reel why`: which input made an output stale, and what a rerun would redo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from reelkit.errors import UnreadableError
from reelkit.manifest.shards import matches
from reelkit.media.atomic import read_sidecar
from reelkit.media.store import MediaStore
from reelkit.stages.extend import planned_extend
from reelkit.stages.keyframes import planned_keyframes
from reelkit.stages.making import Planned
from reelkit.stages.options import StageOptions, WhyOptions
from reelkit.stages.requests import FrameRequest
from reelkit.stages.run import Plan
from reelkit.stages.shot import planned_shot
from reelkit.stages.stills import spread

if TYPE_CHECKING:
    from reelkit.manifest.records import Entry, Take
    from reelkit.models import Models


S = TypeVar("S", bound=StageOptions)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a request that differs; `before` and `after` as they stand in the canonical request."""

    part: str
    before: Any
    after: Any


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """An output that a rerun would make, and why."""

    movie: str
    shot: str
    stage: str
    """keyframes, shot or extend."""
    output: str
    """`keyframe 0`, `take 0 chunk 2` (attempt and chunk)."""
    old_key: str | None
    """What stands in the manifest; None if nothing does."""
    new_key: str
    changes: tuple[Change, ...] = ()
    certain: bool = True
    """False where `new_key` is a guess: which stills it will look at depends on some not made yet."""


def why(entries: Iterable[Entry], options: WhyOptions, models: Models) -> Iterator[Stale]:
    """Yield every output that the stages would make anew, in the order they would make it.

    Only what the manifest holds already can be stale: a shot without stills has none asked for, and one
    without takes no take; of a take shorter than its plan the missing chunks are named.
    Where a shot must choose among stills of which some are stale themselves, it is foretold on the guess that
    a new still will be as much like the prompt as the old one, and is not `certain`.
    """
    plan = _Foresight()
    stream = planned_keyframes(entries, _asked(options.keyframes), models, None, plan.of(options.keyframes))
    stream = planned_shot(stream, _asked(options.shot), models, None, plan.of(options.shot))
    stream = planned_extend(stream, _asked(options.extend), models, None, plan.of(options.extend))
    for _ in stream:
        for planned, media in plan.taken():
            if matches(options.shots, planned.movie, planned.shot):
                stale = _stale(planned, media)
                if stale is not None:
                    yield stale


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """The parts in which two canonical requests differ, by name."""
    names = dict.fromkeys([*after, *before])
    differing = (name for name in names if before.get(name) != after.get(name))
    return tuple(Change(part=name, before=before.get(name), after=after.get(name)) for name in differing)


class _Foresight:
    """What the stages ask for in a plan, and which output each will replace."""

    def __init__(self) -> None:
        self._asked: list[tuple[Planned, Path]] = []
        self._replaces: dict[str, str] = {}
        self._guessed: set[str] = set()

    def of(self, options: StageOptions) -> Plan:
        """The plan of one stage."""

        def report(planned: Planned) -> None:
            request = planned.request
            if not planned.certain or self._guessed & {*request.references, request.parent, request.start}:
                planned = msgspec.structs.replace(planned, certain=False)
                self._doubt(planned.key, _frames_seen(planned))
            self._asked.append((planned, options.media))
            if planned.old_key is not None and planned.old_key != planned.key:
                self._replaces[planned.key] = planned.old_key
                for index in _frames_seen(planned):
                    new = FrameRequest(clip=planned.key, index=index)
                    self._replaces[new.key] = FrameRequest(clip=planned.old_key, index=index).key

        def doubt(take: Take) -> None:
            self._doubt(take.key, spread(take.frames, 3))

        return Plan(report, self._replaces.get, doubt, standing=True)

    def _doubt(self, key: str, frames: Iterable[int]) -> None:
        """Whatever looks at this output or its frames is a guess."""
        self._guessed.add(key)
        self._guessed.update(FrameRequest(clip=key, index=index).key for index in frames)

    def taken(self) -> list[tuple[Planned, Path]]:
        """What was asked since the last call."""
        asked, self._asked = self._asked, []
        return asked


def _asked(options: S) -> S:
    """Options of a foresight: nothing is forced, nothing passes unplanned."""
    return msgspec.structs.replace(options, force=False, dry_run=False, fail_fast=False)


def _frames_seen(planned: Planned) -> Iterable[int]:
    """Frames by which later shots may see a first chunk."""
    if planned.request.output != "chunk" or planned.request.parent is not None:
        return ()
    return spread(planned.request.frames, 3)


def _stale(planned: Planned, media: Path) -> Stale | None:
    """What differs from the output in the manifest; None where it stands and is on disk."""
    if planned.key == planned.old_key and planned.committed:
        return None
    after = msgspec.json.decode(msgspec.json.encode(planned.request))
    differing: tuple[Change, ...] = ()
    if planned.key == planned.old_key:
        differing = (Change(part="media", before="made", after="missing"),)
    elif planned.old_key is not None:
        old = MediaStore(media).path_for(planned.movie, planned.shot, planned.old_key, ".json")
        try:
            differing = changes(read_sidecar(old).get("request", {}), after)
        except UnreadableError:
            differing = (Change(part="sidecar", before="missing", after=after),)
    return Stale(
        movie=planned.movie,
        shot=planned.shot,
        stage=planned.stage,
        output=planned.output,
        old_key=planned.old_key,
        new_key=planned.key,
        changes=differing,
        certain=planned.certain,
    )
