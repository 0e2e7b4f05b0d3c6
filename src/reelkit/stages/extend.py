"""`reel extend`: grows takes to their planned length, beat by beat, in mode 2 (no shot cache) or 4 (one)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.errors import RecordError
from reelkit.manifest.records import Beat, Chunk, Entry, Shot, Take
from reelkit.stages.chunking import beat_at, midpoint, plan_frames
from reelkit.stages.making import LATENT_SUFFIX, Made
from reelkit.stages.options import ExtendOptions
from reelkit.stages.records import each_record
from reelkit.stages.requests import OutputRequest
from reelkit.stages.run import Plan, Setup, StageRun, beats_of
from reelkit.stages.shot import require_mode
from reelkit.stages.stills import extract, still_key, take_frames
from reelkit.stages.takes import attempt_of, chunk_path, joined, replaced, with_made

if TYPE_CHECKING:
    from reelkit.manifest.context import Context
    from reelkit.models import Models
    from reelkit.stages.progress import Progress

STAGE = "extend"


def extend(
    entries: Iterable[Entry], options: ExtendOptions, models: Models, progress: Progress | None = None
) -> Iterator[Entry]:
    """Yield every entry, shots with takes as long as their plan, each as soon as it is done.

    A longer take replaces its predecessor in the record and names it as `parent`; where a chunk that stands
    was made under another prompt or option, the take is left and a new one appended. Each chunk is handed the
    latents of the newest few before it, so its cost does not depend on how long the shot is.
    """
    return planned_extend(entries, options, models, progress, None)


def planned_extend(
    entries: Iterable[Entry],
    options: ExtendOptions,
    models: Models,
    progress: Progress | None,
    plan: Plan | None,
) -> Iterator[Entry]:
    """`extend`, or with a plan what it would do."""
    stage = _Extensions(options, StageRun(STAGE, options, models, progress, plan))
    return each_record(entries, STAGE, options, stage.run.progress, stage.work)


class _Growth(msgspec.Struct, frozen=True):
    """A take that is being grown, and what that follows from."""

    shot: Shot
    take: Take
    setup: Setup
    attempt: int
    beats: Sequence[Beat]

    @property
    def mode(self) -> int:
        """FilmWeaver's number: with the shot cache if there is one and the model can, else the temporal cache alone."""
        return 4 if self.take.shot_cache and 4 in self.setup.card.modes and self.setup.options.top_k > 0 else 2


class _Extensions:
    def __init__(self, options: ExtendOptions, run: StageRun) -> None:
        self.options = options
        self.run = run

    def work(self, entry: Entry, shot: Shot, context: Context) -> Entry:
        """The shot with its picked take, or all of them, as long as the plan."""
        if not shot.takes:
            self.run.progress.note("info", entry.describe("it has no take to extend; `reel shot` makes one"))
            return entry
        setup = self.run.setup(context.movie(shot.movie), shot, "video")
        picked = shot.pick if shot.pick is not None and shot.pick < len(shot.takes) else 0
        chosen = range(len(shot.takes)) if self.options.all_takes else [picked]
        growing = [index for index in chosen if self._may_grow(shot, index, setup, strict=index == picked)]
        if not growing:
            return entry
        if self.options.prompt is not None or self.options.seconds is not None:
            shot = self._longer(shot, [shot.takes[index] for index in growing], setup)
            entry = entry.replace(seconds=shot.seconds, beats=shot.beats)
        for index in growing:
            take = self._grown(shot, index, setup)
            entry = self._put(entry, index, take, picked)
        return entry

    def _may_grow(self, shot: Shot, index: int, setup: Setup, *, strict: bool) -> bool:
        """Whether a take is ours to extend; where it is what was asked for by name and is not, say so."""
        take = shot.takes[index]
        asked = strict and (self.options.prompt is not None or self.options.seconds is not None)
        if take.locked or not take.chunks:
            if asked:
                what = "locked: unlock it" if take.locked else "a file: pick a generated one"
                raise RecordError(f"take {index} is {what} to go on from it")
            return False
        if take.revision is not None and take.revision != setup.card.revision:
            if strict:
                raise RecordError(
                    f"take {index} was made by {take.model} {take.revision[:12]}, and another model cannot go on from "
                    f"it, nor {setup.options.model} {setup.card.revision[:12]}: extend with its own model, or make the "
                    "take anew with this one (`reel shot`)"
                )
            return False
        return True

    def _longer(self, shot: Shot, takes: Sequence[Take], setup: Setup) -> Shot:
        """The shot with the asked seconds behind its plan, its last beat stretched to the end of the footage.

        So nothing of the finished take is trimmed before it goes on, and no standing chunk changes its beat.
        """
        filled = [(take, setup.grid.filled(plan_frames(shot.seconds, take.fps))) for take in takes]
        end = max(max(take.frames, frames) / take.fps for take, frames in filled)
        more = setup.grid.later / setup.fps if self.options.seconds is None else self.options.seconds
        if more <= 0:
            raise RecordError(f"--seconds {more:g} goes on for no time: give more than 0")
        beats = list(beats_of(shot))
        before = sum(beat.seconds for beat in beats[:-1])
        beats[-1] = msgspec.structs.replace(beats[-1], seconds=round(max(end - before, beats[-1].seconds), 6))
        prompt = beats[-1].prompt if self.options.prompt is None else self.options.prompt
        total = round(sum(beat.seconds for beat in beats) + more, 6)
        return msgspec.structs.replace(shot, beats=[*beats, Beat(prompt, more)], seconds=total)

    def _grown(self, shot: Shot, index: int, setup: Setup) -> Take:
        """The take that the plan asks for, on the first chunk of take `index`."""
        take = shot.takes[index]
        setup = msgspec.structs.replace(setup, fps=take.fps, width=take.width, height=take.height)
        growth = _Growth(shot, take, setup, attempt_of(self.run.store, shot, index, setup), beats_of(shot))
        chain, made = [take.chunks[0]], [self._first(shot, take)]
        have, plan = take.chunks[0].frames, plan_frames(shot.seconds, take.fps)
        same = True
        while frames := setup.grid.growth(have, plan):
            standing = take.chunks[len(chain)] if same and len(chain) < len(take.chunks) else None
            request = self._request(growth, chain, have, standing.frames if standing is not None else frames)
            if standing is not None and request.key != standing.key:
                same = False
                request = self._request(growth, chain, have, frames)
            made.append(self._make(growth, chain, request))
            chain.append(Chunk(request.key, _mode(request), request.prompt, request.seed, request.frames))
            have += request.frames
        if same and len(chain) < len(take.chunks):
            return take
        key, path = joined(self.run.store, shot, chain, write=self.run.plan is None, force=self.options.force)
        if key == take.key:
            return take
        grown = msgspec.structs.replace(
            take,
            key=key,
            path=self.run.store.relative(path),
            parent=take.key,
            chunks=chain,
            frames=sum(chunk.frames for chunk in chain),
            steps=take.steps if take.steps == setup.options.steps else None,
            scores={},
        )
        return with_made(grown, made)

    def _first(self, shot: Shot, take: Take) -> Made:
        """The chunk that a take begins with; a plan does not need it on disk."""
        chunk = take.chunks[0]
        path = chunk_path(self.run.store, shot, chunk.key)
        made = self.run.maker.committed(path, chunk=True)
        if made is not None:
            return made
        if self.run.plan is None:
            raise RecordError(f"its first chunk {path} is missing: run `reel shot` to make it again")
        return Made(
            key=chunk.key, path=path, frames=chunk.frames, fps=take.fps, width=take.width, height=take.height
        )

    def _request(self, growth: _Growth, chain: Sequence[Chunk], have: int, frames: int) -> OutputRequest:
        """The chunk of so many frames after `chain`, which has `have`: under the beat at its midpoint."""
        begins = growth.setup.card.start
        stills = [key for key, _ in self._stills(growth, len(chain))]
        middle = midpoint(have, frames, growth.take.fps)
        return growth.setup.request(
            "chunk",
            growth.beats[beat_at(growth.beats, middle)].prompt,
            growth.setup.seed(growth.shot.id, growth.attempt, len(chain)),
            frames=frames,
            references=[] if begins else stills,
            start=stills[0] if begins and stills else None,
            parent=chain[-1].key,
            match=self.options.match == "on",
        )

    def _make(self, growth: _Growth, chain: Sequence[Chunk], request: OutputRequest) -> Made:
        """The chunk itself, from the latents of the newest few before it and the take's own shot cache."""
        require_mode(growth.setup, growth.mode)
        if self._is_anchored(growth, len(chain)):
            require_anchor(growth.setup)
        seen = growth.setup.grid.visible([chunk.frames for chunk in chain])
        store, shot, number = self.run.store, growth.shot, len(chain)
        stills = [path for _, path in self._stills(growth, number, extracted=self.run.plan is None)]
        begins = growth.setup.card.start
        return self.run.maker.make(
            request,
            growth.setup.inputs(
                references=[] if begins else stills,
                start=stills[0] if begins and stills else None,
                history=[chunk_path(store, shot, c.key).with_suffix(LATENT_SUFFIX) for c in chain[-seen:]],
            ),
            movie=shot.movie,
            shot=shot.id,
            output=f"take {growth.attempt} chunk {number}",
            old_key=_predecessor(growth, number),
            place={"take": growth.attempt, "chunk": number},
        )

    def _stills(self, growth: _Growth, number: int, *, extracted: bool = False) -> list[tuple[str, Path]]:
        """Key and file of every still that chunk `number` is shown: those of the take's first chunk, if the model can.

        An anchored chunk is shown the shot's own opening before them.
        """
        store, card = self.run.store, growth.setup.card
        own: list[tuple[str, Path]] = []
        if self._is_anchored(growth, number) and card.max_references:
            first = take_frames(store, growth.shot.movie, growth.shot.id, growth.take, 1)[0]
            own = [(first.key, extract(first) if extracted else first.path)]
        if growth.mode != 4:
            return own
        files = [(still.key, store.absolute(still.path)) for still in growth.take.shot_cache]
        shown = [(key or still_key(store, path), path) for key, path in files]
        most = 1 if card.start else card.max_references
        return [*own, *shown][:most]

    def _is_anchored(self, growth: _Growth, number: int) -> bool:
        """Whether chunk `number` goes back to the shot's own opening."""
        return bool(self.options.anchor) and number % self.options.anchor == 0

    def _put(self, entry: Entry, index: int, take: Take, picked: int) -> Entry:
        """The record with the grown take: in its predecessor's place, or appended where it branches off."""
        takes = entry.shot().takes
        keys = [standing.key for standing in takes]
        if take.key in keys:  # an edit that was taken back
            stands = keys.index(take.key)
            return entry.replace(pick=stands) if index == picked != stands else entry
        before = [chunk.key for chunk in takes[index].chunks]
        if [chunk.key for chunk in take.chunks[: len(before)]] == before:
            return replaced(entry, index, take)
        return entry.replace(takes=[*takes, take], **({"pick": len(takes)} if index == picked else {}))


def _mode(request: OutputRequest) -> int:
    """FilmWeaver's number of an extension, by what it is shown."""
    return 4 if request.references or request.start else 2


def require_anchor(setup: Setup) -> None:
    """Refuse what the model's card says it cannot do: look at a still while it extends."""
    if 4 not in setup.card.modes or not setup.card.max_references:
        raise RecordError(
            f"{setup.options.model} takes no references while it extends, so it cannot go back to the shot's opening: "
            "leave out --anchor, or name a model that takes references and has mode 4 (Wan VACE, MiniMax-H3, the weaver)"
        )


def _predecessor(growth: _Growth, number: int) -> str | None:
    """The chunk in the record that this one stands for: the take's own, else one of the same attempt."""
    seed = growth.take.chunks[0].seed
    kin = [take for take in growth.shot.takes if take.chunks and take.chunks[0].seed == seed]
    for take in [growth.take, *reversed(kin)]:
        if len(take.chunks) > number:
            return take.chunks[number].key
    return None
