"""`reel why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import DEVICE, DTYPE, ENCODER, MEDIA, MESSAGES, SEED, model_option
from reelkit.cli.spec import Example, Operand, Section, Verb
from reelkit.errors import UsageError

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="why",
    summary="show which input made a take stale",
    description=(
        "Compares what stands in the manifest with what keyframes, shot and extend would make now, and "
        "shows which part of each key changed. The stages' own options count as they stand in reel.toml "
        "and the environment. The answer goes to standard error; where standard output is no terminal, it "
        "also goes there as JSON lines.",
    ),
    sections=(Section("Model", (model_option(), ENCODER, DEVICE, DTYPE, SEED, MEDIA)), MESSAGES),
    operand=Operand(
        "MANIFEST|-",
        "A shot's id, MOVIE/ID or a glob, and the manifest; without one, standard input.",
        extra="SHOT",
    ),
    examples=(
        Example("one shot", "reel why s02-004 takes.jsonl"),
        Example("what a rerun would make", "reel why -q '*' takes.jsonl | jq -r .output"),
    ),
)


def run(call: Call) -> int:
    """Explain."""
    if not call.operands:
        raise UsageError("which shot? give its id, or '*' for all, before the manifest")
    shots, manifests = (call.operands[0],), call.operands[1:]
    if len(manifests) > 1:
        raise UsageError(f"{manifests[1]}: one manifest at a time; `reel merge` joins several")
    from reelkit.cli.call import fill
    from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions, WhyOptions
    from reelkit.stages.why import why

    options = WhyOptions(
        keyframes=fill(KeyframesOptions, call.other_values("keyframes")),
        shot=fill(ShotOptions, call.other_values("shot")),
        extend=fill(ExtendOptions, call.other_values("extend")),
        shots=shots,
    )
    return call.rows(why(call.entries(manifests or ["-"]), options, call.models()), table)


def table(rows: list[Any]) -> str:
    """Each stale output and, under it, what changed."""
    if not rows:
        return "nothing to redo: every key stands"
    lines = []
    for row in rows:
        state = "not made yet" if row.old_key is None else f"{row.old_key[:12]} -> {row.new_key[:12]}"
        lines.append(f"{row.movie}/{row.shot} {row.stage} {row.output}: {state}")
        lines += [f"  {change.part}: {change.before!r} -> {change.after!r}" for change in row.changes]
    return "\n".join(lines)
