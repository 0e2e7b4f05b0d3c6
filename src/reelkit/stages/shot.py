"""`reel shot`: the first chunk of each shot, in mode 1 (nothing to look at) or 3 (a shot cache)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reelkit.errors import GateError, RecordError
from reelkit.manifest.records import Character, Chunk, Entry, Keyframe, Reference, Shot, Take
from reelkit.stages.chunking import plan_frames
from reelkit.stages.making import Made
from reelkit.stages.options import ShotOptions
from reelkit.stages.records import each_record
from reelkit.stages.requests import OutputRequest
from reelkit.stages.retrieval import Retrieved
from reelkit.stages.retrying import JUDGED, TakeGate, all_refused, was_refused
from reelkit.stages.run import Plan, Setup, StageRun, beats_of, query, require_prompt
from reelkit.stages.stills import keyframe_key, take_frames
from reelkit.stages.takes import attempt_of, with_made

if TYPE_CHECKING:
    from reelkit.manifest.context import Context
    from reelkit.models import Models
    from reelkit.stages.progress import Progress

STAGE = "shot"


def shot(
    entries: Iterable[Entry], options: ShotOptions, models: Models, progress: Progress | None = None
) -> Iterator[Entry]:
    """Yield every entry, shots with `takes` and `pick`, each as soon as it is done.

    An attempt whose first chunk stands in the record is not made again, however far it was extended; one
    whose key changed is appended. The pick stays while its take is what would be made now, and else goes to
    one that is, so that an edit taken back brings its take back. A locked take, or a picked one that is the
    user's file, leaves its shot be.
    """
    return planned_shot(entries, options, models, progress, None)


def planned_shot(
    entries: Iterable[Entry],
    options: ShotOptions,
    models: Models,
    progress: Progress | None,
    plan: Plan | None,
) -> Iterator[Entry]:
    """`shot`, or with a plan what it would do."""
    stage = _Shots(options, StageRun(STAGE, options, models, progress, plan))
    mends = was_refused if options.retry_until_pass and plan is None else _nothing
    return each_record(entries, STAGE, options, stage.run.progress, stage.work, stage.run.observe, mends=mends)


def _nothing(_: Entry) -> bool:
    return False


class _Drawing(NamedTuple):
    """What every attempt at a shot has in common."""

    setup: Setup
    shown: Sequence[Retrieved]
    start: Keyframe | None


class _Shots:
    def __init__(self, options: ShotOptions, run: StageRun) -> None:
        self.options = options
        self.run = run
        self.standing = run.plan is not None and run.plan.standing
        gated = bool(options.gates) and run.plan is None
        self.gate = TakeGate(options, run.models, run.progress) if gated else None

    def work(self, entry: Entry, shot: Shot, context: Context) -> Entry:
        """The shot with the asked number of takes, and one of them picked."""
        picked = shot.picked
        if any(take.locked for take in shot.takes) or (picked is not None and picked.source == "file"):
            return entry
        if self.standing and not shot.takes:
            return entry
        require_prompt(shot)
        setup = self.run.setup(context.movie(shot.movie), shot, "video")
        start = next((still for still in shot.keyframes if still.role == "start"), None)
        bank = list(context.characters(shot.movie).values())
        shown = self._shown(shot, setup, bank, start)
        start = start if setup.card.start else None  # else it stands among what is shown
        require_mode(setup, 3 if shown else 1)
        drawing = _Drawing(setup, shown, start)
        size = max(1, self.options.takes)
        if self.options.retry_until_pass and all_refused(shot.takes):  # a round of more is to follow, and whole
            size = min(size, len(shot.takes))
        entry = self._round(entry, shot, drawing, range(size))
        if self.gate is None:
            return self._retried(entry, drawing)
        return self._gated(entry, drawing, context, self.gate)

    def _round(self, entry: Entry, shot: Shot, drawing: _Drawing, attempts: Iterable[int]) -> Entry:
        """The record with these attempts among its takes, the best of them picked unless the pick stands."""
        takes = list(shot.takes)
        current: list[int] = []
        for attempt in attempts:
            take = self._attempt(shot, drawing, attempt)
            place = _place(takes, take)
            if place is None:
                takes.append(take)
            current.append(len(takes) - 1 if place is None else place)
        if len(takes) == len(shot.takes) and self._pick_stands(shot, drawing, current):
            return entry
        pick = current[0]
        if len(current) > 1:
            if self.run.plan is None:
                takes, pick = self._choose(shot, takes, current, drawing.shown)
            else:
                pick = self._guess(shot, takes, current, self.run.plan)
        return entry.replace(takes=takes, pick=pick)

    def _retried(self, entry: Entry, drawing: _Drawing) -> Entry:
        """One round more where `reel score --gate` refused every take; once rounds are used up, the refusal stands."""
        shot = entry.shot()
        if not self.options.retry_until_pass or self.run.plan is not None:
            return entry
        if not all_refused(shot.takes):  # what it looked at has changed, so it was drawn anew already
            return entry.clear_error(JUDGED)
        attempts = self._next_attempts(shot, drawing)
        if attempts is None:
            self.run.progress.note("warning", f"shot {shot.id}: {self._used_up(shot)}")
            return entry
        return self._round(entry, shot, drawing, attempts).clear_error(JUDGED)

    def _gated(self, entry: Entry, drawing: _Drawing, context: Context, gate: TakeGate) -> Entry:
        """Rounds until a take passes, which is picked; GateError says of each take why not, where none does."""
        while True:
            shot = entry.shot()
            gated = gate.judge(shot, context)
            entry = entry.replace(takes=list(gated.takes), pick=gated.pick)
            attempts = None if gated.error is None else self._next_attempts(shot, drawing)
            if attempts is None:
                gate.stands(entry.shot())
                if gated.error is None:
                    return entry.clear_error(JUDGED)
                return entry.clear_error(JUDGED).fail(STAGE, GateError(f"{gated.error}; {self._used_up(shot)}"))
            self.run.progress.note("info", f"shot {shot.id}: no take passes, attempts {attempts.start} to {attempts.stop - 1}")
            entry = self._round(entry, shot, drawing, attempts)

    def _next_attempts(self, shot: Shot, drawing: _Drawing) -> range | None:
        """The next round's, None where as many rounds as are allowed have been."""
        size = max(1, self.options.takes)
        made = [attempt_of(self.run.store, shot, i, drawing.setup) for i, take in enumerate(shot.takes) if take.chunks]
        begin = max(made, default=-1) + 1
        rounds = -(-begin // size) - 1
        return range(begin, begin + size) if rounds < self.options.retry_until_pass else None

    def _used_up(self, shot: Shot) -> str:
        return (
            f"{len(shot.takes)} takes were tried in {self.options.retry_until_pass + 1} rounds and none passes: raise "
            "--retry-until-pass, change the prompt, or the gate"
        )

    def _shown(
        self, shot: Shot, setup: Setup, bank: Sequence[Character], start: Keyframe | None
    ) -> Sequence[Retrieved]:
        """What the first chunk looks at: the shot's own start keyframe alone, or the shot cache."""
        cache = self.run.cache(shot.movie)
        if setup.card.start:
            return [] if start is None else cache.retrieve(shot, bank, query(shot), 1, start)
        return cache.retrieve(shot, bank, query(shot), setup.references, start)

    def _pick_stands(self, shot: Shot, drawing: _Drawing, current: Sequence[int]) -> bool:
        """Whether the picked take opens as its attempt would now, be the attempt among those asked for or not."""
        picked = shot.picked
        if shot.pick is None or picked is None:
            return False
        if not picked.chunks:
            return True
        opening = picked.chunks[0].key
        if any(shot.takes[index].chunks[0].key == opening for index in current):
            return True
        attempt = attempt_of(self.run.store, shot, shot.pick, drawing.setup)
        return self._request(shot, drawing, attempt).key == opening

    def _request(self, shot: Shot, drawing: _Drawing, attempt: int) -> OutputRequest:
        setup, shown, start = drawing
        return setup.request(
            "chunk",
            beats_of(shot)[0].prompt,
            setup.seed(shot.id, attempt, 0),
            frames=setup.grid.opening(plan_frames(shot.seconds, setup.fps)),
            references=[] if setup.card.start else [still.key for still in shown],
            start=None if start is None else keyframe_key(self.run.store, start),
        )

    def _attempt(self, shot: Shot, drawing: _Drawing, attempt: int) -> Take:
        store = self.run.store
        setup, shown, start = drawing
        request = self._request(shot, drawing, attempt)
        made = self.run.maker.make(
            request,
            setup.inputs(
                references=[] if setup.card.start else [still.path for still in shown],
                start=None if start is None else store.absolute(start.path),
            ),
            movie=shot.movie,
            shot=shot.id,
            output=f"take {attempt} chunk 0",
            old_key=_predecessor(shot, request, attempt),
            certain=all(still.certain for still in shown),
            place={"take": attempt, "chunk": 0},
        )
        return with_made(self._take(request, made, setup, shown), [made])

    def _take(self, request: OutputRequest, made: Made, setup: Setup, shown: Sequence[Retrieved]) -> Take:
        mode = 3 if shown else 1
        store = self.run.store
        return Take(
            key=made.key,
            path=store.relative(made.path),
            chunks=[Chunk(made.key, mode, request.prompt, request.seed, made.frames)],
            frames=made.frames,
            fps=made.fps,
            width=made.width,
            height=made.height,
            model=setup.options.model,
            revision=setup.card.revision,
            mode=mode,
            shot_cache=[Reference(store.relative(s.path), s.similarity, s.key) for s in shown],
            steps=request.steps,
        )

    def _guess(self, shot: Shot, takes: Sequence[Take], current: Sequence[int], plan: Plan) -> int:
        """The attempt that was picked before, for want of pictures to compare."""
        before = shot.picked
        seed = before.chunks[0].seed if before is not None and before.chunks else None
        pick = next((index for index in current if takes[index].chunks[0].seed == seed), current[0])
        plan.doubt(takes[pick])
        return pick

    def _choose(
        self, shot: Shot, takes: list[Take], current: Sequence[int], shown: Sequence[Retrieved]
    ) -> tuple[list[Take], int]:
        """The best attempt by prompt and cache similarity, both kept in its scores; of equals the first."""
        cache = self.run.cache(shot.movie)
        fits: dict[int, float] = {}
        for index in current:
            frames = take_frames(self.run.store, shot.movie, shot.id, takes[index])
            fit = cache.likeness(query(shot), frames, shown)
            fits[index] = sum(fit.values())
            takes[index] = msgspec.structs.replace(takes[index], scores={**takes[index].scores, **fit})
        return takes, max(current, key=lambda index: fits[index])


def require_mode(setup: Setup, mode: int) -> None:
    """Refuse before any weights load what the model's card says it cannot do."""
    if mode not in setup.card.modes:
        able = ", ".join(str(each) for each in sorted(setup.card.modes))
        advice = {
            1: "draw the shot a still first (`reel keyframes`)",
            3: "work without a shot cache (`--top-k 0`)",
            2: "it makes one call a shot, so plan shots no longer than that (`reel plan --max-seconds`), or make the "
            "take anew with a model that goes on",
        }
        raise RecordError(
            f"{setup.options.model} has no mode {mode}, only {able}: "
            f"{advice.get(mode, 'extend it with another model')}, or name another model"
        )


def _place(takes: Sequence[Take], take: Take) -> int | None:
    """Where an attempt stands already, perhaps extended since."""
    for index, standing in enumerate(takes):
        if standing.chunks and standing.chunks[0].key == take.key:
            return index
    return None


def _predecessor(shot: Shot, request: OutputRequest, attempt: int) -> str | None:
    """The chunk in the record that this request's would stand for: its own, else one of the same attempt."""
    opening = [take.chunks[0] for take in shot.takes if take.chunks]
    own = [chunk for chunk in opening if chunk.key == request.key]
    seeded = [chunk for chunk in opening if chunk.seed == request.seed]
    by_place = opening[attempt : attempt + 1] if shot.pick is None else []
    picked = shot.picked
    by_pick = picked.chunks[:1] if attempt == 0 and picked is not None else []
    for chunks in (own, seeded[-1:], by_pick, by_place):
        if chunks:
            return chunks[0].key
    return None
