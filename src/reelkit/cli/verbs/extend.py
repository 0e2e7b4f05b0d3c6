"""`reel extend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MANIFEST, MESSAGES, batch, making, streams
from reelkit.cli.spec import Example, Option, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="extend",
    summary="grow the picked take to its planned length",
    description=(
        "Grows the picked take of each shot chunk by chunk and beat by beat (modes 2 and 4). The temporal "
        "cache carries the motion on, and the shot cache is the one the take began with. Every chunk is "
        "kept as soon as it is made.",
    ),
    sections=(
        Section(
            "Length",
            (
                Option(
                    "seconds",
                    "Go on for so many seconds past the plan; with --prompt and without this, for one chunk.",
                    kind="float",
                    metavar="SECONDS",
                    low=0,
                ),
                Option(
                    "prompt",
                    "Go on under this prompt once the plan is filled; the shot's plan gains a beat.",
                    metavar="TEXT",
                    toml=False,
                ),
                Option("all_takes", "Grow every take, not only the picked one.", kind="flag"),
            ),
        ),
        Section(
            "Drift",
            (
                Option(
                    "match",
                    "Carry colour and contrast over each join, where they drift; `off` leaves chunks as the model "
                    "made them.",
                    choices=("on", "off"),
                    default="on",
                ),
                Option(
                    "anchor",
                    "Every N extensions, show the model the shot's own opening beside its shot cache; 0 is never.",
                    kind="int",
                    metavar="N",
                    default="0",
                    low=0,
                ),
            ),
        ),
        *making("REEL_MODEL_SHOT"),
        batch(),
        streams(),
        MESSAGES,
    ),
    operand=MANIFEST,
    examples=(
        Example("to the planned length", "reel shot stills.jsonl | reel extend > takes.jsonl"),
        Example(
            "one more thing happens in one shot",
            "reel extend --only s01-003 --prompt 'She turns to the sea.' takes.jsonl > longer.jsonl",
        ),
    ),
)


def run(call: Call) -> int:
    """Grow takes."""
    from reelkit.stages.options import ExtendOptions

    options = call.stage_options(ExtendOptions)
    from reelkit.stages.extend import extend

    return call.run(lambda entries, progress: extend(entries, options, call.models(), progress))
