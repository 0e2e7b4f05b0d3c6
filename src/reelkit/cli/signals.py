"""Signals: SIGTERM and SIGUSR1 end the work after the chunk in hand, SIGINT ends it now."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from reelkit.errors import ExitStatus

SHOW_CURSOR = b"\x1b[?25h"
"""What a live display would have written at its end."""


class Halt(BaseException):
    """Ends the work now. Not an `Exception`, so that no stage mistakes it for a shot that failed."""


class StopSignals:
    """Turns the signals of a batch system into an orderly end while the context is open.

    A stop that finds the verb waiting for input ends it at once. One that finds a chunk in hand lets it
    finish: the stage asks `requested` between chunks. What is not done `grace` seconds later is dropped.
    """

    def __init__(self, grace: float, active: bool) -> None:
        self.grace = grace
        self.active = active and threading.current_thread() is threading.main_thread()
        self.name = ""
        """The signal that asked for the stop, or empty."""
        self._idle = False
        self._old: dict[int, object] = {}

    def requested(self) -> bool:
        """Whether a stop was asked for."""
        return bool(self.name)

    def check(self) -> None:
        """End here if a stop was asked for."""
        if self.name:
            raise Halt(self.name)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around reading input: nothing is in hand, a stop ends it at once."""
        self.check()
        self._idle = True
        try:
            yield
        finally:
            self._idle = False

    def __enter__(self) -> StopSignals:
        if self.active:
            for name in ("SIGTERM", "SIGUSR1"):
                self._install(name, self._stop)
            self._install("SIGINT", self._interrupt)
            self._install("SIGALRM", self._expired)
        return self

    def __exit__(self, *_: object) -> None:
        if self.active:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in self._old.items():
                signal.signal(number, handler)  # type: ignore[arg-type]

    def _install(self, name: str, handler: object) -> None:
        if hasattr(signal, name):
            number = getattr(signal, name)
            self._old[number] = signal.signal(number, handler)  # type: ignore[arg-type]

    def _stop(self, number: int, _: FrameType | None) -> None:
        first = not self.name
        self.name = signal.Signals(number).name
        if self._idle or self.grace <= 0:
            raise Halt(self.name)
        if first:
            signal.setitimer(signal.ITIMER_REAL, self.grace)

    def _expired(self, _number: int, _: FrameType | None) -> None:
        raise Halt(self.name)

    def _interrupt(self, _number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGINT, _leave)
        raise KeyboardInterrupt


def _leave(_number: int, _: FrameType | None) -> None:
    """A second interrupt: out, whatever is in hand."""
    if os.isatty(2):
        os.write(2, SHOW_CURSOR)
    os._exit(ExitStatus.INTERRUPT)
