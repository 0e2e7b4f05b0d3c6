"""`reel score`: measures every shot, scene and movie that passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reelkit.errors import RecordError, UnavailableError, UnreadableError, UsageError
from reelkit.manifest.context import Context
from reelkit.manifest.kinds import Score
from reelkit.manifest.records import Entry
from reelkit.manifest.validation import Validator
from reelkit.media.store import MediaStore
from reelkit.stages.options import StageOptions
from reelkit.stages.progress import SILENT, Level, Progress
from reelkit.stages.requests import settled

if TYPE_CHECKING:
    from reelkit.manifest.shards import Selection
    from reelkit.metrics.gate import Gate
    from reelkit.metrics.report import Measured
    from reelkit.metrics.scenes import Closed
    from reelkit.models import Models

STAGE = "score"


class ScoreOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure and with which weights. `metrics=("none",)` only validates."""

    media: Path = Path("media")
    """The media folder: every path in the manifest is relative to it."""
    metrics: tuple[str, ...] = ("all",)
    """Names from the registry, or `all`, or `none`."""
    encoder: str | None = None
    """Name or path of the text-and-image encoder; None is the catalogue's default."""
    aes_head: Path | None = None
    """LAION linear head for CLIP ViT-L/14 (`sa_0_4_vit_l_14_linear.pth`); without it `aes` is skipped."""
    incep_weights: Path | None = None
    """torchvision `inception_v3` state dict; without it `incep` is skipped."""
    device: str = "auto"
    """Where the inception network runs; the encoder runs where `models` has it."""
    gates: tuple[str, ...] = ()
    """Thresholds such as `all_consistency>=60`; a movie's score record that misses one carries an error."""
    report: Path | None = None
    """An HTML page with the table of scenes and movies."""
    all_takes: bool = False
    """Measure every take of a shot and not only the picked one, so that assemble can select the best."""
    selection: Selection | None = None
    """Which shots are this process's own (`--only`, `--shard`); None is all."""
    fail_fast: bool = False
    """Raise at the first wrong record instead of letting it travel on with its error."""


def score(
    entries: Iterable[Entry], options: ScoreOptions, models: Models, progress: Progress | None = None
) -> Iterator[Entry]:
    """Yield every entry, checked, shots with `scores`; then a `score` record for each scene and movie.

    A shot is measured on arrival, on its picked take, or on its start keyframe while it has no take. Scenes
    and movies are held as running sums of embeddings; where `--only` or `--shard` leaves shots of one out,
    the record of an earlier run stays, if there is one, and else it gets none.
    """
    from reelkit.metrics.gate import parse_gates
    from reelkit.metrics.registry import BY_NAME, choose
    from reelkit.metrics.scenes import OpenScenes
    from reelkit.metrics.shots import ShotScorer

    watch = progress or SILENT
    names = choose(options.metrics)
    gates = parse_gates(options.gates)
    watch.start(STAGE, None)
    names = _available(names, options, watch)
    for gate in gates:
        if gate.name not in names:
            raise UsageError(f"--gate {gate}: {gate.name} is not measured here; name it with --metrics, and give its weights")
    scorer = ShotScorer(
        names,
        MediaStore(options.media),
        models,
        options.encoder,
        options.aes_head,
        options.incep_weights,
        options.device,
    )
    context = Context()
    validator = Validator(context, scorer.store.exists)
    scenes = OpenScenes(names)
    embeds = any(BY_NAME[name].weights != "none" for name in names)
    records = _Records(options, names, models if embeds else None, gates, watch)
    for entry in entries:
        context.observe(entry)
        if entry.kind == "score" and names and _is_ours(entry):
            yield from records.earlier(entry, due=scenes.holds(entry.movie))
            continue
        selection = options.selection
        chosen = entry.kind != "shot" or selection is None or selection.chosen(entry)
        if not chosen:
            if names:
                scenes.skip(entry.movie, _scene_of(entry))
            if selection is None or selection.keeps(entry):
                yield entry
            continue
        try:
            validator.check(entry)
            if entry.kind == "shot" and not names:
                _check_meaning(entry, context, watch)
            if entry.kind == "shot" and names and not entry.failed_elsewhere(STAGE):
                shot = entry.shot()
                watch.shot(shot.id, "measuring")
                found = scorer.find(shot, context)
                entry = scorer.others(entry, context) if options.all_takes else entry
                entry = scorer.written(entry, scenes.add(shot.movie, shot.scene, found))
            entry = entry.clear_error(STAGE)
        except (RecordError, UnreadableError) as error:
            if options.fail_fast:
                raise
            watch.note("warning", str(error))
            entry = entry if entry.failed_elsewhere(STAGE) else entry.fail(STAGE, error)
        if names and entry.kind == "shot" and entry.error is not None:
            scenes.fail(entry.movie, _scene_of(entry))
        yield entry
        yield from records.of(scenes.overfull())
    yield from records.of(scenes.close())
    records.write_report()


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


def _available(names: tuple[str, ...], options: ScoreOptions, watch: Progress) -> tuple[str, ...]:
    """The metrics whose weights are given; one note for each that must be skipped.

    UnavailableError where weights are given and not there, or where nothing else was asked for.
    """
    for option, path in (("--aes-head", options.aes_head), ("--incep-weights", options.incep_weights)):
        if path is not None and not path.is_file():
            raise UnavailableError(f"{option} {path}: no such file")
    asked = names
    if "aes" in names and options.aes_head is None:
        watch.note(
            "info",
            "aes is skipped: its weights do not ship; give LAION's sa_0_4_vit_l_14_linear.pth with "
            "`--aes-head FILE`, and its encoder with `--encoder ViT-L-14:openai`",
        )
        names = tuple(name for name in names if name != "aes")
    if "incep" in names and options.incep_weights is None:
        watch.note(
            "info",
            "incep is skipped: its weights do not ship; give torchvision's inception_v3_google-0cc3c7bd.pth "
            "with `--incep-weights FILE`",
        )
        names = tuple(name for name in names if name != "incep")
    if asked and not names:
        raise UnavailableError(f"nothing is left to measure of {', '.join(asked)}: their weights are not given")
    return names


class _Records:
    """Turns closed scenes and movies into `score` records; keeps the report's lines when one is wanted."""

    def __init__(
        self,
        options: ScoreOptions,
        names: tuple[str, ...],
        models: Models | None,
        gates: tuple[Gate, ...],
        watch: Progress,
    ) -> None:
        self._names = names
        self._options, self._models, self._gates, self._watch = options, models, gates, watch
        self._lines: list[Measured] = []
        self._encoder = ""
        self._written: set[tuple[str, str, str]] = set()
        self._earlier: dict[str, dict[str, Entry]] = {}
        """Records of an earlier run by movie and id, until it shows whether this run replaces them."""

    def earlier(self, entry: Entry, due: bool) -> Iterator[Entry]:
        """Hold a record of an earlier run back while its movie's own are `due`; one that was replaced goes."""
        if entry.identity in self._written:
            return
        if due:
            self._earlier.setdefault(entry.movie, {})[entry.id] = entry
        else:
            yield entry

    def of(self, closed: Iterable[Closed]) -> Iterator[Entry]:
        """The records of what is closed; a movie that misses a gate carries an error."""
        from reelkit.metrics.gate import missed
        from reelkit.metrics.report import measured
        from reelkit.metrics.shots import rounded

        for part in closed:
            id = _record_id(part.scene)
            earlier = self._earlier.get(part.movie, {})
            name = f"movie {part.movie}" if part.scene is None else f"scene {part.scene}"
            if not part.whole:
                level: Level = "warning" if self._gates else "info"
                gets = "keeps its earlier score record" if id in earlier else "gets no score record"
                self._watch.note(level, f"{name} {gets}: not every shot of it is this run's")
                if part.scene is None:
                    yield from self._earlier.pop(part.movie, {}).values()
                continue
            before = earlier.pop(id, None)
            if part.scene is None:  # and with the movie whole, what is left is of scenes it no longer has
                self._earlier.pop(part.movie, None)
            if not part.shots and (part.scene is not None or not self._gates):
                continue
            scores = rounded(part.scores)
            record = Score(id=id, movie=part.movie, scene=part.scene, scores=dict(scores))
            entry = Entry.of(record).replace(
                shots=part.shots, failed=part.failed, encoder=self._encoder_name()
            )
            entry = self._with_kept(entry, before)
            if self._options.report is not None:
                self._lines.append(measured(entry))
            self._written.add(entry.identity)
            misses = missed(self._gates, scores) if part.scene is None else []
            yield entry.fail(STAGE, RecordError(f"{name}: {'; '.join(misses)}")) if misses else entry

    def _with_kept(self, entry: Entry, before: Entry | None) -> Entry:
        """The record with an earlier run's figures of metrics that this one did not measure.

        Of another encoder nothing is kept that an encoder measured: the two do not compare.
        """
        from reelkit.metrics.registry import BY_NAME

        if before is None:
            return entry
        try:
            kept = {name: value for name, value in before.score().scores.items() if name not in self._names}
        except RecordError:
            return entry
        encoder = self._encoder_name()
        by = _text(before, "encoder")
        if encoder is not None and by != encoder:
            kept = {name: value for name, value in kept.items() if name in BY_NAME and BY_NAME[name].weights == "none"}
        if not kept:
            return entry
        return entry.replace(scores={**kept, **entry.score().scores}, encoder=encoder or by)

    def write_report(self) -> None:
        """Write the HTML page, if one is wanted."""
        path = self._options.report
        if path is None:
            return
        from reelkit.media.atomic import write_bytes_atomic
        from reelkit.metrics.report import page

        write_bytes_atomic(path, page(self._lines, self._encoder or "none").encode())

    def _encoder_name(self) -> str | None:
        """Which encoder measured, with its revision (scores of two do not compare); None if none did."""
        if self._models is None:
            return None
        if not self._encoder:
            card = self._models.describe(self._options.encoder or "embedded", "encoder")
            self._encoder = f"{card.name}@{card.revision}"
        return self._encoder


def _text(entry: Entry, name: str) -> str | None:
    """A text field that the record's type does not know, or None."""
    try:
        return msgspec.json.decode(entry.raw.get(name, b"null"), type=str | None)
    except msgspec.DecodeError:
        return None


def _record_id(scene: str | None) -> str:
    """Id of a `score` record, unique beside those of the movie's other scenes."""
    if scene is None:
        return "movie"
    id = f"scene-{scene}"
    return id if len(id) <= 64 else f"scene-{sha256(scene.encode()).hexdigest()[:32]}"


def _is_ours(entry: Entry) -> bool:
    """Whether a `score` record is one that this stage writes."""
    scene = entry.raw.get("scene")
    return entry.id == "movie" or (scene is not None and entry.id.startswith("scene-"))


def _scene_of(entry: Entry) -> str | None:
    """The scene of a shot that may be wrong elsewhere."""
    return _text(entry, "scene")
