"""`reel schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reelkit.cli.shared import MESSAGES
from reelkit.cli.spec import Example, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call

VERB = Verb(
    name="schema",
    summary="print the JSON Schema of a manifest's records",
    description=(
        "Prints the JSON Schema that each line of a manifest answers to; reel-manifest(5) explains it.",
    ),
    sections=(MESSAGES,),
    operand=None,
    examples=(
        Example("the names of a shot's fields", "reel schema | jq '.\"$defs\".Shot.properties | keys'"),
    ),
)


def run(call: Call) -> int:
    """Print the schema."""
    import json

    from reelkit.cli.output import write_bytes
    from reelkit.manifest.schema import manifest_schema

    write_bytes(call, json.dumps(manifest_schema(), indent=2).encode() + b"\n")
    return call.status()
