"""`reel keyframes`: consistent stills for each shot, drawn from the shot cache, or taken from clips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from reelkit.errors import RecordError
from reelkit.manifest.records import Character, Entry, Keyframe, Shot
from reelkit.stages.chunking import beat_at
from reelkit.stages.options import KeyframesOptions
from reelkit.stages.records import each_record
from reelkit.stages.requests import settled
from reelkit.stages.run import Plan, Setup, StageRun, beats_of, query, require_prompt
from reelkit.stages.shot import require_mode
from reelkit.stages.stills import KEY, extract, take_frames

if TYPE_CHECKING:
    from reelkit.manifest.context import Context
    from reelkit.models import Models
    from reelkit.stages.progress import Progress

STAGE = "keyframes"
PORTRAITS = "portraits"
"""Where a film's drawn portraits lie; as the owner of a seed it is followed by a slash, which no id has."""


def keyframes(
    entries: Iterable[Entry], options: KeyframesOptions, models: Models, progress: Progress | None = None
) -> Iterator[Entry]:
    """Yield every entry, shots with `keyframes`, each as soon as it is done.

    Stills that the user provided stand as they are, and so do those from clips unless `from_clips` takes them
    anew; drawn ones are drawn again where their key changed. With `options.portraits`, characters without a
    portrait gain one.
    """
    return planned_keyframes(entries, options, models, progress, None)


def planned_keyframes(
    entries: Iterable[Entry],
    options: KeyframesOptions,
    models: Models,
    progress: Progress | None,
    plan: Plan | None,
) -> Iterator[Entry]:
    """`keyframes`, or with a plan what it would do."""
    stage = _Keyframes(options, StageRun(STAGE, options, models, progress, plan))
    header = stage.portrait if options.portraits or plan is not None else None
    return each_record(entries, STAGE, options, stage.run.progress, stage.work, stage.run.observe, header)


class _Keyframes:
    def __init__(self, options: KeyframesOptions, run: StageRun) -> None:
        self.options = options
        self.run = run
        self.standing = run.plan is not None and run.plan.standing

    def work(self, entry: Entry, shot: Shot, context: Context) -> Entry:
        """The shot with its stills."""
        ours = {"generated", "clip"} if self.options.from_clips else {"generated"}
        if any(still.source not in ours for still in shot.keyframes):
            return entry
        if self.standing and not shot.keyframes:
            return entry
        if self.options.from_clips:
            return _with(entry, shot, self._from_clip(shot)) if shot.takes else entry
        require_prompt(shot)
        setup = self.run.setup(context.movie(shot.movie), shot, "image")
        bank = list(context.characters(shot.movie).values())
        count = max(self.options.per_shot, len(shot.keyframes))
        stills: list[Keyframe] = []
        for index in range(count):
            stills.append(self._draw(shot, setup, bank, index, count, stills[0] if stills else None))
        return _with(entry, shot, stills)

    def portrait(self, entry: Entry, context: Context) -> Entry:
        """The character with a portrait, drawn unless the user gave one."""
        if entry.kind != "character":
            return entry
        character = entry.character()
        given = [path for path in character.portraits if not self._is_drawn(path)]
        if given or (self.standing and not character.portraits) or not character.look.strip():
            return entry
        setup = self.run.setup(context.movie(character.movie), None, "image")
        look = character.look.strip().rstrip(".")
        text = f"Portrait. {character.name or character.id}, {look}. Plain grey background."
        owner = f"{PORTRAITS}/{character.id}"
        drawn = self.run.maker.make(
            setup.request("still", text, setup.seed(owner, 0, 0)),
            setup.inputs(),
            movie=character.movie,
            shot=PORTRAITS,
            output=f"portrait of {character.id}",
            old_key=self.run.store.absolute(character.portraits[0]).stem if character.portraits else None,
        )
        return entry.replace(portraits=[self.run.store.relative(drawn.path)])

    def _draw(
        self, shot: Shot, setup: Setup, bank: list[Character], index: int, count: int, own: Keyframe | None
    ) -> Keyframe:
        role, seconds = _place(index, count, shot.seconds)
        beats = beats_of(shot)
        cache = self.run.cache(shot.movie)
        shown = cache.retrieve(shot, bank, query(shot), setup.references, own)
        require_mode(setup, 3 if shown else 1)
        request = setup.request(
            "still",
            beats[beat_at(beats, seconds)].prompt,
            setup.seed(f"{shot.id}/still", 0, index),
            references=[still.key for still in shown],
        )
        drawn = self.run.maker.make(
            request,
            setup.inputs(references=[still.path for still in shown]),
            movie=shot.movie,
            shot=shot.id,
            output=f"keyframe {index}",
            old_key=shot.keyframes[index].key if index < len(shot.keyframes) else None,
            certain=all(still.certain for still in shown),
        )
        return Keyframe(
            path=self.run.store.relative(drawn.path),
            seconds=seconds,
            role=role,
            source="generated",
            key=drawn.key,
        )

    def _from_clip(self, shot: Shot) -> list[Keyframe]:
        take = shot.picked
        if take is None:
            raise RecordError("it has no take to take stills from: run `reel shot` first")
        settled(self.options, shot.with_)
        frames = take_frames(self.run.store, shot.movie, shot.id, take, max(1, self.options.per_shot))
        if self.run.plan is not None:
            return list(shot.keyframes)
        return [
            Keyframe(
                path=self.run.store.relative(extract(frame)),
                seconds=round(frame.index / take.fps, 6),
                role=_place(number, len(frames), 0.0)[0],
                source="clip",
                key=frame.key,
            )
            for number, frame in enumerate(frames)
        ]

    def _is_drawn(self, portrait: str) -> bool:
        path = self.run.store.absolute(portrait)
        return path.parent.name == PORTRAITS and KEY.fullmatch(path.stem) is not None


def _with(entry: Entry, shot: Shot, stills: list[Keyframe]) -> Entry:
    """The record with these stills; the very same record where it has them."""
    return entry if stills == shot.keyframes else entry.replace(keyframes=stills)


def _place(index: int, count: int, seconds: float) -> tuple[Literal["start", "end", "reference"], float]:
    """Role and time of a shot's still: the first is its start, the last of several its end."""
    if index == 0:
        return "start", 0.0
    if index == count - 1:
        return "end", seconds
    return "reference", round(seconds * index / (count - 1), 6)
