"""A folder for sockets of the test's own, and hosts in it that end with the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reelkit.host.answers import Host
from reelkit.host.place import Place, at, place, process
from reelkit.host.server import Server
from reelkit.models import GenerateRequest
from tests.host.tiny_host import Slow

TINY = Path(__file__).with_name("tiny_host.py")


@pytest.fixture
def nest(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where hosts of this test are met; short, because a socket's path must be."""
    folder = Path(tempfile.mkdtemp(prefix="reel"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in [name for name in os.environ if name.startswith(("SLURM_", "REEL_"))]:
        monkeypatch.delenv(name)
    yield folder
    for alive in folder.glob("*/*.alive"):
        pid = process(at(alive.with_suffix(".sock")))
        if pid and pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture
def host(nest: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host in a thread of this process, where its clients look for one."""
    for module in ("answers", "client"):  # a file that is edited while tests run is no concern of theirs
        monkeypatch.setattr(f"reelkit.host.{module}.build", lambda: "tests")
    where = place("cpu", os.environ)
    server = Server(Host(Slow(), "cpu"), where, idle=60.0)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server.host
    server.host.stop()
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def tiny(nest: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a process that is the host on device `auto`, with tiny models; it listens when this returns."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        where = place("auto", os.environ)
        started.append(subprocess.Popen([sys.executable, str(TINY), str(where.socket)], start_new_session=True))
        until(lambda: process(where) == started[-1].pid and answers(where))
        return started[-1]

    yield start
    for child in started:
        child.kill()
        child.wait(10)


def answers(where: Place) -> bool:
    """Whether a host listens there."""
    from reelkit.host.meeting import connected

    connection = connected(where)
    if connection is not None:
        connection.close()
    return connection is not None


def until(true: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What `true` gives once it is something; the test fails where that takes too long."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)
    return found


def reel(*words: str | Path, cwd: Path, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    """`reel` as a process."""
    command = [sys.executable, "-m", "reelkit.cli.main", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env={**os.environ, **environ}, input=stdin, capture_output=True)


def request(out: Path, prompt: str = "a red coat", **more: Any) -> GenerateRequest:
    """One for a tiny model, under a name that the catalogue knows."""
    fields = {"model": "embedded", "width": 128, "height": 64, "frames": 6, "seed": 1, "options": {"fps": 8.0}} | more
    return GenerateRequest(prompt=prompt, out=str(out), **fields)
