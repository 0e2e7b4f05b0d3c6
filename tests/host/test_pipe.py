"""The embedded model through a pipe of real stages: the host and REEL_HOST=off draw the same film."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.film import dump, entries

from .conftest import reel

PIPE = '"$PYTHON" -m reelkit.cli.main {} --steps 2 {}'
FILM = [
    {"kind": "movie", "id": "film", "title": "Film", "fps": 8, "width": 256, "height": 128, "seed": 7},
    {"kind": "character", "id": "mara", "movie": "film", "name": "Mara", "look": "a woman in a red coat"},
    {"kind": "shot", "id": "s01-001", "movie": "film", "order": 1, "prompt": "Wide shot. A beach. Mara walks.", "seconds": 1.4},
    {"kind": "shot", "id": "s01-002", "movie": "film", "order": 2, "prompt": "Close-up. A beach. Mara waves.", "seconds": 0.7},
]
MEASURED = {"wall_seconds": 0.0, "peak_memory": 0}
"""What no two runs have in common."""


def pipe(folder: Path, host: str) -> tuple[list[Any], dict[str, str], str]:
    """Records, hashes of every picture, clip and latent, and what a terminal would have shown."""
    folder.mkdir()
    (folder / "film.jsonl").write_bytes(dump(entries(FILM)))
    stages = ("keyframes", "film.jsonl"), ("shot", ""), ("extend", "")
    line = " | ".join(PIPE.format(*stage) for stage in stages)
    environ = {**os.environ, "REEL_HOST": host, "PYTHON": sys.executable}
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    media = [path for path in sorted((folder / "media").rglob("*")) if path.suffix in (".mp4", ".png", ".safetensors")]
    hashes = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in media}
    records = [json.loads(row, object_hook=lambda made: {**made, **{k: v for k, v in MEASURED.items() if k in made}})
               for row in done.stdout.splitlines()]  # fmt: skip
    return records, hashes, done.stderr


@pytest.mark.slow
def test_a_hosted_pipe_gives_the_records_of_one_without_and_loads_each_model_once(nest: Path, tmp_path: Path) -> None:
    hosted, pictures, shown = pipe(tmp_path / "hosted", "on")
    status = reel("serve", "--status", "-q", cwd=tmp_path)
    (host,) = map(json.loads, status.stdout.splitlines())
    assert len(host["loads"]) == 2 and set(host["loads"].values()) == {1}, host["loads"]
    assert sorted(host["held"]) == sorted(host["loads"])
    assert all(line.startswith(("reel keyframes: ", "reel shot: ", "reel extend: ")) for line in shown.splitlines()), shown

    alone, others, _ = pipe(tmp_path / "alone", "off")
    assert hosted == alone
    assert pictures == others
    takes = [take for record in hosted if record["kind"] == "shot" for take in record["takes"]]
    assert [len(take["chunks"]) for take in takes] == [2, 1]
    assert {chunk["mode"] for take in takes for chunk in take["chunks"]} == {3, 4}
    (again,) = map(json.loads, reel("serve", "--status", "-q", cwd=tmp_path).stdout.splitlines())
    assert (again["pid"], again["requests"]) == (host["pid"], host["requests"])
