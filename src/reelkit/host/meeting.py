"""How a client meets the host: the one that is there, or one that it starts."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import reelkit
from reelkit import __version__
from reelkit.errors import UnavailableError
from reelkit.host import wire
from reelkit.host.place import Place, at, locked, process, settings

if TYPE_CHECKING:
    import subprocess

START_SECONDS = 120.0
"""How long a host may take until it answers."""
END_SECONDS = 120.0
"""How long one that ends may take for the request in hand."""
ANSWER_SECONDS = 60.0
"""How long one that lives may take for a greeting."""
LOOK_SECONDS = 0.03
TRIES = 3
"""A host may end, idle, while we come; then another is started."""
SLURM_IDLE = 0.0
LOG_LINES = 4
"""How much of the log stands in an error."""

_children: list[subprocess.Popen[bytes]] = []
"""Hosts that this process started and that outlive it; kept, for Python warns of a forgotten child."""


def enter(where: Place, device: str, build: str, environ: Mapping[str, str]) -> tuple[socket.socket, int]:
    """A connection to the host of this code, which is started where there is none; and its process."""
    end = time.monotonic() + END_SECONDS
    tries = 0
    while True:
        met = meet(where, build)
        if met is not None:
            return met
        pid = process(where)
        if pid is None:
            met = start_alone(where, device, build, environ)
            if met is not None:
                return met
            tries += 1
        elif time.monotonic() > end:
            raise UnavailableError(
                f"the model host (process {pid}) is ending and has not finished its last request: wait for it, or end it "
                f"with `kill -9 {pid}`, then run again"
            )
        if tries > TRIES:
            raise UnavailableError(f"the model host starts and ends at once: {_last(where.log)}; REEL_HOST=off works without it")
        time.sleep(LOOK_SECONDS)


def start_alone(where: Place, device: str, build: str, environ: Mapping[str, str]) -> tuple[socket.socket, int] | None:
    """`start`, under the lock that keeps the others of a pipe waiting, unless one of them was first."""
    with locked(where.starting):
        if process(where) is not None:
            return meet(where, build)
        make_room(where)
        return start(where, device, build, environ)


def meet(where: Place, build: str) -> tuple[socket.socket, int] | None:
    """A connection to a host that is there, and its process; None where there is none, or one of other code that left."""
    connection = connected(where)
    if connection is None:
        return None
    try:
        welcome = asked(connection, wire.Hello(__version__, build), where)
    except wire.Closed:
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    if isinstance(welcome, wire.Welcome) and (welcome.build, welcome.protocol) == (build, wire.PROTOCOL):
        return connection, welcome.pid
    connection.close()
    if yielded(where):
        return None
    who = f"{welcome.version}, process {welcome.pid}" if isinstance(welcome, wire.Welcome) else "?"
    raise UnavailableError(
        f"a model host of other code (reelkit {who}; this is {__version__}) is at work: wait for its clients, end it with "
        "`reel serve --stop`, or set REEL_HOST=off"
    )


def start(where: Place, device: str, build: str, environ: Mapping[str, str]) -> tuple[socket.socket, int] | None:
    """Start a host apart from this process, its terminal and its folder, and wait until it answers; None if it ended."""
    import subprocess

    words = [sys.executable, "-P", "-m", "reelkit.host.server", str(where.socket), "--device", device]
    if environ.get("SLURM_JOB_ID"):
        words += ["--idle", str(SLURM_IDLE)]
    with where.log.open("ab") as log:
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, env=_environment(environ)
        )
    _children.append(child)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        met = meet(where, build)
        if met is not None:
            return met
        if child.poll() is not None:
            if child.returncode:
                raise UnavailableError(
                    f"the model host ended with status {child.returncode}: {_last(where.log)}; REEL_HOST=off works without it"
                )
            return None
        time.sleep(LOOK_SECONDS)
    child.kill()
    raise UnavailableError(f"the model host did not answer within {START_SECONDS:g} s: {_last(where.log)}")


def make_room(where: Place) -> None:
    """Have hosts on the same device under other settings end, where nobody uses them: they hold its memory."""
    for path in where.kin:
        with suppress(UnavailableError):  # one that does not answer keeps its memory; the device says what is free
            yielded(at(path))


def yielded(where: Place) -> bool:
    """Whether the host there ended for another, or had ended already."""
    reply = told(where, wire.Yield())
    return (reply is None or isinstance(reply, wire.Done)) and gone(where, END_SECONDS)


def told(where: Place, message: wire.First) -> wire.Reply | None:
    """The host's answer to one message that needs no greeting; None where no host is."""
    connection = connected(where)
    if connection is None:
        return None
    with connection:
        try:
            return asked(connection, message, where)
        except wire.Closed:
            return None


def connected(where: Place) -> socket.socket | None:
    """A connection, None where nobody listens."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.connect(os.fspath(where.socket))
    except OSError:
        connection.close()
        return None
    return connection


def asked(connection: socket.socket, message: wire.First, where: Place) -> wire.Reply:
    """The answer to a first message; UnavailableError from a host that lives and does not give one."""
    try:
        wire.send(connection, message)
        reply = wire.next_reply(connection)
    except wire.Closed as problem:
        if not isinstance(problem.__cause__, TimeoutError):
            raise
        pid = process(where)
        raise UnavailableError(
            f"the model host (process {pid}) does not answer: end it with `kill -9 {pid}`, then run again, or set "
            "REEL_HOST=off"
        ) from problem
    connection.settimeout(None)
    return reply


def gone(where: Place, seconds: float) -> bool:
    """Whether the host's process ends within so many seconds."""
    end = time.monotonic() + seconds
    while process(where) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """This process's, in which the host, from another folder, finds the same package."""
    source = Path(reelkit.__file__).absolute().parent.parent
    found = [] if source.name in ("site-packages", "dist-packages") else [str(source)]
    given = [str(Path(path).absolute()) for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {**environ, **settings(environ), "PYTHONPATH": os.pathsep.join([*found, *given])}


def _last(log: Path) -> str:
    """The end of the host's log, on one line."""
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        lines = []
    return " / ".join(lines[-LOG_LINES:]) or f"{log} says nothing"
