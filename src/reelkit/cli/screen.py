"""One live line of progress on a terminal, drawn with rich.

The stages of a pipe share a terminal. Only one line is drawn and only by the stage that holds a lock on the
terminal itself; the others print their messages, which erase that line first, and the owner draws it again.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

    from reelkit.cli.environment import Environment


class Screen:
    """The live line. `update` draws it when the terminal is free, `close` gives the terminal back."""

    def __init__(self, env: Environment, title: str) -> None:
        self.env = env
        self.title = title
        self._live: Progress | None = None
        self._lock: int | None = None

    @property
    def drawing(self) -> bool:
        """Whether the line is on the terminal now."""
        return self._live is not None

    def update(self, subject: str, counts: str, steps: tuple[int, int] | None, time: str) -> None:
        """Show what is in hand: a shot, how many are done, denoising steps, and the time."""
        if self._live is None and not self._open():
            return
        assert self._live is not None
        task = self._live.tasks[0].id
        done, total = steps or (0, 0)
        bar = f"step {done}/{total}" if total else ""
        self._live.update(
            task, description=subject, completed=done, total=total or None, counts=counts, bar=bar, time=time
        )

    def print(self, text: str) -> None:
        """Print a line above the live one."""
        assert self._live is not None
        from rich.text import Text

        self._live.console.print(Text.from_ansi(text), soft_wrap=True)

    def close(self) -> None:
        """Wipe the line and let another stage draw."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _open(self) -> bool:
        if not self._take_terminal():
            return False
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
        from rich.table import Column

        def text(template: str, **column: object) -> TextColumn:
            return TextColumn(template, markup=False, table_column=Column(no_wrap=True, **column))  # type: ignore[arg-type]

        console = Console(
            file=self.env.stderr, force_terminal=True, no_color=not self.env.colour, highlight=False
        )
        self._live = Progress(
            SpinnerColumn(),
            text(self.title),
            text("{task.fields[counts]}"),
            BarColumn(bar_width=20),
            text("{task.fields[bar]}"),
            text("{task.fields[time]}"),
            text("{task.description}", overflow="ellipsis", ratio=1),
            console=console,
            transient=True,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.add_task("", total=None, counts="", bar="", time="")
        self._live.start()
        return True

    def _take_terminal(self) -> bool:
        name = terminal_name(self.env.stderr)
        if name is None:
            return True
        try:
            # A descriptor of our own: the pipe shares the inherited one, and would share its lock.
            self._lock = os.open(name, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None
            return False
        return True


def terminal_name(stream: TextIO) -> str | None:
    """The device file of the terminal that `stream` writes to, or None."""
    try:
        return os.ttyname(stream.fileno())
    except (OSError, ValueError):
        return None


def clock(seconds: float) -> str:
    """`0:07`, `12:30`, `3:05:00`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
