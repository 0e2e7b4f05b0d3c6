"""The manifest's JSON Schema, made from the structs that read it."""

from typing import Any

import msgspec

from reelkit.manifest.kinds import RECORDS


def manifest_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line: a record of a known kind, or of another, which stages let pass."""
    _, definitions = msgspec.json.schema_components(RECORDS.values(), ref_template="#/$defs/{name}")
    unknown = {
        "title": "Record",
        "description": "A record of a kind that stages do not know; it passes through them unchanged.",
        "type": "object",
        "properties": {
            "kind": {"type": "string", "minLength": 1, "not": {"enum": list(RECORDS)}},
            "id": {"type": "string", "minLength": 1},
            "movie": {"type": "string"},
        },
        "required": ["kind", "id"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reelkit manifest line",
        "oneOf": [{"$ref": f"#/$defs/{record.__name__}"} for record in RECORDS.values()] + [unknown],
        "$defs": definitions,
    }
