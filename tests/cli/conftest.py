"""`reel` in process with an Environment of its own, and as a real process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reelkit.cli.environment import Environment
from reelkit.cli.main import main

MOVIE = {"kind": "movie", "id": "lighthouse", "title": "The Lighthouse", "fps": 24, "seed": 7}
SCENE = {"kind": "scene", "id": "s01", "movie": "lighthouse", "heading": "EXT. LIGHTHOUSE - DUSK"}


def shot(number: int, **fields: Any) -> dict[str, Any]:
    """A shot record of the lighthouse film."""
    record = {
        "kind": "shot",
        "id": f"s01-{number:03}",
        "movie": "lighthouse",
        "scene": "s01",
        "order": number,
    }
    return {**record, "prompt": f"Mara, step {number}.", "seconds": 2.0, **fields}


def lines(*records: dict[str, Any]) -> bytes:
    """Records as a manifest."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


FILM = lines(MOVIE, SCENE, *(shot(n) for n in (1, 2, 3)))


class Result(NamedTuple):
    """What a run of `reel` left."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.splitlines()]


class TerminalText(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def reel(tmp_path: Path) -> Callable[..., Result]:
    """Run `reel` in this process, in `tmp_path`, with nothing from outside."""

    def run(
        *words: str, stdin: bytes = b"", environ: dict[str, str] | None = None, terminals: Iterable[str] = ()
    ) -> Result:
        out = io.BytesIO()
        err = TerminalText() if "stderr" in terminals else io.StringIO()
        env = Environment(
            stdin=io.BytesIO(stdin),
            stdout=out,
            stderr=err,
            stdin_isatty="stdin" in terminals,
            stdout_isatty="stdout" in terminals,
            stderr_isatty="stderr" in terminals,
            environ={"REEL_HOST": "off", **(environ or {})},
            cwd=tmp_path,
        )
        return Result(main(words, env), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a bash line in `tmp_path`; `reel` is this interpreter's, `slow` a stage that takes its time."""
    folder = tmp_path / "bin"
    folder.mkdir()
    slow = Path(__file__).with_name("slow_stage.py")
    for name, command in {"reel": "-m reelkit.cli.main", "slow": str(slow)}.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        script.chmod(0o755)

    def run(line: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        path = f"{folder}:{os.environ['PATH']}"
        environ = {**os.environ, "REEL_HOST": "off", "PATH": path, "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environ, capture_output=True, timeout=60, **options
        )

    return run
