"""How long `reel` takes to start beside bare `python`: `python bench/startup.py [RESULT.json]`.

Each command runs REPEATS times in turn with the others, so that a busy machine slows all of them alike. The
figure is the median of the differences to the bare interpreter of the same round. The limit for
`reel --help` is 60 ms.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 31
ALLOWED_MS = 60.0
BARE = "python -c pass"
REEL = [sys.executable, "-c", "import sys; from reelkit.cli.main import main; sys.exit(main())"]
COMMANDS = {
    BARE: [sys.executable, "-c", "pass"],
    "reel --help": [*REEL, "--help"],
    "reel --version": [*REEL, "--version"],
    "reel shot --help": [*REEL, "shot", "--help"],
    "reel --show-completion bash": [*REEL, "--show-completion", "bash"],
    "reel shot --nonsense (parsed by typer)": [*REEL, "shot", "--nonsense"],
    "reel merge (an empty manifest)": [*REEL, "merge", "-"],
    "python -c 'import typer'": [sys.executable, "-c", "import typer"],
    "python -c 'import rich.progress'": [sys.executable, "-c", "import rich.progress"],
}


def milliseconds(command: list[str], folder: str) -> float:
    """Wall time of one run, from spawn to exit."""
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return (time.perf_counter() - began) * 1000


def measure(repeats: int = REPEATS) -> dict[str, dict[str, float]]:
    """Milliseconds of every command: median, least, what it takes more than bare python, and the ratio."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for round in range(repeats + 1):
            for name, command in COMMANDS.items():
                taken = milliseconds(command, folder)
                if round:  # the first round writes and reads bytecode
                    times[name].append(taken)
    bare = times[BARE]
    return {
        name: {
            "median_ms": round_(statistics.median(taken)),
            "least_ms": round_(min(taken)),
            "over_bare_ms": round_(statistics.median(a - b for a, b in zip(taken, bare, strict=True))),
            "ratio_to_bare": round_(statistics.median(a / b for a, b in zip(taken, bare, strict=True))),
        }
        for name, taken in times.items()
    }


def round_(value: float) -> float:
    return round(value, 2)


def main() -> None:
    """Print the figures, and write them where asked."""
    figures = measure()
    over = figures["reel --help"]["over_bare_ms"]
    result = {
        "python": sys.version.split()[0],
        "platform": sys.platform,
        "cores": os.cpu_count(),
        "repeats": REPEATS,
        "allowed_over_bare_ms": ALLOWED_MS,
        "holds": over <= ALLOWED_MS,
        "commands": figures,
    }
    text = json.dumps(result, indent=2) + "\n"
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
