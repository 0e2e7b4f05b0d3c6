"""What a stage tells whoever watches it: callbacks, no screen."""

from __future__ import annotations

from typing import Literal, Protocol

Level = Literal["debug", "info", "warning"]


class Progress(Protocol):
    """Receives what a stage is doing; the CLI draws it, a Python user may ignore it."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins; `total` shots when it is known."""

    def shot(self, id: str, text: str) -> None:
        """What is happening to shot `id` now, in a few words."""

    def step(self, done: int, total: int) -> None:
        """Denoising steps of the output in hand."""

    def note(self, level: Level, text: str) -> None:
        """A line worth logging."""


class Silent:
    """A `Progress` that drops everything."""

    def start(self, stage: str, total: int | None) -> None:
        return

    def shot(self, id: str, text: str) -> None:
        return

    def step(self, done: int, total: int) -> None:
        return

    def note(self, level: Level, text: str) -> None:
        return


SILENT = Silent()
