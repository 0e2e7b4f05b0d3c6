"""`reel plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MANIFEST_OUT, MESSAGES, SEED
from reelkit.cli.spec import Example, Operand, Option, Section, Verb
from reelkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reelkit.cli.call import Call
    from reelkit.manifest.records import Entry
    from reelkit.stages.plan import PlanOptions

VERB = Verb(
    name="plan",
    summary="turn a screenplay into a manifest",
    description=(
        "Reads a screenplay in Fountain or plain text and writes its manifest: the movie, its characters, "
        "and for each scene the shots it takes, with framing, camera, prompt, length, beats and dialogue. "
        "The title page may set Style, Size, FPS and Seed; the options here beat it.",
    ),
    sections=(
        Section(
            "Film",
            (
                Option("style", "Words that every prompt gets.", metavar="TEXT"),
                Option("size", "Width and height of the pictures in pixels.", metavar="WIDTHxHEIGHT"),
                Option("fps", "Frames a second.", kind="float", metavar="N"),
                SEED._replace(help="The movie's seed, from which every shot's randomness comes."),
                Option(
                    "max_seconds",
                    "No shot is planned longer, unless a note such as [[shot: 12s]] in the screenplay asks "
                    "for it.",
                    kind="float",
                    metavar="SECONDS",
                    default="8",
                ),
                Option(
                    "movie_id",
                    "The movie's id; without it, the file's name or the title gives one.",
                    metavar="ID",
                ),
            ),
        ),
        Section(
            "Manifest",
            (
                MANIFEST_OUT._replace(
                    help="Write the manifest to FILE instead of standard output. FILE is replaced at once at the end."
                ),
            ),
        ),
        MESSAGES,
    ),
    operand=Operand(
        "SCREENPLAY|-",
        "A screenplay in Fountain or plain text. Without it, or with -, standard input is read.",
    ),
    examples=(
        Example("a manifest", "reel plan film.fountain > film.jsonl"),
        Example(
            "the plan as a list", "reel plan film.fountain | jq -r 'select(.kind == \"shot\") | .prompt'"
        ),
        Example(
            "the whole way",
            "reel plan film.fountain | reel keyframes | reel shot | reel extend | reel assemble -o film.mp4",
        ),
    ),
)


def run(call: Call) -> int:
    """Plan."""
    from reelkit.stages.plan import PlanOptions

    width, height = size(call)
    options = call.options(PlanOptions, width=width, height=height)
    return call.run(lambda _entries, _progress: planned(call, options), follow=False)


def planned(call: Call, options: PlanOptions) -> Iterator[Entry]:
    """The screenplay's records."""
    from reelkit.cli.input import STDIN, display, open_input
    from reelkit.stages.plan import plan

    name = call.operands[0] if call.operands else STDIN
    stream = open_input(call, name)
    with call.stop.waiting():
        screenplay = stream.read()
    return plan(screenplay, options, display(name))


def size(call: Call) -> tuple[int | None, int | None]:
    """Width and height of `--size` in pixels; both None without it."""
    from reelkit.stages.plan import parse_size

    text = str(call.values.get("size", ""))
    if not text:
        return None, None
    found = parse_size(text)
    if found is None:
        raise UsageError(f"--size: {text!r} is not a size in pixels; give one such as 832x480")
    return found
