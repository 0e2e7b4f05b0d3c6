"""The CLI's `Progress`: what a stage tells, to the screen and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reelkit.cli.screen import Screen, clock

if TYPE_CHECKING:
    from reelkit.cli.logs import Log


class Watch:
    """Follows one stage; draws only on a terminal that may be drawn on."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.env = log.env
        self.touched = 0
        self.worked = 0
        self._total: int | None = None
        self._steps: tuple[int, int] | None = None
        self._subject = ""
        self._began = self.env.clock()
        self._warning = ""
        self.screen: Screen | None = None
        if (
            self.env.stderr_isatty
            and self.env.environ.get("TERM") != "dumb"
            and not log.quiet
            and not log.as_json
        ):
            self.screen = log.screen = Screen(self.env, log.verb)

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins; `total` shots when it knows, else as many as were `expected`."""
        self._total = total or self._total
        self._subject = stage

    def expected(self, total: int) -> None:
        """So many shots will leave the stage, as far as the command line can tell before it begins."""
        self._total = total

    def shot(self, id: str, text: str) -> None:
        """What is happening to shot `id` now."""
        self._steps = None
        self._draw(f"{id} {text}")

    def step(self, done: int, total: int) -> None:
        """Denoising steps of the output in hand."""
        self._steps = (done, total)
        self._draw(self._subject)

    def note(self, level: Literal["debug", "info", "warning"], text: str) -> None:
        """A line worth logging. A warning waits for what comes next: it may say why a record fails."""
        self._flush()
        if level == "warning":
            self._warning = text
        else:
            self.log(level, text)

    def failed(self, message: str) -> None:
        """A record failed with `message`, which will be printed; a warning that says the same is dropped."""
        if message in self._warning:
            self._warning = ""

    def finished(self, worked: int, passed: int) -> None:
        """So many records were worked on so far, and so many shots passed as they were."""
        self.touched = worked + passed
        self.worked = worked
        self._steps = None
        if self.screen is not None and self.screen.drawing:
            self._draw(self._subject)

    def waiting(self) -> None:
        """Nothing is in hand: another stage of the pipe may draw meanwhile."""
        if self.screen is not None:
            self.screen.close()

    def close(self) -> None:
        """Leave the terminal clean."""
        self._flush()
        if self.screen is not None:
            self.screen.close()

    def _flush(self) -> None:
        if self._warning:
            text, self._warning = self._warning, ""
            self.log("warning", text)

    def _draw(self, subject: str) -> None:
        self._flush()
        self._subject = subject
        if self.screen is None:
            return
        counts = f"{self.touched}/{self._total}" if self._total else str(self.touched)
        self.screen.update(subject, counts, self._steps, self._time())

    def _time(self) -> str:
        """Time to go where the number of shots is known and one was worked on, else the time it took so far.

        Shots that pass cost nothing, so a resumed batch is judged by those that had to be made.
        """
        elapsed = self.env.clock() - self._began
        if not self._total or not self.worked:
            return clock(elapsed)
        return f"eta {clock(elapsed / self.worked * max(0, self._total - self.touched))}"
