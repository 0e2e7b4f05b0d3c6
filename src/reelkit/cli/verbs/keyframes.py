"""`reel keyframes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MANIFEST, MESSAGES, batch, making, streams
from reelkit.cli.spec import Example, Option, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="keyframes",
    summary="make consistent stills for each shot",
    description=(
        "Draws stills for each shot from its prompt, the portraits of its characters and the stills of "
        "earlier shots (the shot cache), or takes them from clips that exist. A shot with stills can be "
        "made on its own, so later stages may be spread over many machines.",
    ),
    sections=(
        Section(
            "Stills",
            (
                Option(
                    "per_shot",
                    "Stills a shot: the first is its start, the last of several its end, those between are "
                    "references.",
                    kind="int",
                    metavar="N",
                    default="1",
                    low=1,
                ),
                Option(
                    "from_clips", "Take the stills from the picked take instead of drawing them.", kind="flag"
                ),
                Option("portraits", "Draw one portrait for each character that has none.", kind="flag"),
            ),
        ),
        *making("REEL_MODEL_KEYFRAMES"),
        batch(),
        streams(),
        MESSAGES,
    ),
    operand=MANIFEST,
    examples=(
        Example("a still for every shot", "reel plan film.fountain | reel keyframes > stills.jsonl"),
        Example(
            "start and end stills, and portraits first", "reel keyframes --per-shot 2 --portraits film.jsonl"
        ),
        Example("stills of shots that were filmed", "reel keyframes --from-clips takes.jsonl"),
    ),
)


def run(call: Call) -> int:
    """Draw stills."""
    from reelkit.stages.options import KeyframesOptions

    options = call.stage_options(KeyframesOptions)
    from reelkit.stages.keyframes import keyframes

    return call.run(lambda entries, progress: keyframes(entries, options, call.models(), progress))
