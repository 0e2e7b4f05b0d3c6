"""`reel why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import DEVICE, DTYPE, ENCODER, MEDIA, MESSAGES, SEED, model_option
from reelkit.cli.spec import Example, Operand, Section, Verb
from reelkit.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reelkit.cli.call import Call
    from reelkit.manifest.records import Entry

VERB = Verb(
    name="why",
    summary="show which input made a take stale",
    description=(
        "Compares what stands in the manifest with what keyframes, shot and extend would make now, and "
        "shows which part of each key changed. Outputs that no record holds yet are not stale; only the missing chunks of "
        "a take that is shorter than its plan are named. The stages' own options count as they stand in reel.toml "
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
        Example("what a rerun would make anew", "reel why -q '*' takes.jsonl | jq -r .output"),
    ),
)


def run(call: Call) -> int:
    """Explain."""
    if not call.operands or (len(call.operands) == 1 and call.env.path(call.operands[0]).is_file()):
        raise UsageError("which shot? give its id, or '*' for all, before the manifest")
    shots, manifests = (call.operands[0],), call.operands[1:]
    call.require_one(manifests)
    from reelkit.cli.call import fill
    from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions, WhyOptions
    from reelkit.stages.why import why

    options = WhyOptions(
        keyframes=fill(KeyframesOptions, call.other_values("keyframes")),
        shot=fill(ShotOptions, call.other_values("shot")),
        extend=fill(ExtendOptions, call.other_values("extend")),
        shots=shots,
    )
    asked = Asked(shots)
    status = call.rows(
        why(asked.counted(call.entries(manifests or ["-"])), options, call.models()),
        lambda rows: table(rows) if rows else asked.nothing(),
    )
    if not asked.shots:
        call.log("error", f"{shots[0]}: no shot of the manifest has that id; `reel status` and jq show what it holds")
        return ExitStatus.RECORDS_FAILED
    return status


class Asked:
    """The shots that were asked about, counted as they pass."""

    def __init__(self, globs: tuple[str, ...]) -> None:
        self._globs = globs
        self.shots = self.made = 0

    def counted(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, unchanged."""
        from reelkit.manifest.shards import has_any, matches

        for entry in entries:
            if entry.kind == "shot" and matches(self._globs, entry.movie, entry.id):
                self.shots += 1
                self.made += has_any(entry, "keyframes") or has_any(entry, "takes")
            yield entry

    def nothing(self) -> str:
        """What it means that no output is stale."""
        if not self.shots:
            return "no such shot"
        if not self.made:
            return f"nothing is made yet of {self.shots} shots: `reel keyframes` and `reel shot` begin"
        return f"nothing to redo: every key stands ({self.made} of {self.shots} shots have stills or takes)"


def table(rows: list[Any]) -> str:
    """Each stale output and, under it, what changed."""
    lines = []
    for row in rows:
        state = "not made yet" if row.old_key is None else f"{row.old_key[:12]} -> {row.new_key[:12]}"
        lines.append(f"{row.movie}/{row.shot} {row.stage} {row.output}: {state}")
        lines += [f"  {change.part}: {change.before!r} -> {change.after!r}" for change in row.changes]
    return "\n".join(lines)
