"""`reel assemble`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MANIFEST, MEDIA, MESSAGES, ONLY, streams
from reelkit.cli.spec import Example, Option, Section, Verb
from reelkit.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reelkit.cli.call import Call
    from reelkit.cli.watch import Watch
    from reelkit.manifest.records import Entry

VERB = Verb(
    name="assemble",
    summary="cut the picked takes into a film",
    description=(
        "Chooses a take of each shot, trims it to its planned length, joins the shots in order and encodes "
        "the film, with its subtitles and, if asked, a timeline for an editor. A `cut` record that names "
        "the film follows the manifest. A shot that is missing from the film makes the exit status 1, and so does "
        "a manifest without shots.",
    ),
    sections=(
        Section(
            "Film",
            (
                Option(
                    "film",
                    "The finished film. With several movies in one manifest, {movie} stands for a movie's "
                    "id.",
                    kind="path",
                    metavar="FILM",
                    short="-o",
                ),
                Option(
                    "timeline",
                    "Write the cut for an editor; the suffix names the format (.otio, .otioz, or one of an "
                    "OpenTimelineIO plugin).",
                    kind="path",
                    metavar="FILE.otio",
                ),
                Option(
                    "select",
                    "Which take stands for a shot: `pick` (locked, else picked, else the first), or "
                    "best:NAME by a score.",
                    metavar="pick|best:NAME",
                    default="pick",
                ),
                Option(
                    "transition", "What joins two shots.", choices=("cut", "dissolve", "fade"), default="cut"
                ),
                Option(
                    "transition_seconds",
                    "Length of a dissolve or a fade.",
                    kind="float",
                    metavar="SECONDS",
                    default="0.5",
                    low=0,
                ),
                Option(
                    "subtitles",
                    "Subtitles as a file beside the film, burned into the picture, or none.",
                    choices=("file", "burn", "none"),
                    default="file",
                ),
                Option(
                    "crf",
                    "Quality of x264, 0 (lossless) to 51.",
                    kind="int",
                    metavar="N",
                    default="18",
                    low=0,
                ),
                Option("preset", "Speed preset of x264.", metavar="NAME", default="medium"),
                MEDIA,
                ONLY,
            ),
        ),
        streams(),
        MESSAGES,
    ),
    operand=MANIFEST,
    examples=(
        Example("a film", "reel assemble -o film.mp4 scored.jsonl > cut.jsonl"),
        Example(
            "by score, with a timeline for an editor",
            "reel assemble -o film.mp4 --select best:all_alignment --timeline film.otio scored.jsonl",
        ),
    ),
)


def run(call: Call) -> int:
    """Cut the film."""
    if call.path("film") is None:
        raise UsageError("no film to write; give -o FILM, such as -o film.mp4")
    from reelkit.cli.dry import dry_run
    from reelkit.stages.assemble import AssembleOptions, assemble

    if call.has("dry_run"):
        return dry_run(call, f"would cut {{count}} shots into {call.path('film')}")
    options = call.options(AssembleOptions, selection=call.selection())
    films = 0

    def counted(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        nonlocal films
        for entry in assemble(entries, options, progress):
            films += entry.kind == "cut"
            yield entry

    status = call.run(counted)
    if not films and status == ExitStatus.OK:
        call.log("error", f"no shot came through, so {options.film} was not made; look at the stages before")
        return ExitStatus.RECORDS_FAILED
    return status
