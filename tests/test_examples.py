"""The examples run as they stand: with the real `reel`, and a tiny model that really writes pictures and clips."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reelkit.media.video import probe

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SCRIPTS = sorted([*EXAMPLES.glob("*.sh"), *EXAMPLES.glob("slurm/*.s*")])

REEL = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT)!r})
from reelkit.cli.call import Call
from reelkit.cli.main import main
from tests.support.tiny import TinyModels
Call.models = lambda call: TinyModels()
sys.exit(main())
"""
PYTHON = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
SBATCH = """#!/usr/bin/env bash
# Runs the job at once, an array task by task, and prints its id.
set -euo pipefail
script=${!#}
tasks=
for word in "$@"; do case $word in --array=1-*) tasks=${word#--array=1-} ;; esac; done
echo "$@" >> sbatch.log
export SLURM_JOB_ID=$$
if [[ -z $tasks ]]; then bash "$script" >&2; else
    for task in $(seq "$tasks"); do
        SLURM_ARRAY_JOB_ID=$$ SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=$tasks \\
            bash "$script" >&2
    done
fi
echo "$$;cluster"
"""
SRUN = '#!/bin/sh\nexec "$@"\n'
SCONTROL = '#!/bin/sh\necho "$@" >> scontrol.log\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to work in, with a `bin` of stand-ins beside `reel`."""
    commands = {"reel": REEL, "python": PYTHON, "sbatch": SBATCH, "srun": SRUN, "scontrol": SCONTROL}
    (tmp_path / "bin").mkdir()
    for name, text in commands.items():
        command = tmp_path / "bin" / name
        command.write_text(text)
        command.chmod(0o755)
    return tmp_path


def run(place: Path, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in `place`, with its `bin` first in PATH."""
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REEL_", "SLURM_"))}
    env = {**kept, "PATH": path, "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(list(map(str, words)), cwd=place, env=env, capture_output=True, text=True)


def records(path: Path, kind: str) -> list[dict[str, Any]]:
    """The records of a kind in a manifest."""
    return [record for record in map(json.loads, path.read_text().splitlines()) if record["kind"] == kind]


def modes(path: Path) -> set[int]:
    """The modes of every chunk in a manifest."""
    takes = (take for shot in records(path, "shot") for take in shot["takes"])
    return {chunk["mode"] for take in takes for chunk in take["chunks"]}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_bash_reads_every_script(script: Path) -> None:
    assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_film_sh_makes_the_film_in_all_four_modes(place: Path) -> None:
    done = run(place, "bash", EXAMPLES / "film.sh", place / "bin" / "reel")
    assert done.returncode == 0, done.stderr
    shots = records(place / "film.jsonl", "shot")
    assert len(shots) == 11
    assert all(shot["error"] is None for shot in shots)
    assert modes(place / "film.jsonl") == {3, 4}
    assert modes(place / "film-plain.jsonl") == {1, 2, 3, 4}
    planned = sum(shot["seconds"] for shot in shots)
    assert probe(place / "film.mp4").seconds == pytest.approx(planned, abs=0.1)
    assert "11 of 11 shots" in done.stderr
    assert "mode 2 (temporal cache)" in done.stderr
    assert str(place / "film.mp4") in done.stderr
    assert not (place / ".film.jsonl").exists()


def test_film_sh_ends_with_the_exit_status_of_the_stage_that_failed(place: Path) -> None:
    broken = place / "bin" / "reel"
    broken.write_text(REEL.replace("sys.exit(main())", "sys.exit(4 if 'shot' in sys.argv else main())"))
    (place / "film.jsonl").write_text("kept\n")
    done = run(place, "bash", EXAMPLES / "film.sh", broken)
    assert done.returncode == 4
    assert (place / "film.jsonl").read_text() == "kept\n"
    assert not (place / ".film.jsonl").exists()


def test_film_sh_without_a_reel_says_so(place: Path) -> None:
    done = run(place, "bash", EXAMPLES / "film.sh", "no-such-reel")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no-such-reel" in done.stderr


def test_the_slurm_jobs_make_a_film_from_shards(place: Path) -> None:
    done = run(place, "bash", EXAMPLES / "slurm" / "submit.sh", EXAMPLES / "lighthouse.fountain", "2")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in sorted((place / "shards").glob("*.jsonl"))] == ["1.jsonl", "2.jsonl"]
    parts = [{shot["id"] for shot in records(place / "shards" / f"{n}.jsonl", "shot")} for n in (1, 2)]
    assert not parts[0] & parts[1]
    assert {shot["id"] for shot in records(place / "film.jsonl", "shot")} == parts[0] | parts[1]
    assert records(place / "film.jsonl", "cut")[0]["missing"] == []
    stills, shots, film = (place / "sbatch.log").read_text().splitlines()
    assert "--dependency" not in stills
    assert "--dependency=afterok:" in shots and "--array=1-2" in shots
    assert "--dependency=afterok:" in film and ";" not in film


@pytest.mark.parametrize(
    ("array", "requeued"),
    [({}, "requeue 7\n"), ({"SLURM_ARRAY_JOB_ID": "6", "SLURM_ARRAY_TASK_ID": "3"}, "requeue 6_3\n")],
)
def test_a_step_that_was_stopped_goes_back_to_the_queue(
    place: Path, array: dict[str, str], requeued: str
) -> None:
    script = f"set -e; source {EXAMPLES}/slurm/step.sh; step sh -c 'exit 1'; step sh -c 'exit 75'; echo on"
    done = run(place, "bash", "-c", script, SLURM_JOB_ID="7", **array)
    assert (done.returncode, done.stdout) == (75, "")
    assert (place / "scontrol.log").read_text() == requeued
