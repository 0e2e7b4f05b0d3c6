"""Prints what manifests hold: shots, seconds, which of FilmWeaver's modes made them, and scores.

    python examples/made.py MANIFEST...

An example of reading manifests from Python: `read_entries` yields one entry a line, and an entry gives its
typed view where it is asked for.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from reelkit.manifest.records import Entry
from reelkit.manifest.streams import read_entries

MODES = {1: "no cache", 2: "temporal cache", 3: "shot cache", 4: "both caches"}


def main(names: list[str]) -> int:
    """Print a paragraph a manifest; 1 if a line of one is no record."""
    wrong: list[str] = []
    for name in names:
        with Path(name).open("rb") as stream:
            entries = list(read_entries(stream, name, lambda reject: wrong.append(reject.where)))
        print(f"{name}: {made(entries)}")
    for where in wrong:
        print(f"{where}: not a record", file=sys.stderr)
    return 1 if wrong else 0


def made(entries: list[Entry]) -> str:
    """Shots, seconds, modes, scores and the film of one manifest."""
    shots = [entry.shot() for entry in entries if entry.kind == "shot"]
    takes = [shot.picked for shot in shots if shot.picked is not None]
    chunks = Counter(chunk.mode for take in takes for chunk in take.chunks)
    seconds = sum(take.frames / take.fps for take in takes)
    stills = sum(len(shot.keyframes) for shot in shots)
    lines = [f"{len(takes)} of {len(shots)} shots, {seconds:.1f} s of takes, {stills} stills"]
    lines += [f"mode {mode} ({MODES[mode]}): {count} chunks" for mode, count in sorted(chunks.items())]
    for entry in entries:
        if entry.kind == "score" and entry.score().scene is None:
            lines += [f"{name}: {value:.2f}" for name, value in entry.score().scores.items()]
        elif entry.kind == "cut":
            cut = entry.cut()
            lines.append(f"film: {cut.seconds:.1f} s, {cut.width}x{cut.height}, {cut.fps:g} frames a second")
            lines += [f"missing from the film: {', '.join(cut.missing)}"] if cut.missing else []
    return "\n  ".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
