"""The outside world of a command: streams, variables, folder and clock, so that tests can replace them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, TextIO

from reelkit.errors import StorageError


class Environment:
    """Everything a verb may touch besides the files it is told to; the process's own by default."""

    def __init__(
        self,
        *,
        stdin: BinaryIO | None = None,
        stdout: BinaryIO | None = None,
        stderr: TextIO | None = None,
        stdin_isatty: bool | None = None,
        stdout_isatty: bool | None = None,
        stderr_isatty: bool | None = None,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        signals: bool = False,
    ) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self.stderr = stderr or sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        self.stdin_isatty = isatty(stdin or sys.stdin) if stdin_isatty is None else stdin_isatty
        self.stdout_isatty = isatty(stdout or sys.stdout) if stdout_isatty is None else stdout_isatty
        self.stderr_isatty = isatty(self.stderr) if stderr_isatty is None else stderr_isatty
        self.environ = os.environ if environ is None else environ
        self.cwd = cwd
        self.clock = clock
        """Seconds that only go forward."""
        self.wall = wall
        """Seconds since 1970, for log lines."""
        self.signals = signals
        """Whether this command owns the process, and so its signal handlers."""

    @property
    def stdin(self) -> BinaryIO:
        """Standard input in bytes; an empty stream where the process was started without one."""
        if self._stdin is None:
            self._stdin = open(os.devnull, "rb") if sys.stdin is None else sys.stdin.buffer  # noqa: SIM115, PTH123
        return self._stdin

    @property
    def stdout(self) -> BinaryIO:
        """Standard output in bytes; StorageError where the process was started without one."""
        if self._stdout is None:
            if sys.stdout is None:
                raise StorageError("standard output is closed: send it to a file, or to /dev/null")
            self._stdout = sys.stdout.buffer
        return self._stdout

    @property
    def has_stdout(self) -> bool:
        """Whether there is a standard output."""
        return self._stdout is not None or sys.stdout is not None

    @property
    def owns_stdout(self) -> bool:
        """Whether standard output is the process's own, so that a closed pipe must be silenced at exit."""
        return sys.stdout is not None and self._stdout is sys.stdout.buffer

    def path(self, text: str | Path) -> Path:
        """A path as the user wrote it, from the folder the command was started in."""
        return Path(text) if self.cwd is None else self.cwd / text

    @property
    def colour(self) -> bool:
        """Whether stderr may carry colour: a terminal, no `NO_COLOR`, not a dumb one."""
        return self.stderr_isatty and not self.environ.get("NO_COLOR") and self.environ.get("TERM") != "dumb"


def isatty(stream: object) -> bool:
    """Whether a stream is a terminal; a missing or closed one is not."""
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]
    except ValueError:
        return False
