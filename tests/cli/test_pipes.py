"""Real processes: pipes that close, signals, a terminal that several stages share."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FILM, MOVIE, lines, shot

Shell = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.jsonl"
    path.write_bytes(FILM)
    return path


def test_a_closed_pipe_ends_quietly(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_bytes(lines(MOVIE, *(shot(n) for n in range(1, 3000))))
    done = shell("reel merge -q long.jsonl | head -1; echo ${PIPESTATUS[@]}")
    first, statuses = done.stdout.splitlines()
    assert json.loads(first) == MOVIE
    assert statuses == b"0 0"
    assert done.stderr == b""


def test_help_into_a_closed_pipe_is_quiet(shell: Shell) -> None:
    done = shell("reel shot --help | true; reel --help | head -1")
    assert done.stdout == b"Usage: reel VERB [OPTIONS] [MANIFEST|-]\n"
    assert done.stderr == b""


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_stdout_is_data_that_jq_reads(shell: Shell, film: Path) -> None:
    done = shell("reel merge film.jsonl | jq -r 'select(.kind == \"shot\") | .id' | tail -1")
    assert done.stdout == b"s01-003\n"


def stopped(
    shell: Shell, tmp_path: Path, name: str, *, chunk: str = "0.8", grace: str = "60"
) -> tuple[int, list[str], str]:
    """Send signal `name` to a slow stage while its first chunk is in hand; status, shots, messages.

    The headers are out by then: a record leaves as soon as it is done.
    """
    line = (
        f"CHUNK_SECONDS={chunk} slow --grace {grace} film.jsonl > out.jsonl & stage=$!\n"
        f"until [ $(wc -l < out.jsonl) -ge 2 ]; do sleep 0.05; done; sleep 0.2\n"
        f"kill -{name} $stage; wait $stage; echo $?"
    )
    done = shell(line)
    records = [json.loads(row) for row in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    shots = [record["id"] for record in records if record["kind"] == "shot"]
    return int(done.stdout.split()[-1]), shots, done.stderr.decode()


@pytest.mark.parametrize("name", ["TERM", "USR1"])
def test_a_stop_finishes_the_chunk_in_hand_and_is_75(
    shell: Shell, film: Path, tmp_path: Path, name: str
) -> None:
    status, shots, messages = stopped(shell, tmp_path, name)
    assert (status, shots) == (75, ["s01-001"])
    assert f"stopped by SIG{name}; run it again to go on" in messages


def test_a_chunk_that_does_not_fit_the_grace_is_dropped(shell: Shell, film: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    status, shots, messages = stopped(shell, tmp_path, "TERM", chunk="30", grace="0.3")
    assert (status, shots) == (75, [])
    assert "Traceback" not in messages
    assert time.monotonic() - began < 15


def test_an_interrupt_is_130_without_a_traceback(shell: Shell, film: Path, tmp_path: Path) -> None:
    status, shots, messages = stopped(shell, tmp_path, "INT", chunk="30")
    assert (status, shots) == (130, [])
    assert "Traceback" not in messages


def test_a_stop_while_waiting_for_input_ends_at_once(shell: Shell, tmp_path: Path) -> None:
    line = (
        "mkfifo slowly; (cat film.jsonl; sleep 20) > slowly & writer=$!\n"
        "slow slowly > out.jsonl 2> messages & stage=$!\n"
        "until [ -s out.jsonl ]; do sleep 0.05; done; sleep 0.3; kill -TERM $stage; wait $stage; echo $?\n"
        "kill $writer"
    )
    (tmp_path / "film.jsonl").write_bytes(lines(MOVIE))
    began = time.monotonic()
    assert shell(line).stdout.split()[-1] == b"75"
    assert time.monotonic() - began < 15


def test_a_stop_leaves_the_old_manifest(shell: Shell, film: Path) -> None:
    line = (
        "CHUNK_SECONDS=0.5 slow film.jsonl --manifest-out film.jsonl & stage=$!\n"
        "until ls film.jsonl.*part >/dev/null 2>&1; do sleep 0.02; done\n"
        "kill -TERM $stage; wait $stage; echo $?"
    )
    assert shell(line).stdout.split()[-1] == b"75"
    assert film.read_bytes() == FILM
    assert [path.name for path in film.parent.iterdir() if ".part" in path.name] == []


def test_two_stages_share_a_terminal(shell: Shell, film: Path, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    environ = {
        **os.environ,
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "TERM": "xterm",
        "CHUNK_SECONDS": "0.4",
    }
    line = "slow -v film.jsonl | slow -v > out.jsonl"
    stages = subprocess.Popen(
        ["bash", "-c", line], cwd=tmp_path, env=environ, stderr=slave, stdin=subprocess.DEVNULL
    )
    os.close(slave)
    text = drain(master)
    assert stages.wait(timeout=30) == 0
    printed = [row.rsplit("\x1b[2K", 1)[-1].strip() for row in text.split("\n")]
    done = [
        row for row in printed if row.startswith("reel shot: shot lighthouse/s01-00") and row.endswith("s)")
    ]
    assert len(done) == 6
    assert text.index("s01-001 chunk 1") < text.index("done (")  # drawn by the stage that works
    assert sum("3 done, 0 failed" in row for row in printed) == 2


def drain(master: int) -> str:
    """What a terminal shows until its last writer is gone."""
    chunks: list[bytes] = []
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            chunk = b""
        if not chunk:
            os.close(master)
            return b"".join(chunks).decode()
        chunks.append(chunk)


def test_the_second_interrupt_is_immediate(film: Path, tmp_path: Path) -> None:
    import sys

    code = (
        "import time, sys\n"
        "from reelkit.cli.signals import StopSignals\n"
        "with StopSignals(60, True):\n"
        "    try:\n"
        "        print('ready', flush=True); time.sleep(30)\n"
        "    except KeyboardInterrupt:\n"
        "        print('first', flush=True); time.sleep(30)\n"
    )
    stage = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert stage.stdout is not None
    for word in (b"ready\n", b"first\n"):
        assert stage.stdout.readline() == word
        stage.send_signal(signal.SIGINT)
    assert stage.wait(timeout=10) == 130
    stage.stdout.close()
