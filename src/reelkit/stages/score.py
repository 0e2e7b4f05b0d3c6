"""`reel score`: measures every shot, scene and movie that passes, and judges them by gates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.errors import GateError, RecordError, UnreadableError, UsageError
from reelkit.manifest.context import Context
from reelkit.manifest.records import Entry, Movie, Shot
from reelkit.manifest.validation import Validator
from reelkit.media.store import MediaStore
from reelkit.stages.options import StageOptions
from reelkit.stages.progress import SILENT, Progress
from reelkit.stages.requests import settled
from reelkit.stages.score_options import Prepared, ScoreOptions, prepare
from reelkit.stages.score_words import SCRIPTS, Words, script_scores

if TYPE_CHECKING:
    from reelkit.metrics.groups import Findings
    from reelkit.metrics.scenes import OpenScenes
    from reelkit.metrics.shots import ShotScorer
    from reelkit.models import Models

__all__ = ["ScoreOptions", "score", "score_script"]

STAGE = "score"


def score(
    entries: Iterable[Entry], options: ScoreOptions, models: Models, progress: Progress | None = None
) -> Iterator[Entry]:
    """Yield every entry, checked, shots with `scores`; then a `score` record for each scene and movie.

    A shot is measured on arrival, on its picked take, or on its start keyframe while it has no take; with gates on shots
    every take is measured, gets a verdict, and the best that passes is picked. Scenes and movies are held as what their
    metrics need of them; where `--only` or `--shard` leaves shots of one out, the record of an earlier run stays, if there
    is one, and else it gets none.
    """
    watch = progress or SILENT
    yield from _reported(_measured(entries, options, models, watch), options, watch)


def _reported(measured: Iterable[Entry], options: ScoreOptions, watch: Progress) -> Iterator[Entry]:
    """The entries, and after the last of them the page, where one is wanted."""
    if options.report is None:
        yield from measured
        return
    from reelkit.stages.score_report import ScoreTables

    tables = ScoreTables(options)
    yield from tables.watched(measured)
    tables.write(options.report, watch)


def _measured(entries: Iterable[Entry], options: ScoreOptions, models: Models, watch: Progress) -> Iterator[Entry]:
    from reelkit.metrics.scenes import OpenScenes
    from reelkit.metrics.shots import ShotScorer
    from reelkit.stages.score_records import ScoreRecords, is_ours, text

    watch.start(STAGE, None)
    store = MediaStore(options.media)
    prepared = prepare(options, models, store, watch)
    names = prepared.resources.names
    context = Context()
    validator = Validator(context, store.exists)
    scenes = OpenScenes(prepared.resources)
    records = ScoreRecords(prepared, models, watch, options.dtype)
    work = _Work(options, prepared, ShotScorer(prepared.resources, store, prepared.asked), scenes, watch)
    words = Words(prepared, watch)
    shots = 0
    for entry in entries:
        context.observe(entry)
        words.add(entry)
        if entry.kind == "score" and names and is_ours(entry):
            yield from records.earlier(entry, due=scenes.holds(entry.movie))
            continue
        selection = options.selection
        chosen = entry.kind != "shot" or selection is None or selection.chosen(entry)
        if not chosen:
            if names:
                scenes.skip(entry.movie, text(entry, "scene"))
            if selection is None or selection.keeps(entry):
                yield entry
            continue
        shots += entry.kind == "shot"
        try:
            validator.check(entry)
            if entry.kind == "shot" and not names:
                _check_meaning(entry, context, watch)
            if entry.kind == "shot" and names and not entry.failed_elsewhere(STAGE):
                watch.shot(entry.id, "measuring")
                entry = work.shot(work.anew(entry), context)
            else:
                entry = work.anew(entry)
        except (RecordError, UnreadableError) as error:
            if options.fail_fast:
                raise
            watch.note("warning", str(error))
            entry = entry if entry.failed_elsewhere(STAGE) else entry.fail(STAGE, error)
            if names and entry.kind == "shot":
                scenes.fail(entry.movie, text(entry, "scene"))
        else:
            if names and entry.kind == "shot" and entry.failed_elsewhere(STAGE):
                scenes.fail(entry.movie, text(entry, "scene"))
        yield entry
        yield from records.of(scenes.overfull(), words)
    yield from records.of(scenes.close(), words)
    if prepared.gates and not shots:
        raise GateError("--gate: no shot came by that could be judged; check the manifest, --only and --shard")


def score_script(path: Path, options: ScoreOptions, models: Models, progress: Progress | None = None) -> Iterator[Entry]:
    """Measure the words of a script's file: a movie record, and the `score` record of it.

    Without metrics asked for by name, all of scripts are. Raises UnreadableError where the file cannot be read.
    """
    watch = progress or SILENT
    yield from _reported(_measured_script(path, options, models, watch), options, watch)


def _measured_script(path: Path, options: ScoreOptions, models: Models, watch: Progress) -> Iterator[Entry]:
    from reelkit.metrics.registry import FAMILY_OF, choose
    from reelkit.metrics.scenes import Closed
    from reelkit.screenplay.slugs import slug
    from reelkit.stages.score_records import ScoreRecords
    from reelkit.stages.script_source import read_script

    watch.start(STAGE, None)
    script = read_script(path)
    asked = (SCRIPTS,) if options.metrics == ("ready",) else options.metrics
    names = [name for name in choose(asked) if FAMILY_OF[name] == SCRIPTS]
    if not names:
        raise UsageError(f"{path}: none of these metrics is of a script; `reel score --list --metrics {SCRIPTS}` shows those")
    options = msgspec.structs.replace(options, metrics=tuple(names))
    prepared = prepare(options, models, MediaStore(options.media), watch)
    if script.fault:
        watch.note("warning", f"{path} does not parse as CML-Instruction's XML ({script.fault}); what could be read is measured")
    movie = Movie(id=slug(path.stem, "script"), title=script.title or path.stem)
    script = msgspec.structs.replace(script, movie=movie.id)
    scores = {**script_scores(prepared, script)}
    if not scores:
        watch.note("warning", f"{path}: nothing of it could be measured")
    records = ScoreRecords(prepared, models, watch, options.dtype)
    yield Entry.of(movie, str(path))
    yield from records.of([Closed(movie.id, None, 0, 0, scores, True)], None)


class _Work:
    """Measures one shot after another."""

    def __init__(
        self, options: ScoreOptions, prepared: Prepared, scorer: ShotScorer, scenes: OpenScenes, watch: Progress
    ) -> None:
        self.options, self.scorer, self.scenes, self.watch = options, scorer, scenes, watch
        self.gates = [gate for gate in prepared.gates if gate.level == "shot"]
        self.judges = bool(prepared.gates)

    def anew(self, entry: Entry) -> Entry:
        """The record without the error of an earlier run; what a gate said stands until a gate is asked again."""
        error = entry.error
        refused = error is not None and error.type == GateError.__name__
        return entry if refused and not self.judges else entry.clear_error(STAGE)

    def shot(self, entry: Entry, context: Context) -> Entry:
        """The shot with its scores and, under gates, its verdicts, pick and what is wrong if no take passes."""
        shot = entry.shot()
        if self.gates and not shot.takes:
            raise GateError(f"shot {shot.id} has no take to judge; run `reel shot`")
        if not shot.takes or not (self.gates or self.options.all_takes):
            found = self.scorer.find(shot, context)
            scores = self.scenes.add(shot.movie, shot.scene, found)
            return self.scorer.written(entry, {} if found.take is None else {found.take.path: scores}, scores)
        measured, unreadable = self._all(shot, context)
        picked = next((i for i, take in enumerate(shot.takes) if take is shot.picked), 0)
        if not self.gates:
            if picked in unreadable:
                raise RecordError(unreadable[picked])
            return self._written(entry, shot, measured, picked)
        return self._gated(entry, shot, measured, unreadable)

    def _gated(
        self, entry: Entry, shot: Shot, measured: Mapping[int, Findings], unreadable: Mapping[int, str]
    ) -> Entry:
        from reelkit.stages.gating import gate_takes

        gated = gate_takes(
            shot, measured, unreadable, self.gates, lambda f: self.scenes.beside(shot.movie, shot.scene, f)
        )
        if gated.pick is not None and shot.takes[gated.pick] is not shot.picked:
            self.watch.note("info", f"shot {shot.id}: take {gated.pick} is picked, it passes")
        entry = entry.replace(takes=list(gated.takes), pick=gated.pick)
        stands = gated.pick if gated.pick is not None else 0
        if stands in measured:
            entry = self._written(entry, entry.shot(), measured, stands)
        if gated.error is not None:
            if self.options.fail_fast:
                raise GateError(f"shot {shot.id}: {gated.error}")
            entry = entry.fail(STAGE, gated.error)
        return entry

    def _written(self, entry: Entry, shot: Shot, measured: Mapping[int, Findings], stands: int) -> Entry:
        """The picked take joins its scene; the others get what a take has by itself."""
        scores = {**self.scenes.add(shot.movie, shot.scene, measured[stands]), **self._repeats(shot, measured)}
        takes = {shot.takes[index].path: found.scores for index, found in measured.items()}
        takes[shot.takes[stands].path] = scores
        return self.scorer.written(entry, takes, scores)

    def _repeats(self, shot: Shot, measured: Mapping[int, Findings]) -> dict[str, float]:
        """How many of the shot's takes are the same picture as another, which no take can tell by itself."""
        if "duplicate_takes" not in self.scorer.resources.names:
            return {}
        from reelkit.metrics.complaints.meters import duplicate_takes

        seen = {i: found.readings["complaints"].material for i, found in measured.items() if "complaints" in found.readings}
        share = duplicate_takes([shot.takes[index] for index in seen], list(seen.values()))
        return {} if share is None else {"duplicate_takes": share}

    def _all(self, shot: Shot, context: Context) -> tuple[dict[int, Findings], dict[int, str]]:
        found: dict[int, Findings] = {}
        unreadable: dict[int, str] = {}
        for index, take in enumerate(shot.takes):
            try:
                found[index] = self.scorer.take(shot, take, context)
            except (RecordError, UnreadableError) as error:
                self.watch.note("warning", f"shot {shot.id}, take {index}: {error}")
                unreadable[index] = str(error)
        return found, unreadable


def _check_meaning(entry: Entry, context: Context, watch: Progress) -> None:
    """RecordError where `with` asks for what no stage knows or a take has no file; a note for a name without a record."""
    shot = entry.shot()
    settled(StageOptions(), shot.with_)
    nameless = [str(number) for number, take in enumerate(shot.takes) if not take.path]
    if nameless:
        raise RecordError(entry.describe(f"take {', '.join(nameless)} names no file"))
    bank = context.characters(shot.movie)
    lost = [f"character {id}" for id in shot.characters if id not in bank]
    if shot.scene is not None and context.scene(shot.movie, shot.scene) is None:
        lost.append(f"scene {shot.scene}")
    if lost:
        watch.note("warning", entry.describe(f"no record before it for {', '.join(lost)}"))
