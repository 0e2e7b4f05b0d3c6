"""Tables for people."""

from __future__ import annotations

from typing import Any

from reelkit.cli.tables import columns, size
from reelkit.cli.verbs.models import table


def test_numbers_stand_to_the_right() -> None:
    assert columns(["movie", "shots"], [["a", "7"], ["lighthouse", "1200"]]) == (
        "movie       shots\na               7\nlighthouse   1200"
    )


def test_sizes_as_people_say_them() -> None:
    assert [size(n) for n in (0, 999, 1000, 3_400_000, 5e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "3.4 MB",
        "5.0 TB",
    ]


def test_models_with_and_without_weights() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "embedded", "role": "video", "modes": (1, 2), "licence": "MIT", "here": True, "download_gb": 0.0,
         "memory_gb": 0.0361},
        {"name": "ltx", "role": "video", "modes": (1,), "sound": True, "licence": "open", "here": False,
         "download_gb": 62.4, "memory_gb": 61.0},
        {"name": "x", "role": "image", "unavailable": "no weights"},
    ]
    assert table(rows).splitlines() == [
        "name      makes          modes  fetch GB  weights GB  here    licence",
        "embedded  clips             12         0      0.0361  yes     MIT",
        "ltx       clips + sound      1      62.4          61  -       open",
        "x         stills             -         -           -  broken  -",
        "x: no weights",
    ]
