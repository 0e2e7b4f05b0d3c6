"""`reel assemble`: cuts the picked takes into a film and writes its subtitles and `cut` record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from reelkit.errors import RecordError, ReelError, UsageError
from reelkit.manifest.context import Context
from reelkit.manifest.kinds import Cut, Movie, Shot
from reelkit.manifest.records import Entry
from reelkit.manifest.validation import Validator
from reelkit.media.store import MediaStore
from reelkit.stages.progress import SILENT, Progress

if TYPE_CHECKING:
    from reelkit.cutting.picture import BrokenTake
    from reelkit.cutting.timeline import Piece, Span
    from reelkit.manifest.shards import Selection

STAGE = "assemble"
FILM = "film"
"""Id of the `cut` record."""

Subtitles = Literal["file", "burn", "none"]
Transition = Literal["cut", "dissolve", "fade"]


class AssembleOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where the film goes and how its shots are chosen and joined."""

    film: Path
    """`-o FILM`: the finished film; with several movies in one manifest, `{movie}` stands for its id."""
    media: Path = Path("media")
    """The media folder: every path in the manifest is relative to it."""
    timeline: Path | None = None
    """`--timeline FILE.otio`: the cut for an editor (any suffix opentimelineio has an adapter for)."""
    select: str = "pick"
    """`pick` (locked, else the picked take, else the first), or `best:NAME` by a score's name."""
    transition: Transition = "cut"
    """What joins two shots."""
    transition_seconds: float = 0.5
    """Length of a dissolve or a fade."""
    subtitles: Subtitles = "file"
    """An SRT beside the film, burned into the picture, or none."""
    crf: int = 18
    """x264 quality, 0 (lossless) to 51."""
    preset: str = "medium"
    """x264 speed preset."""
    selection: Selection | None = None
    """Which shots enter the film (`--only`); None is all."""
    fail_fast: bool = False
    """Raise at the first shot that cannot be cut in, and write no film."""


def assemble(
    entries: Iterable[Entry], options: AssembleOptions, progress: Progress | None = None
) -> Iterator[Entry]:
    """Yield every entry and, after the last shot of each movie, its `cut` record; the film is written then.

    A shot that cannot be cut in gets an error and the film is made from the rest; the `cut` record then names
    it under `missing` and carries an error itself, also for shots that failed in an earlier stage. A take
    that breaks off in the middle is found only while encoding: its shot is yielded a second time, with the
    error (where a line repeats, the last stands).
    """
    check_options(options)
    watch = progress or SILENT
    watch.start(STAGE, None)
    context = Context()
    validator = Validator(context)
    reel = _Reel(options, context, watch)
    for entry in entries:
        context.observe(entry)
        if entry.identity == ("cut", reel.movie, FILM):
            continue
        if entry.kind != "shot":
            yield entry
            continue
        if reel.movie is not None and entry.movie != reel.movie:
            yield from reel.finish()
        if options.selection is not None and not options.selection.chosen(entry):
            if options.selection.keeps(entry):
                yield entry
            continue
        yield reel.take_in(entry, validator)
    yield from reel.finish()


def check_options(options: AssembleOptions) -> None:
    """Raise UsageError for options that cannot be meant, before any record is read."""
    from reelkit.cutting.choose import parse_select
    from reelkit.cutting.encode import PRESETS, check_suffix

    check_suffix(options.film)
    parse_select(options.select)
    if not 0 <= options.crf <= 51:
        raise UsageError(f"--crf {options.crf}: give 0 (lossless) to 51")
    if options.preset not in PRESETS:
        raise UsageError(f"--preset {options.preset}: x264 has {', '.join(PRESETS)}")
    if options.transition_seconds < 0:
        raise UsageError(f"transition of {options.transition_seconds} seconds: give 0 or more")
    if options.timeline is not None:
        from reelkit.cutting.editorial import adapter_for

        adapter_for(options.timeline)


class _Reel:
    """The movie in hand: what goes into its film, what is missing, and the film's making."""

    def __init__(self, options: AssembleOptions, context: Context, watch: Progress) -> None:
        self.movie: str | None = None
        self._options, self._context, self._watch = options, context, watch
        self._shots: dict[str, tuple[Entry, Piece | None]] = {}
        self._made: dict[Path, str] = {}
        self._store = MediaStore(options.media)
        self._sha256 = ""
        self._scored = False

    def take_in(self, entry: Entry, validator: Validator) -> Entry:
        """The shot's entry, with an error when it will be missing from the film."""
        self.movie = entry.movie
        piece: Piece | None = None
        try:
            validator.check(entry)
            if entry.failed_elsewhere(STAGE):
                failure = entry.error
                note = f"shot {entry.id} failed in {failure.stage if failure else '?'} and is not in the film"
                self._watch.note("warning", note)
            else:
                entry, piece = entry.clear_error(STAGE), self._piece(entry.shot())
        except ReelError as error:
            if self._options.fail_fast:
                raise
            self._watch.note("warning", str(error))
            entry = entry if entry.failed_elsewhere(STAGE) else entry.fail(STAGE, error)
        self._shots[entry.id] = (entry, piece)
        return entry

    def _piece(self, shot: Shot) -> Piece:
        from reelkit.cutting.choose import choose_take, parse_select
        from reelkit.cutting.timeline import Piece, exact
        from reelkit.media.video import probe
        from reelkit.metrics.registry import BY_NAME

        name = parse_select(self._options.select)
        metric = BY_NAME.get(name or "")
        self._scored |= name is not None and any(name in take.scores for take in shot.takes)
        take = choose_take(shot, name, lower_is_better=metric is not None and metric.better == "lower")
        path = self._store.absolute(take.path)
        info = probe(path)
        planned, length = exact(shot.seconds), exact(info.seconds)
        if planned - length > exact(1.5 / info.fps):
            self._watch.note(
                "warning",
                f"shot {shot.id}: its take lasts {info.seconds:.2f} of {shot.seconds:.2f} planned seconds "
                "and the film is shorter by the rest; `reel extend` grows it",
            )
            planned = length
        return Piece(
            shot=shot.id,
            scene=shot.scene,
            take=take.key,
            path=path,
            seconds=planned,
            available=length,
            dialogue=tuple(shot.dialogue),
            has_audio=info.has_audio,
        )

    def finish(self) -> Iterator[Entry]:
        """Make the film; yield shots that broke while it was made, and the `cut` record."""
        if self.movie is None:
            return
        from reelkit.cutting.film import broken_takes

        name = self._options.select.partition(":")[2]
        if name and not self._scored:
            self._watch.note(
                "warning",
                f"--select best:{name}: no take of {self.movie} has that score, so each shot's pick stands; "
                "`reel score --all-takes` measures them",
            )
        self._scored = False
        movie, shots = self.movie, self._shots
        self.movie, self._shots = None, {}
        film = Path(str(self._options.film).replace("{movie}", movie))
        cut = Entry.of(Cut(id=FILM, movie=movie, path=self._store.relative(film)))
        header = Movie(id=movie)
        try:
            header = self._context.movie(movie)
            self._claim(film, movie, "-o '{movie}.mp4'")
            _spare(film, [piece for _, piece in shots.values() if piece is not None])
            if self._options.timeline is not None:
                self._claim(self._timeline(movie), movie, "--timeline '{movie}.otio'")
            spans, rate, size = self._lay_out(header, [p for _, p in shots.values() if p is not None])
            self._note_short(spans, rate)
            broken = self._encode(film, header, spans, rate, size)
            while broken:
                for error in broken:
                    self._watch.note("warning", str(error))
                    failed = shots[error.shot][0].fail(STAGE, error)
                    shots[error.shot] = (failed, None)
                    yield failed
                spans, rate, size = self._lay_out(header, [p for _, p in shots.values() if p is not None])
                # One broken take makes others likely, and decoding is cheaper than encoding once for each.
                broken = broken_takes(spans, rate) or self._encode(film, header, spans, rate, size)
        except RecordError as error:
            if self._options.fail_fast:
                raise
            self._watch.note("warning", str(error))
            asked = {"width": header.width, "height": header.height, "fps": header.fps}
            yield cut.fail(STAGE, error).replace(missing=list(shots), **asked)
            return
        yield self._record(cut, spans, rate, size, film, [id for id, (_, p) in shots.items() if p is None])

    def _claim(self, path: Path, movie: str, remedy: str) -> None:
        """Give `path` to the movie; RecordError when another one has it."""
        holder = self._made.setdefault(path, movie)
        if holder != movie:
            raise RecordError(
                f"{path} already holds movie {holder}, so {movie} was not written; name each with {remedy}"
            )

    def _timeline(self, movie: str) -> Path:
        return Path(str(self._options.timeline).replace("{movie}", movie))

    def _lay_out(self, header: Movie, pieces: list[Piece]) -> tuple[list[Span], Fraction, tuple[int, int]]:
        from reelkit.cutting.timeline import lay_out
        from reelkit.media.video import frame_rate

        if not pieces:
            raise RecordError(f"no shot of movie {header.id} can be cut in, so there is no film")
        rate = frame_rate(header.fps)
        size = (max(2, header.width // 2 * 2), max(2, header.height // 2 * 2))
        if size != (header.width, header.height):
            self._watch.note("warning", f"H.264 wants even sides: the film is {size[0]}x{size[1]}")
        spans = lay_out(pieces, rate, self._options.transition, self._options.transition_seconds)
        return spans, rate, size

    def _note_short(self, spans: list[Span], rate: Fraction) -> None:
        """Say which shots are too short for the transition that was asked for."""
        wanted = self._options.transition_seconds * float(rate) - 1
        if self._options.transition == "dissolve":
            short = [span.piece.shot for span in spans[1:] if span.lead < wanted]
        elif self._options.transition == "fade":
            short = [span.piece.shot for span in spans if 2 * span.fade < wanted - 1]
        else:
            return
        if short:
            asked = f"{self._options.transition} of {self._options.transition_seconds:g} s"
            self._watch.note("warning", f"too short for a {asked}, and theirs is shorter: {_listed(short)}")

    def _encode(
        self, film: Path, header: Movie, spans: list[Span], rate: Fraction, size: tuple[int, int]
    ) -> list[BrokenTake]:
        """Write the film and the editor's timeline; or say which take broke and how."""
        from reelkit.cutting.film import FilmPlan, make_film
        from reelkit.cutting.picture import BrokenTake

        options = self._options
        scenes = {id: scene.heading or scene.place for id, scene in self._context.scenes(header.id).items()}
        self._watch.shot(header.id, f"encoding {len(spans)} shots, {float(spans[-1].end / rate):.1f} s")
        plan = FilmPlan(
            path=film,
            title=header.title or header.id,
            spans=spans,
            rate=rate,
            size=size,
            scenes=scenes,
            subtitles=options.subtitles,
            crf=options.crf,
            preset=options.preset,
        )
        try:
            self._sha256 = make_film(plan)
        except BrokenTake as error:
            if options.fail_fast:
                raise
            return [error]
        if options.timeline is not None:
            self._export(header, spans, rate, scenes)
        return []

    def _export(self, header: Movie, spans: list[Span], rate: Fraction, scenes: dict[str, str]) -> None:
        from reelkit.cutting.editorial import adapter_for, editorial, write_editorial
        from reelkit.media.atomic import write_atomic

        target = self._timeline(header.id)
        adapter = adapter_for(target)
        timeline = editorial(header.title or header.id, spans, rate, scenes, self._options.transition)
        write_atomic(target, lambda path: write_editorial(path, timeline, adapter))

    def _record(
        self,
        cut: Entry,
        spans: list[Span],
        rate: Fraction,
        size: tuple[int, int],
        film: Path,
        missing: list[str],
    ) -> Entry:
        from reelkit.cutting.timeline import cut_shots

        record = cut.replace(
            timeline=cut_shots(spans, rate),
            missing=missing,
            sha256=self._sha256,
            frames=spans[-1].end,
            fps=float(rate),
            width=size[0],
            height=size[1],
            seconds=round(float(spans[-1].end / rate), 6),
        )
        if not missing:
            return record
        of = len(missing) + len(spans)
        lack = RecordError(f"{film} was made without {len(missing)} of {of} shots: {_listed(missing)}")
        self._watch.note("warning", str(lack))
        return record.fail(STAGE, lack)


def _spare(film: Path, pieces: list[Piece]) -> None:
    """RecordError where the film would be written over a take that it is cut from."""
    if not film.exists():
        return
    for piece in pieces:
        if film.samefile(piece.path):
            raise RecordError(f"{film} is the take of shot {piece.shot} and would be written over; name the film otherwise")


def _listed(ids: list[str]) -> str:
    """The first eight of some shots, for a message."""
    return ", ".join(ids[:8]) + (", ..." if len(ids) > 8 else "")
