"""`reel merge`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MANIFEST_OUT, MESSAGES, REJECTS
from reelkit.cli.spec import Example, Operand, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="merge",
    summary="join many manifests (shards) into one in order",
    description=(
        "Writes one record for each identity: movies, characters and scenes before their shots, shots by "
        "their order. The last repeat stands, but a shot with takes beats one without, and takes of "
        "several shards are united by key.",
    ),
    sections=(Section("Manifest", (MANIFEST_OUT, REJECTS)), MESSAGES),
    operand=Operand(
        "MANIFEST...|-", "Manifests, in order of age; - or none reads standard input.", many=True
    ),
    examples=(
        Example("the shards of an array job", "reel merge shard-*.jsonl > takes.jsonl"),
        Example("sort one manifest", "cat a.jsonl b.jsonl | reel merge > film.jsonl"),
    ),
)


def run(call: Call) -> int:
    """Join manifests."""
    from reelkit.manifest.merge import merge

    manifests = call.entries()
    return call.run(lambda _entries, _progress: merge([manifests]), follow=False)
