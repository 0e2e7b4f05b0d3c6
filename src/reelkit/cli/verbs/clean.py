"""`reel clean`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelkit.cli.shared import MEDIA, MESSAGES, YES
from reelkit.cli.spec import Example, Operand, Option, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="clean",
    summary="list media that no manifest names, and delete it",
    description=(
        "Lists the files of the movies that the manifests name which no record refers to; with --yes they "
        "are deleted. Give every manifest that shares the media folder: what only a forgotten one names "
        "would go. A manifest that cannot be read whole stops it before the first file goes.",
    ),
    sections=(
        Section(
            "Media",
            (
                MEDIA,
                YES,
                Option(
                    "min_age",
                    "Leave alone what changed later than this ago: a batch that runs may be about to name it.",
                    kind="float",
                    metavar="SECONDS",
                    default="3600",
                    low=0,
                ),
            ),
        ),
        MESSAGES,
    ),
    operand=Operand(
        "MANIFEST...|-", "Every manifest that shares the media folder; - reads standard input.", many=True
    ),
    examples=(
        Example("look first", "reel clean takes.jsonl old.jsonl"),
        Example("then delete", "reel clean --yes takes.jsonl old.jsonl"),
    ),
)


def run(call: Call) -> int:
    """List, or delete."""
    from reelkit.stages.clean import clean
    from reelkit.stages.options import CleanOptions

    options = call.options(CleanOptions, delete=call.has("yes"), min_age_seconds=call.values["min_age"])
    return call.rows(clean(strict(call), options), lambda rows: table(rows, call.has("yes")))


def strict(call: Call) -> Any:
    """The entries; a line that is no record ends it, because what that line names would be deleted."""
    from reelkit.errors import UnreadableError

    yield from call.entries()
    if call.tally.rejected:
        raise UnreadableError(
            f"{call.tally.rejected} lines are no records; nothing was deleted, mend them first"
        )


def table(rows: list[Any], deleted: bool) -> str:
    """The files, and how much they hold."""
    from reelkit.cli.tables import columns, size

    total = size(sum(row.size for row in rows))
    if not rows:
        return "nothing to clean: what no record names is younger than --min-age, or there is none"
    verb = "deleted" if deleted else "would go; --yes deletes them"
    return columns(["size", "file"], [[size(row.size), str(row.path)] for row in rows]) + (
        f"\n{len(rows)} files, {total} {verb}"
    )
