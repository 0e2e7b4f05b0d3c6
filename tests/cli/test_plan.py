"""`reel plan` from file and pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from .conftest import Result

Reel = Callable[..., Result]
Shell = Callable[..., subprocess.CompletedProcess[bytes]]
SCREENPLAY = b"""Title: The Lighthouse

EXT. LIGHTHOUSE - DUSK

MARA, a woman in a red coat, walks to the door.

INT. LIGHTHOUSE - NIGHT

Mara climbs the stairs.
"""


def test_file_and_pipe_give_the_same_shots(reel: Reel, tmp_path: Path) -> None:
    (tmp_path / "the-lighthouse.fountain").write_bytes(SCREENPLAY)
    piped = reel("plan", stdin=SCREENPLAY)
    assert piped.records == reel("plan", "the-lighthouse.fountain").records
    assert {record["kind"] for record in piped.records} == {"movie", "character", "scene", "shot"}


def test_size_style_and_seed_reach_the_movie(reel: Reel) -> None:
    movie = reel("plan", "--size", "128x64", "--style", "ink", "--seed", "9", stdin=SCREENPLAY).records[0]
    assert (movie["width"], movie["height"], movie["style"], movie["seed"]) == (128, 64, "ink", 9)
    refused = reel("plan", "--size", "wide", stdin=SCREENPLAY)
    assert (refused.status, "give one such as 832x480" in refused.stderr) == (2, True)


def test_what_cannot_be_planned_is_status_3(reel: Reel) -> None:
    assert reel("plan", "missing.fountain").status == 3
    empty = reel("plan", stdin=b"")
    assert (empty.status, empty.stdout) == (3, b"")
    assert "<stdin>" in empty.stderr


def test_the_first_record_of_a_plan_through_head(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "film.fountain").write_bytes(SCREENPLAY)
    done = shell("reel plan film.fountain | head -1; echo ${PIPESTATUS[0]}")
    first, status = done.stdout.splitlines()
    assert first.startswith(b'{"kind":"movie","id":"film"')
    assert status == b"0"


def test_plan_into_status(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "film.fountain").write_bytes(SCREENPLAY)
    done = shell("reel plan -q film.fountain | reel status -q")
    assert b'"movie":"film"' in done.stdout
    assert done.stderr == b""
