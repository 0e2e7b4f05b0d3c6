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
    card: dict[str, Any] = {
        "revision": "abcdef0123456789",
        "fps": None,
        "chunk_frames": (21, 24),
        "modes": (1, 2),
        "max_references": 3,
    }
    rows = [
        {"name": "embedded", "role": "video", **card},
        {"name": "x", "role": "image", "unavailable": "no weights"},
    ]
    assert table(rows).splitlines()[1:] == [
        "embedded  video  abcdef012345  chunk frames 21/24, modes 1/2, max references 3",
        "x         image  -             no weights",
    ]
