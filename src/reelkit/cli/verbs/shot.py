"""`reel shot`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MANIFEST, MESSAGES, batch, making, streams
from reelkit.cli.spec import Example, Option, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="shot",
    summary="make the first chunk of each shot",
    description=(
        "Makes the first chunk of each shot: from its prompt alone (mode 1), or with the shot cache, what "
        "earlier shots and portraits show (mode 3). What is already in the media folder under the same key "
        "is not made again, so a run that was stopped goes on where it stood.",
    ),
    sections=(
        Section(
            "Takes",
            (
                Option(
                    "takes",
                    "Attempts at each shot; the best of several by prompt and cache similarity is picked "
                    "at once, because later shots build on it.",
                    kind="int",
                    metavar="N",
                    default="1",
                    low=1,
                    high=1000,
                ),
            ),
        ),
        *making("REEL_MODEL_SHOT"),
        Section(
            "Gates",
            (
                Option(
                    "retry_until_pass",
                    "A shot none of whose takes passes its gate gets --takes more attempts, up to so many times. With "
                    "--gate takes are judged as soon as they are made; without, by the verdicts that `reel score --gate` "
                    "left in the manifest, one round a run. Shots that passed are not touched.",
                    kind="int",
                    metavar="ROUNDS",
                    default="0",
                    low=0,
                    high=1000,
                ),
                Option(
                    "gate",
                    "Thresholds that first chunks are held to, as in `reel score --gate`; the best that passes is picked. "
                    "May be repeated.",
                    metavar="METRIC>=X,...",
                    many=True,
                ),
                Option(
                    "weights",
                    "Folder of the files that gated metrics' networks need; without it ~/.cache/reelkit/weights.",
                    kind="path",
                    metavar="FOLDER",
                    env=("REEL_WEIGHTS",),
                ),
            ),
        ),
        batch(),
        streams(),
        MESSAGES,
    ),
    operand=MANIFEST,
    examples=(
        Example("with the embedded model", "reel shot stills.jsonl > takes.jsonl"),
        Example(
            "three attempts at each shot of one scene", "reel shot --takes 3 --only 's02-*' stills.jsonl"
        ),
        Example(
            "try again what a gate refused", "reel shot --takes 2 --retry-until-pass 5 scored.jsonl | reel extend > again.jsonl"
        ),
        Example(
            "one part of a SLURM array",
            "reel shot --shard slurm --manifest-out shard-$SLURM_ARRAY_TASK_ID.jsonl stills.jsonl",
        ),
    ),
)


def run(call: Call) -> int:
    """Make first chunks."""
    from reelkit.stages.options import ShotOptions

    options = call.stage_options(ShotOptions, gates=call.values.get("gate", ()))
    from reelkit.stages.shot import shot

    return call.run(lambda entries, progress: shot(entries, options, call.models(), progress))
