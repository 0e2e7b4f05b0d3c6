"""The device's line: requests wait in the order they came, and one thread does them one at a time.

A client has one request at a time, so first come first served is also turn by turn. One thread does them all, because
torch and CUDA keep handles and worker pools for each thread that uses them.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable

from reelkit.host import wire

LOOK_SECONDS = 0.5
"""How often one who waits looks whether its client is still there."""
STOPPED = wire.Failed(
    "StoppedError", "the model host was stopped; run the same command again to go on, what is finished is kept"
)
LOST = wire.Failed(
    "UnavailableError", "the model host had to end; run the same command again to go on, what is finished is kept"
)


class Job:
    """One request on its way through the line; `reply` is None where its client left."""

    def __init__(self, connection: socket.socket, request: wire.Computed) -> None:
        self.connection, self.request = connection, request
        self.reply: wire.Reply | None = None
        self.over = threading.Event()


class Line:
    """Has `work` answer jobs, each with a reply, or None for a client that left."""

    def __init__(self, work: Callable[[Job], wire.Reply | None]) -> None:
        self._work = work
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed: wire.Failed | None = None
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)
        self.current: Job | None = None
        self.broken = False
        """Whether the thread ended by an error of its own; then nothing can be done here any more."""

    def open(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, why: wire.Failed) -> None:
        """Take no more: who waits is told why, and the job in hand is done."""
        with self._changed:
            self._closed = self._closed or why
            turned_away, self._waiting = self._waiting, deque()
            self._changed.notify_all()
        for job in turned_away:
            _finish(job, why)

    def join(self) -> None:
        """Wait for the job in hand."""
        if self._thread.is_alive():
            self._thread.join()

    @property
    def waiting(self) -> int:
        """Jobs behind the one in hand."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether a job is in hand or waits."""
        return self.current is not None or bool(self._waiting)

    def ask(self, connection: socket.socket, request: wire.Computed) -> wire.Reply:
        """Wait for one's turn and for the reply; `wire.Closed` where the client left."""
        job = Job(connection, request)
        with self._changed:
            if self._closed:
                return self._closed
            self._waiting.append(job)
            self._changed.notify_all()
        while not job.over.wait(LOOK_SECONDS):
            if wire.pending(connection):
                self._withdraw(job)
        if job.reply is None:
            raise wire.Closed("the client left")
        return job.reply

    def _withdraw(self, job: Job) -> None:
        """Out of the line, if it has not begun; one in hand is ended at its next step."""
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                job.over.set()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting or self._closed))
                if not self._waiting:
                    return
                self.current = self._waiting.popleft()
            try:
                reply = self._work(self.current)
            except BaseException:
                self.broken = True
                _finish(self.current, LOST)
                self.close(LOST)
                raise
            _finish(self.current, reply)
            self.current = None


def _finish(job: Job, reply: wire.Reply | None) -> None:
    job.reply = reply
    job.over.set()
