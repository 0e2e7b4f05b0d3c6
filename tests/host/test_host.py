"""The host and its clients in one process: whose turn it is, what is cancelled, and what each side is told."""

from __future__ import annotations

import errno
import inspect
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelkit.errors import RecordError, ReelError, StoppedError, UnavailableError
from reelkit.host import client, wire
from reelkit.host.answers import Host
from reelkit.host.client import HostedModels
from reelkit.host.meeting import connected, told
from reelkit.host.place import lock, place
from reelkit.host.server import FIRST_SECONDS, Server
from reelkit.media.image import write_png
from reelkit.models import GenerateRequest
from tests.host.tiny_host import Slow

from .conftest import request, until


def hosted() -> HostedModels:
    return HostedModels("cpu", "auto")


class Asking(threading.Thread):
    """A client with one request in a thread of its own; `said` is its reply or its error."""

    def __init__(self, models: HostedModels, asked: Any) -> None:
        super().__init__(daemon=True)
        self.models, self.asked = models, asked
        self.said: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.said = self.models.generate(self.asked)
        except (ReelError, OSError) as error:
            self.said = error

    def result(self) -> Any:
        self.join(30)
        return self.said


def busy(host: Host, out: Path) -> Asking:
    """A client whose long request is in hand."""
    asking = Asking(hosted(), request(out, "long"))
    until(lambda: host.standing().step > 0)
    return asking


def leave(models: HostedModels) -> None:
    """As a process does when it ends."""
    assert models._connection is not None
    models._connection.shutdown(socket.SHUT_RDWR)


def test_a_client_gets_what_the_model_would_give(host: Host, tmp_path: Path) -> None:
    models, own = hosted(), Slow()
    steps: list[tuple[int, int]] = []
    made = models.generate(request(tmp_path / "a"), lambda done, total: steps.append((done, total)))
    assert made == own.generate(request(tmp_path / "b"))
    for suffix in (".mp4", ".safetensors"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert steps == [(1, 1)]
    assert np.array_equal(models.embed_texts(["a coat", "a red coat"]), own.embed_texts(["a coat", "a red coat"]))
    write_png(tmp_path / "p.png", np.full((4, 4, 3), 90, np.uint8))
    pictures = [tmp_path / "p.png", np.arange(48, dtype=np.uint8).reshape(4, 4, 3)[:, ::-1]]
    got = models.embed_images(pictures)
    assert np.array_equal(got, own.embed_images(pictures))
    got[0] = 0.0


def test_a_network_answers_a_client_as_it_would_in_process(host: Host, tmp_path: Path) -> None:
    models, own = hosted(), Slow()
    inputs = [
        np.arange(36, dtype=np.uint8).reshape(3, 4, 3)[:, ::-1],
        np.full((2, 4, 4, 3), 7, np.uint8),
        np.linspace(-1, 1, 9, dtype=np.float32),
    ]
    got, wanted = models.measure("mean", inputs, tmp_path), own.measure("mean", inputs)
    assert np.array_equal(np.asarray(got), np.asarray(wanted))
    assert models.measure("words", ["a coat"], options={"ask": "red?"}) == ["a coat red?"]


def test_many_pictures_go_in_the_parts_that_the_encoder_takes(host: Host) -> None:
    from reelkit.models.encoder import Encoder

    assert inspect.signature(Encoder.embed_images).parameters["batch"].default == client.IMAGES
    pictures = [np.full((4, 4, 3), value, np.uint8) for value in range(client.IMAGES + 3)]
    assert np.array_equal(hosted().embed_images(pictures), Slow().embed_images(pictures))
    assert host.requests == 2


def test_paths_cross_as_absolute_ones_and_settings_as_they_are(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("coat.safetensors").touch()
    Path("embedded").mkdir()
    Path("small.gguf").touch()
    settings = {"fps": 8.0, "sampler": "euler", "step_cache": "first-block", "offload": "group", "match": True}
    models = HostedModels("cpu", "float32")
    loras = ["coat.safetensors", "transformer=coat.safetensors:0.5", "mara/coats"]
    models.generate(request(Path("here"), options={**settings, "quantisation": "gguf:small.gguf", "lora": loras}))
    seen = host.models.requests[-1]  # type: ignore[attr-defined]
    assert seen.out == str(tmp_path / "here")
    assert seen.model == "embedded"
    coat = tmp_path / "coat.safetensors"
    assert seen.options == {
        **settings,
        "dtype": "float32",
        "quantisation": f"gguf:{tmp_path / 'small.gguf'}",
        "lora": [str(coat), f"transformer={coat}:0.5", "mara/coats"],
    }
    models.generate(request(Path("here"), options={"fps": 8.0, "dtype": "bfloat16"}))
    assert host.models.requests[-1].options["dtype"] == "bfloat16"  # type: ignore[attr-defined]


def test_files_have_the_permissions_that_the_client_would_give_them(host: Host, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        mine = hosted()
        os.umask(0o077)
        theirs = hosted()
        for models, name in ((mine, "mine"), (theirs, "theirs")):
            models.generate(request(tmp_path / name))
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / f"{name}.mp4").stat().st_mode) for name in ("mine", "theirs")]
    assert [oct(mode) for mode in modes] == ["0o640", "0o600"]


def full_disk(asked: GenerateRequest) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), asked.out + ".mp4")


def test_an_error_keeps_its_kind_and_words_and_the_connection_stands(host: Host, tmp_path: Path) -> None:
    models = hosted()
    with pytest.raises(RecordError, match=r"^shot 7: too long; ask for less$"):
        models.generate(request(tmp_path / "a", "fails"))
    host.models.fail = full_disk  # type: ignore[attr-defined]
    with pytest.raises(OSError, match=r"a\.mp4") as full:
        models.generate(request(tmp_path / "a"))
    assert full.value.errno == errno.ENOSPC
    host.models.fail = None  # type: ignore[attr-defined]
    models.generate(request(tmp_path / "a"))
    assert (host.clients, host.requests, host.failures) == (1, 3, 2)


def test_what_torch_must_be_asked_for_a_refusal_is_asked_of_the_host(host: Host, tmp_path: Path) -> None:
    refused: list[str] = []

    def check(asked: GenerateRequest) -> None:
        refused.append(asked.options["lora"][0])
        raise RecordError("diffusers loads no LoRA into its kind of model")

    host.models.check = check  # type: ignore[method-assign]
    with pytest.raises(RecordError, match="no LoRA into its kind"):
        hosted().check(request(tmp_path / "a", options={"lora": ["mara/coats"]}))
    assert refused == ["mara/coats"]
    hosted().check(request(tmp_path / "a"))
    assert host.requests == 1


def test_what_a_card_refuses_meets_no_host(nest: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="128x64 only"):
        hosted().generate(request(tmp_path / "a", width=130))
    assert list(nest.glob("*/*.sock")) == []


def test_a_client_that_leaves_is_cancelled_within_a_step_and_others_go_on(host: Host, tmp_path: Path) -> None:
    class Interrupt(BaseException):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise Interrupt

    models = hosted()
    with pytest.raises(Interrupt):
        models.generate(request(tmp_path / "a", "long"), stop)
    hosted().generate(request(tmp_path / "b"))
    assert int((tmp_path / "a.step").read_text()) <= 4
    assert not (tmp_path / "a.mp4").exists()
    models.generate(request(tmp_path / "a"))


def test_turns_go_round_among_clients_that_always_want_one(host: Host, tmp_path: Path) -> None:
    first = busy(host, tmp_path / "first")
    eager = [hosted() for _ in range(3)]

    def three(number: int) -> None:
        for turn in range(3):
            eager[number].generate(request(tmp_path / f"{number}-{turn}", f"{number}"))

    threads = []
    for number in range(3):
        threads.append(threading.Thread(target=three, args=(number,)))
        threads[-1].start()
        until(lambda number=number: host.line.waiting == number + 1)
    leave(first.models)
    for thread in threads:
        thread.join(30)
    order: list[str] = host.models.order[1:]  # type: ignore[attr-defined]
    assert sorted(order) == sorted("012" * 3)
    assert all(set(order[begin : begin + 3]) == set("012") for begin in (0, 3, 6))


def test_one_who_leaves_the_line_is_not_served(host: Host, tmp_path: Path) -> None:
    first = busy(host, tmp_path / "first")
    waiting = Asking(hosted(), request(tmp_path / "w", "waits"))
    until(lambda: host.line.waiting == 1)
    leave(waiting.models)
    until(lambda: host.line.waiting == 0)
    leave(first.models)
    hosted().generate(request(tmp_path / "b", "after"))
    assert host.models.order == ["long", "after"]  # type: ignore[attr-defined]
    assert "died before it answered" in str(waiting.result())


def test_a_suspended_client_does_not_hold_up_the_others(host: Host, tmp_path: Path) -> None:
    """Ctrl-Z leaves the connection open and reads nothing: five hundred steps do not fit into a socket."""
    host.models.pause, host.models.steps = 0.0, 500  # type: ignore[attr-defined]
    suspended = hosted()
    with suspended._lock:
        connection = suspended._connected()
        wire.send(connection, wire.Generate(request(tmp_path / "s", "long")))
        until(lambda: host.models.order)  # type: ignore[attr-defined]
        hosted().generate(request(tmp_path / "b"))
        replies = [wire.next_reply(connection)]
        while isinstance(replies[-1], wire.Step):
            replies.append(wire.next_reply(connection))
    assert isinstance(replies[-1], wire.Made)
    assert len(replies) < 500


def test_status_is_answered_while_the_device_is_busy(host: Host, tmp_path: Path) -> None:
    first = busy(host, tmp_path / "l")
    second = Asking(hosted(), request(tmp_path / "w"))
    until(lambda: host.line.waiting == 1)
    standing = told(place("cpu", os.environ), wire.Status())
    assert isinstance(standing, wire.Standing)
    assert (standing.pid, standing.clients, standing.waiting) == (os.getpid(), 2, 1)
    assert (standing.working, standing.steps) == (str(tmp_path / "l"), 1000)
    assert (standing.device, standing.loads, standing.held, standing.idle) == ("cpu", {"tiny": 1}, ["tiny"], 60.0)
    assert standing.memory > 2**20
    leave(first.models)
    second.join(30)


def test_a_stop_finishes_the_request_in_hand_and_tells_everyone_else(host: Host, tmp_path: Path) -> None:
    host.models.steps = 200  # type: ignore[attr-defined]
    resting = hosted()
    resting.embed_texts(["hello"])
    working = busy(host, tmp_path / "l")
    waiting = Asking(hosted(), request(tmp_path / "w"))
    until(lambda: host.line.waiting == 1)
    assert isinstance(told(place("cpu", os.environ), wire.Stop()), wire.Done)
    assert isinstance(waiting.result(), StoppedError)
    with pytest.raises(StoppedError, match="run the same command again"):
        resting.embed_texts(["again"])
    assert working.result().frames == 6
    with pytest.raises(StoppedError):
        working.models.generate(request(tmp_path / "m"))
    assert not (tmp_path / "w.mp4").exists()


def test_a_connection_lost_between_requests_is_no_loss(host: Host, tmp_path: Path) -> None:
    """The host may have ended, or died, while nothing was asked of it."""
    models = hosted()
    models.embed_texts(["hello"])
    (connection,) = until(lambda: list(host._resting))
    connection.shutdown(socket.SHUT_RDWR)
    models.generate(request(tmp_path / "a"))
    until(lambda: host.clients == 1)


def other_code(monkeypatch: pytest.MonkeyPatch) -> HostedModels:
    models = hosted()
    models._build = "another"
    monkeypatch.setattr("reelkit.host.meeting.__version__", "9.9")
    return models


def test_a_host_of_other_code_at_work_is_named_and_can_be_stopped(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = busy(host, tmp_path / "l")
    said = rf"other code \(reelkit 0\.1\.0, process {os.getpid()}; this is 9\.9\) is at work: .*`reel serve --stop`"
    with pytest.raises(UnavailableError, match=said):
        other_code(monkeypatch).embed_texts(["hello"])
    leave(first.models)
    assert isinstance(told(place("cpu", os.environ), wire.Stop()), wire.Done)
    assert host.stopping


def test_a_host_of_other_code_that_nobody_uses_makes_room(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def start(*words: Any) -> Any:
        started.append(words[1])
        raise UnavailableError("that is enough")

    monkeypatch.setattr("reelkit.host.meeting.start", start)
    with pytest.raises(UnavailableError, match="that is enough"):
        other_code(monkeypatch).embed_texts(["hello"])
    assert host.stopping and not host.asked and started == ["cpu"]


def test_a_host_that_was_asked_to_stay_makes_no_room(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    where = place("cpu", os.environ)
    assert isinstance(told(where, wire.Idle(7200.0)), wire.Done)
    assert host.idle == 7200.0
    with pytest.raises(UnavailableError, match="other code"):
        other_code(monkeypatch).embed_texts(["hello"])
    assert not host.stopping


def test_the_host_takes_no_request_from_who_does_not_greet(host: Host, tmp_path: Path) -> None:
    connection = connected(place("cpu", os.environ))
    assert connection is not None
    with connection:
        wire.send(connection, wire.Generate(request(tmp_path / "a")))
        assert isinstance(wire.next_reply(connection), wire.Failed)
    assert host.requests == 0 and not (tmp_path / "a.mp4").exists()


@pytest.fixture
def server(nest: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """One that does not run; its clock is the test's."""
    return Server(Host(Slow(), "cpu"), place("cpu", os.environ), idle=300.0)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [time.monotonic()]
    monkeypatch.setattr("reelkit.host.server.time.monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_an_idle_host_ends(server: Server, later: Callable[[float], None]) -> None:
    server.host.met = True
    assert not server.over()
    later(299)
    assert not server.over()
    later(2)
    assert server.over()


def test_a_host_is_not_idle_while_a_process_lives_that_may_want_it(server: Server, later: Callable[[float], None]) -> None:
    server.host.met, server.host.idle = True, 0.0
    presence = lock(server.where.clients, shared=True)
    later(10_000)
    assert not server.over()
    assert presence is not None
    os.close(presence)
    later(1)
    assert server.over()


def test_a_host_that_nobody_met_waits_for_who_started_it(server: Server, later: Callable[[float], None]) -> None:
    server.host.idle = 0.0
    later(FIRST_SECONDS - 1)
    assert not server.over()
    later(2)
    assert server.over()


def test_a_host_that_nobody_can_find_ends_with_its_clients(server: Server, later: Callable[[float], None]) -> None:
    server.host.met, server.host.clients = True, 1
    server.where.socket.unlink()
    assert not server.over()
    server.host.clients = 0
    assert server.over()
    server._leave_place()


def test_a_device_that_broke_ends_the_host_and_costs_only_who_waited(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some errors a CUDA context answers nothing any more; another process has another."""
    monkeypatch.setattr("reelkit.host.answers._sound", lambda: False)
    working = busy(host, tmp_path / "l")
    waiting = Asking(hosted(), request(tmp_path / "w"))
    until(lambda: host.line.waiting == 1)
    leave(working.models)
    assert isinstance(waiting.result(), UnavailableError) and "had to end" in str(waiting.said)
    assert host.stopping and not host.asked


def test_an_error_of_the_hosts_own_leaves_nobody_waiting(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(Exception):
        def __str__(self) -> str:
            raise AttributeError("an error that cannot even say what it is")

    def fail(asked: GenerateRequest) -> None:
        raise Wrong

    host.models.fail = fail  # type: ignore[attr-defined]
    monkeypatch.setattr("threading.excepthook", lambda problem: None)
    with pytest.raises(UnavailableError, match="had to end"):
        hosted().generate(request(tmp_path / "a"))
    until(lambda: host.stopping)
