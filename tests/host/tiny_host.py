"""A host with tiny models, as a process: `python tiny_host.py SOCKET [--idle SECONDS]`. It talks a lot.

A prompt with "long" takes a thousand steps of ten milliseconds, and leaves the number of the last one in OUT.step; one
with "longish" a tenth of them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from reelkit.errors import RecordError
from reelkit.host import server
from reelkit.host.answers import Host
from reelkit.host.place import at
from reelkit.models import GenerateRequest
from tests.support.tiny import TinyModels


class Slow(TinyModels):
    """A model that says when it is at work."""

    def __init__(self, pause: float = 0.01) -> None:
        super().__init__()
        self.pause, self.steps = pause, 1000
        self.loads: dict[str, int] = {"tiny": 1}
        self.held = ["tiny"]
        self.order: list[str] = []

    def generate(self, request: GenerateRequest, on_step: Callable[[int, int], None] | None = None) -> Any:
        """Write the step to a file, so that other processes see it."""
        self.order.append(request.prompt)
        if request.prompt == "fails":
            raise RecordError("shot 7: too long; ask for less")
        if "long" in request.prompt and on_step is not None:
            steps = self.steps // 10 if "longish" in request.prompt else self.steps
            for step in range(steps):
                part = Path(request.out + ".next")
                part.write_text(str(step))
                part.replace(request.out + ".step")  # who looks sees a number, always
                on_step(step + 1, steps)
                time.sleep(self.pause)
        return super().generate(request, on_step)


class Noisy(Slow):
    """As libraries and C code do."""

    def generate(self, request: GenerateRequest, on_step: Callable[[int, int], None] | None = None) -> Any:
        print("NOISE on standard output", flush=True)  # noqa: T201
        os.write(2, b"NOISE on standard error\n")
        return super().generate(request, on_step)


def main() -> None:
    """Serve until told to end."""
    where = at(Path(sys.argv[1]))
    assert server.claim(where) is not None
    server.run(where, Host(Noisy(), "tiny"), float(sys.argv[2]) if len(sys.argv) > 2 else 30.0)
    os._exit(0)


if __name__ == "__main__":
    main()
