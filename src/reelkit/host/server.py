"""The host's process: it holds its place, takes clients, ends in time, and writes its own log.

`python -m reelkit.host.server SOCKET` is started by the first stage that needs a model. It lives as long as it holds
its lock, so there are never two; it ends when for `--idle` seconds no process was there that may want it.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from reelkit import __version__
from reelkit.host.answers import Host, say
from reelkit.host.place import Place, at, lock, locked

IDLE_SECONDS = 300.0
FIRST_SECONDS = 10.0
"""How long it waits, at the least, for the client that started it."""
LOOK_SECONDS = 0.5
"""How often it looks whether it is time to go."""
TOUCH_SECONDS = 3600.0
"""How often it touches its files, so that nothing that tidies temporary folders takes them for forgotten."""
GREETING_SECONDS = 60.0
"""How long one who connects may take to say what for."""
REPLY_SECONDS = 10.0
"""How long the last replies may take to be read."""
LOG_BYTES = 1 << 20
"""A log longer than this begins anew."""
FORGOTTEN_SECONDS = 7 * 86400.0
TRIES = 5
"""For the lock that tells that a host lives: one who only looks holds it for a moment."""


class Server:
    """One host in its place."""

    def __init__(self, host: Host, where: Place, idle: float, kept: bool = False) -> None:
        self.host, self.where = host, where
        host.idle, host.kept = idle, kept
        self._listener = listening(where.socket)
        self._own = where.socket.stat()
        self._left = self._touched = time.monotonic()
        self._threads: list[threading.Thread] = []

    def serve(self) -> None:
        """Take clients, each in a thread of its own, until it is over; then see the job in hand to its end."""
        self.host.line.open()
        self._listener.settimeout(LOOK_SECONDS)
        try:
            while not self.over():
                try:
                    connection, _ = self._listener.accept()
                except TimeoutError:
                    continue
                except OSError as problem:  # no handles left, say: those who are here go on
                    say(f"no client could be taken: {problem}")
                    time.sleep(LOOK_SECONDS)
                    continue
                self._take(connection)
        finally:
            self._leave_place()
            self.host.stop()
            self.host.line.join()
            end = time.monotonic() + REPLY_SECONDS
            for thread in self._threads:
                thread.join(max(0.0, end - time.monotonic()))

    def over(self) -> bool:
        """Whether it was stopped, or nobody has been there for long enough."""
        if self.host.stopping or self.host.line.broken:
            return True
        now = time.monotonic()
        if now - self._touched > TOUCH_SECONDS:
            self._touched = now
            for path in self.where:
                with suppress(OSError):
                    os.utime(path)
        if self.host.clients or self.host.line.busy or not _deserted(self.where.clients):
            self._left = now
            return False
        idle = self.host.idle if self._is_found() else 0.0
        return now - self._left >= (idle if self.host.met else max(idle, FIRST_SECONDS))

    def _take(self, connection: socket.socket) -> None:
        connection.settimeout(GREETING_SECONDS)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self.host.client, args=(connection,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _is_found(self) -> bool:
        """Whether a client that comes would come here: else another host may take the place."""
        try:
            return os.path.samestat(self.where.socket.lstat(), self._own)
        except OSError:
            return False

    def _leave_place(self) -> None:
        """From here on a client waits until this process has ended, and starts another."""
        if self._is_found():
            self.where.socket.unlink(missing_ok=True)
        self._listener.close()


def claim(where: Place) -> int | None:
    """A handle that makes this process the host there for as long as it is open; None where another is the host.

    Left to the end of the process: only then is the device's memory free for the next.
    """
    for _ in range(TRIES):
        handle = lock(where.alive, wait=False)
        if handle is not None:
            os.truncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())
            return handle
        time.sleep(0.02)
    return None


def run(where: Place, host: Host, idle: float, kept: bool = False) -> None:
    """Be the host there, which must have been claimed, until it is over.

    kept: stay although a host with other settings, or of other code, is wanted on the same device.
    """
    with ExitStack() as undo:
        undo.callback(_tidy, where, host)
        undo.enter_context(_logging(where.log))
        undo.enter_context(_signals(host))
        say(f"reelkit {__version__} on device {host.device}, ends after {idle:g} s without a client")
        Server(host, where, idle, kept).serve()
        say(f"ends after {host.requests} requests, {host.failures} of them failed")


def listening(path: Path) -> socket.socket:
    """A socket that only this user may enter, in the place of one that a dead host left."""
    fresh = path.with_name(path.name + ".part")
    fresh.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(fresh))
    fresh.chmod(0o600)
    listener.listen(128)
    fresh.rename(path)
    return listener


def _deserted(clients: Path) -> bool:
    """Whether no process holds the lock of those who may want the host."""
    with locked(clients, wait=False) as free:
        return free


def _tidy(where: Place, host: Host) -> None:
    """Leave no files but what is locked, and a log where something failed; take those of hosts long dead along."""
    if not host.failures:
        where.log.unlink(missing_ok=True)
    _unlink(where.clients, where.starting)
    for alive in where.alive.parent.glob("*.alive"):
        with suppress(OSError):
            if time.time() - alive.stat().st_mtime > FORGOTTEN_SECONDS and _unlink(alive):
                at(alive.with_suffix(".sock")).log.unlink(missing_ok=True)


def _unlink(*locks: Path) -> bool:
    """Remove locks that nobody holds; whether all are gone."""
    handles = [lock(path, wait=False) for path in locks]
    for path, handle in zip(locks, handles, strict=True):
        if handle is not None:
            path.unlink(missing_ok=True)
            os.close(handle)
    return None not in handles


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    """Standard output and error, of libraries and of C code too, go to the log: a terminal belongs to the stages."""
    kept = [os.dup(1), os.dup(2)]
    fresh = path.exists() and path.stat().st_size > LOG_BYTES
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if fresh else 0), 0o600)
    enabled = faulthandler.is_enabled()
    try:
        for number in (1, 2):
            os.dup2(log, number)
        faulthandler.enable(log)
        yield
    finally:
        faulthandler.disable()
        if enabled:
            faulthandler.enable()
        for number, old in zip((1, 2), kept, strict=True):
            os.dup2(old, number)
            os.close(old)
        os.close(log)


@contextmanager
def _signals(host: Host) -> Iterator[None]:
    """The first SIGTERM or SIGINT lets the request in hand finish, the second does not.

    SLURM's SIGUSR1, which may come to every process of a step, is for the stages: they want their chunk in hand.
    """

    def end(number: int, _: object) -> None:
        if host.stopping:
            os._exit(128 + number)
        host.asked = host.stopping = True

    handlers = {signal.SIGTERM: end, signal.SIGINT: end, signal.SIGUSR1: signal.SIG_IGN, signal.SIGHUP: signal.SIG_IGN}
    if threading.current_thread() is not threading.main_thread():
        handlers = {}
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def main(words: list[str] | None = None) -> int:
    """Serve until idle or stopped; 0 also where another host is there already."""
    parser = argparse.ArgumentParser(prog="python -m reelkit.host.server", description="The host of the models.")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds without a client until it ends")
    options = parser.parse_args(words)
    where = at(options.socket)
    if claim(where) is not None:
        from reelkit.models.local import LocalModels

        run(where, Host(LocalModels(options.device), options.device), options.idle)
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # everything is on disk, and taking torch apart would keep the device for seconds
