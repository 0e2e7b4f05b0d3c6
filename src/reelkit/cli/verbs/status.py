"""`reel status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import MEDIA, MESSAGES
from reelkit.cli.spec import Example, Operand, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="status",
    summary="show where a batch stands",
    description=(
        "Counts, movie by movie, the shots that have stills, takes, full length and scores, those that "
        "failed and in which stage, and those whose media is missing. The table goes to standard error; "
        "where standard output is no terminal, the same rows go there as JSON lines.",
    ),
    sections=(Section("Media", (MEDIA,)), MESSAGES),
    operand=Operand("MANIFEST...|-", "Manifests; - or none reads standard input.", many=True),
    examples=(
        Example("a table", "reel status takes.jsonl"),
        Example("shots that failed, as a number", "reel status -q takes.jsonl | jq .failed"),
    ),
)


def run(call: Call) -> int:
    """Count."""
    from reelkit.stages.status import status

    return call.rows(status(call.entries(), call.path("media")), table)


def table(rows: list[Any]) -> str:
    """The rows for people."""
    from reelkit.cli.tables import columns

    head = ["movie", "shots", "stills", "takes", "full", "scored", "failed", "missing", "seconds", "planned"]
    lines = [
        [
            row.movie,
            *(
                str(n)
                for n in (
                    row.shots,
                    row.keyframes,
                    row.takes,
                    row.finished,
                    row.scored,
                    row.failed,
                    row.missing,
                )
            ),
            f"{row.made_seconds:.1f}",
            f"{row.planned_seconds:.1f}",
        ]
        for row in rows
    ]
    failures = [
        f"  {row.movie}: " + ", ".join(f"{count} in {stage}" for stage, count in sorted(row.errors.items()))
        for row in rows
        if row.errors
    ]
    return "\n".join([columns(head, lines), *(["failed:", *failures] if failures else [])])
