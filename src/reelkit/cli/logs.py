"""What the user reads on standard error: plain lines, or JSON lines for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reelkit.cli.environment import Environment
    from reelkit.cli.screen import Screen

Level = Literal["error", "warning", "info", "debug"]
_RANK = {"error": 0, "warning": 1, "info": 2, "debug": 3}
_COLOUR = {"error": "\x1b[31m", "warning": "\x1b[33m"}
_ERASE_LINE = "\r\x1b[2K"


class Log:
    """Prints lines of at most a level: errors with `quiet`, everything with `verbose`."""

    def __init__(
        self,
        env: Environment,
        verb: str,
        *,
        quiet: bool = False,
        verbose: bool = False,
        as_json: bool = False,
    ) -> None:
        self.env = env
        self.verb = verb
        self.verbose = verbose
        self.as_json = as_json
        self.rank = 0 if quiet else 3 if verbose or as_json else 2
        self.screen: Screen | None = None
        """While a live display is up, lines go above it."""

    @property
    def quiet(self) -> bool:
        """Whether only errors are printed."""
        return self.rank == 0

    def __call__(self, level: Level, text: str, **fields: object) -> None:
        """Print one line; `fields` are for the JSON form."""
        if _RANK[level] > self.rank:
            return
        if self.as_json:
            self._write(self._json(level, text, fields))
            return
        mark = f"{level}: " if level in _COLOUR else ""
        if mark and self.env.colour:
            mark = f"{_COLOUR[level]}{mark}\x1b[0m"
        prefix = f"reel {self.verb}: " if self.verb else "reel: "
        self._write(prefix + mark + text)

    def table(self, text: str) -> None:
        """Print lines that are a table for people, unless quiet or JSON."""
        if not self.quiet and not self.as_json:
            self._write(text)

    def _json(self, level: Level, text: str, fields: dict[str, object]) -> str:
        import json
        from datetime import UTC, datetime

        time = datetime.fromtimestamp(self.env.wall(), UTC).isoformat(timespec="milliseconds")
        head = {"time": time, "level": level, "verb": self.verb, "message": text}
        return json.dumps({**head, **fields}, ensure_ascii=False, default=str)

    def _write(self, text: str) -> None:
        if self.screen is not None and self.screen.drawing:
            self.screen.print(text)
            return
        # Another stage of the pipe may have drawn its progress on this line of the terminal.
        erase = _ERASE_LINE if self.env.stderr_isatty and not self.as_json else ""
        try:
            self.env.stderr.write(erase + text + "\n")
            self.env.stderr.flush()
        except (BrokenPipeError, ValueError):
            return  # Nobody reads the messages any more; the work goes on.
