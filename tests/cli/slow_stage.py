"""`reel shot` with a stage that takes SECONDS (0.3) a chunk and needs no model: for signals and screens."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator

from reelkit.cli import verbs
from reelkit.cli.call import Call
from reelkit.cli.main import main
from reelkit.errors import RecordError, StoppedError
from reelkit.manifest.records import Entry
from reelkit.stages.progress import Progress

CHUNK_SECONDS = float(os.environ.get("CHUNK_SECONDS", "0.3"))
STEPS = 10


def run(call: Call) -> int:
    def stage(entries: Iterable[Entry], progress: Progress) -> Iterator[Entry]:
        progress.start("shot", 3)
        for entry in entries:
            if entry.kind != "shot":
                yield entry
                continue
            if call.stop.requested():
                raise StoppedError("asked to stop")
            progress.shot(entry.id, "chunk 1")
            for step in range(STEPS):
                time.sleep(CHUNK_SECONDS / STEPS)
                progress.step(step + 1, STEPS)
            if os.environ.get("FAIL") == entry.id:
                yield entry.fail("shot", RecordError("no such puppet"))
            else:
                yield entry.replace(pick=0)

    return call.run(stage)


if __name__ == "__main__":
    verbs.runner = lambda name: run
    sys.exit(main(["shot", *sys.argv[1:]]))
