"""Hosts and clients as processes: how many start, who kills whom, and what is left."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reelkit.errors import UnavailableError
from reelkit.host import wire
from reelkit.host.client import HostedModels
from reelkit.host.meeting import told
from reelkit.host.place import Place, place, process
from tests.support.film import dump, film, load, media_hashes, shots

from .conftest import answers, reel, request, until

ROOT = Path(__file__).parents[2]
Tiny = Callable[[], "subprocess.Popen[bytes]"]

MEET = """
import os, sys
from reelkit.host.client import HostedModels
models = HostedModels({device!r})
sys.stdin.read(1)
models._connected()
print(models._host, os.getpid(), *({{"torch", "numpy"}} & set(sys.modules)), flush=True)
sys.stdin.read(1)
"""
ASK = """
import sys
from pathlib import Path
from reelkit.host.client import HostedModels
from tests.host.conftest import request
HostedModels().generate(request(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture
def client() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts Python processes that end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *words: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, *map(str, words)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} | options
        started.append(subprocess.Popen(command, cwd=ROOT, **pipes))
        return started[-1]

    yield start
    for child in started:
        child.kill()
        child.communicate()


def meeting(client: Callable[..., Any], count: int, device: str = "cpu") -> tuple[list[Any], set[int]]:
    """So many processes that meet the host at one time; they and the hosts they met."""
    children = [client(MEET.format(device=device)) for _ in range(count)]
    for child in children:
        child.stdin.write(b"go"[:1])
        child.stdin.flush()
    lines = [child.stdout.readline().split() for child in children]
    assert all(len(line) == 2 for line in lines), lines  # neither torch nor numpy was imported for it
    return children, {int(line[0]) for line in lines}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def hosts(nest: Path) -> list[int]:
    """Every process that is a host in this folder, by its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"reelkit.host.server" in words and any(word.startswith(bytes(nest)) for word in words):
            found.append(int(entry.parent.name))
    return found


def test_twenty_clients_at_once_start_one_host_also_where_one_was_killed(
    nest: Path, client: Callable[..., Any]
) -> None:
    children, met = meeting(client, 20)
    (first,) = met
    assert hosts(nest) == [first] and first not in [child.pid for child in children]
    where = place("cpu", os.environ)
    os.kill(first, signal.SIGKILL)
    until(lambda: process(where) is None)
    assert where.socket.exists() and not answers(where)
    _, met = meeting(client, 5)
    (second,) = met
    assert hosts(nest) == [second] != [first]


def test_every_client_of_a_host_that_dies_hears_of_it_and_a_rerun_goes_on(tiny: Tiny, nest: Path, tmp_path: Path) -> None:
    host = tiny()
    said: dict[int, BaseException] = {}

    def ask(number: int) -> None:
        try:
            HostedModels().generate(request(tmp_path / f"{number}", "long"))
        except UnavailableError as error:
            said[number] = error

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    where = place("auto", os.environ)
    until(lambda: standing(where).waiting == 2)
    host.kill()
    for thread in threads:
        thread.join(20)
    assert sorted(said) == [0, 1, 2]
    for error in said.values():
        assert f"the model host (process {host.pid}) died" in str(error) and str(where.log) in str(error)
    host.wait()
    other = tiny()
    assert HostedModels().generate(request(tmp_path / "again")).frames == 6
    assert standing(where).pid == other.pid


def standing(where: Place) -> wire.Standing:
    found = told(where, wire.Status())
    assert isinstance(found, wire.Standing)
    return found


def test_a_client_that_is_killed_is_cancelled_within_a_step(
    tiny: Tiny, client: Callable[..., Any], tmp_path: Path
) -> None:
    host = tiny()
    step = tmp_path / "a.step"
    child = client(ASK, tmp_path / "a", "long")
    until(lambda: step.exists() and int(step.read_text()) > 3)
    child.kill()
    child.wait()
    left = int(step.read_text())
    where = place("auto", os.environ)
    until(lambda: not standing(where).working)
    assert int(step.read_text()) <= left + 2
    assert not (tmp_path / "a.mp4").exists() and host.poll() is None
    assert standing(where).clients == 0


def test_an_interrupt_of_a_pipe_leaves_the_host_to_the_others(
    nest: Path, client: Callable[..., Any], tmp_path: Path
) -> None:
    """The terminal sends SIGINT to every process of the pipe's group; who started the host may be among them."""
    starter = client(MEET.format(device="cpu"), start_new_session=True)
    starter.stdin.write(b"g")
    starter.stdin.flush()
    pid = int(starter.stdout.readline().split()[0])
    _, met = meeting(client, 1)
    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(20)
    where = place("cpu", os.environ)
    until(lambda: standing(where).clients == 1)
    assert met == {pid} and standing(where).pid == pid


def test_a_terminal_never_sees_the_hosts_lines(tiny: Tiny, nest: Path, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    tiny()
    words = [sys.executable, "-c", ASK, str(tmp_path / "a"), "short"]
    child = subprocess.run(words, cwd=ROOT, stdout=slave, stderr=slave)
    os.write(slave, b"end")
    assert child.returncode == 0
    assert os.read(master, 65536) == b"end"
    os.close(slave)
    os.close(master)
    log = place("auto", os.environ).log.read_text()
    assert "NOISE on standard output" in log and "NOISE on standard error" in log


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_LOCALID": "0"}.items():
        monkeypatch.setenv(name, value)


def test_under_slurm_a_host_ends_with_the_last_process_of_its_step(
    nest: Path, slurm: None, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = client(MEET.format(device="cpu"))  # is there, and has not asked for anything yet
    where = place("cpu", os.environ)
    until(where.clients.exists)
    (first,), met = meeting(client, 1)
    first.communicate(b"x")
    time.sleep(1.5)
    assert process(where) in met
    later.stdin.write(b"g")
    later.stdin.flush()
    assert int(later.stdout.readline().split()[0]) in met
    monkeypatch.setenv("SLURM_STEP_ID", "1")
    (other,), others = meeting(client, 1)
    assert not others & met
    later.communicate(b"x")
    until(lambda: process(where) is None, 15)
    assert all(alive(pid) for pid in others)
    other.communicate(b"x")
    until(lambda: not hosts(nest), 15)
    left = {path.suffix for path in where.socket.parent.iterdir()}
    assert left <= {".alive"}


def test_a_host_of_other_settings_that_nobody_uses_gives_its_memory_back(
    nest: Path, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,), met = meeting(client, 1)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (second,), others = meeting(client, 1)
    assert met != others and sorted(hosts(nest)) == sorted(met | others)
    first.communicate(b"x")
    second.communicate(b"x")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    _, last = meeting(client, 1)
    assert hosts(nest) == list(last)


def test_a_host_that_cannot_start_is_an_error_with_its_last_words(
    nest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**os.environ, "PYTHONHOME": str(tmp_path)}
    with pytest.raises(UnavailableError, match=r"the model host ended with status 1: .*encodings.*REEL_HOST=off"):
        HostedModels("cpu", environ=environ).embed_texts(["hello"])


def test_a_host_that_does_not_answer_is_named(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelkit.host.meeting.ANSWER_SECONDS", 0.3)
    host = tiny()
    host.send_signal(signal.SIGSTOP)
    with pytest.raises(UnavailableError, match=rf"\(process {host.pid}\) does not answer: end it with `kill -9 {host.pid}`"):
        HostedModels().embed_texts(["hello"])


def test_the_first_signal_finishes_the_request_in_hand_and_the_second_does_not(
    tiny: Tiny, client: Callable[..., Any], tmp_path: Path
) -> None:
    for signals, made in ((1, True), (2, False)):
        host, out = tiny(), tmp_path / f"{signals}"
        child = client(ASK, out, "longish", stderr=subprocess.DEVNULL)
        step = Path(f"{out}.step")
        until(lambda step=step: step.exists() and int(step.read_text()) > 3)
        where = place("auto", os.environ)
        host.send_signal(signal.SIGUSR1)  # is for the stages
        for _ in range(signals):
            host.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        assert child.wait(60) == (0 if made else 1)
        assert host.wait(20) == (0 if made else 128 + signal.SIGTERM)
        assert out.with_suffix(".mp4").exists() == made
        until(lambda where=where: process(where) is None)


def test_a_batch_whose_host_dies_loses_nothing_and_goes_on_when_it_is_run_again(tiny: Tiny, tmp_path: Path) -> None:
    film_text = dump(film())
    quiet, torn = tmp_path / "quiet", tmp_path / "torn"
    for folder in (quiet, torn):
        folder.mkdir()
    host = tiny()
    expected = reel("shot", cwd=quiet, stdin=film_text)
    assert expected.returncode == 0, expected.stderr

    def kill() -> None:
        until(lambda: list(torn.glob("media/*/s02-001/*.step")))
        host.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    died = reel("shot", cwd=torn, stdin=film_text.replace(b"INT. KITCHEN", b"long INT. KITCHEN"))
    killing.join()
    assert died.returncode == 4, died.stderr
    assert f"the model host (process {host.pid}) died".encode() in died.stderr
    for step in (*torn.rglob("*.step"), *torn.rglob("*.next")):
        step.unlink()
    finished = media_hashes(torn / "media")
    assert sum(name.endswith(".mp4") for name in finished) == 2
    host.wait()
    tiny()
    again = reel("shot", cwd=torn, stdin=film_text)
    assert again.returncode == 0, again.stderr
    assert again.stdout == expected.stdout
    assert finished.items() <= media_hashes(torn / "media").items()
    assert {id: len(shot.takes) for id, shot in shots(load(again.stdout)).items()} == dict.fromkeys(shots(film()), 1)


def test_a_stopped_host_stops_its_stages_with_75(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "film.jsonl").write_bytes(dump(film()))
    tiny()

    def stop() -> None:
        until(lambda: list(tmp_path.glob("media/*/s*/*.json")))
        assert reel("serve", "--stop", cwd=tmp_path).returncode == 0

    stopping = threading.Thread(target=stop)
    stopping.start()
    words = ["shot", "--takes", "40", "film.jsonl"]
    stopped = reel(*words, cwd=tmp_path)
    stopping.join()
    assert stopped.returncode == 75, stopped.stderr
    assert b"run it again to go on" in stopped.stderr
