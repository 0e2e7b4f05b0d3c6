"""The schema says what the structs say."""

import json

from reelkit.manifest.kinds import ID_PATTERN, RECORDS
from reelkit.manifest.schema import manifest_schema


def test_every_kind_and_field_is_in_the_schema() -> None:
    schema = json.loads(json.dumps(manifest_schema()))
    for kind, record in RECORDS.items():
        definition = schema["$defs"][record.__name__]
        assert definition["properties"]["kind"] == {"enum": [kind]}
        assert set(definition["properties"]) == {"kind", *record.__struct_encode_fields__}
        assert {"$ref": f"#/$defs/{record.__name__}"} in schema["oneOf"]
    shot = schema["$defs"]["Shot"]
    assert shot["required"] == ["kind", "id", "movie"]
    assert shot["properties"]["seconds"]["exclusiveMinimum"] == 0
    assert shot["properties"]["id"]["pattern"] == ID_PATTERN
    assert "additionalProperties" not in shot


def test_unknown_kinds_are_allowed() -> None:
    unknown = manifest_schema()["oneOf"][-1]
    assert unknown["required"] == ["kind", "id"]
    assert unknown["properties"]["kind"]["not"]["enum"] == list(RECORDS)
