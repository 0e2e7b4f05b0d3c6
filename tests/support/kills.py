"""Stages as real processes, one of which dies by SIGKILL at its n-th step of input or output."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reelkit.errors import ReelError
from reelkit.manifest.records import Entry
from reelkit.manifest.streams import EntryWriter, read_entries
from reelkit.stages.extend import extend
from reelkit.stages.keyframes import keyframes
from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions
from reelkit.stages.shot import shot

VERBS = ("keyframes", "shot", "extend")
UNDISTURBED = 10**9
TAKES = 2


def stage(verb: str, entries: Iterator[Entry], media: Path, models: Any) -> Iterator[Entry]:
    """One verb over a manifest."""
    if verb == "keyframes":
        return keyframes(entries, KeyframesOptions(media=media, portraits=True), models)
    if verb == "shot":
        return shot(entries, ShotOptions(media=media, takes=TAKES), models)
    return extend(entries, ExtendOptions(media=media), models)


def run(
    verbs: tuple[str, ...],
    source: Path,
    out: Path,
    media: Path,
    models: Callable[[], Any],
    victim: str | None = None,
    step: int = UNDISTURBED,
) -> bool:
    """Run verbs as a pipe of processes, manifest to manifest; whether all of them lived to the end.

    victim: the verb that dies, at its step-th rename, fsync or generation (they are counted alike).
    """
    children = []
    upstream = os.open(source, os.O_RDONLY)
    for verb in verbs:
        last = verb == verbs[-1]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        reader, writer = (-1, os.open(out, flags)) if last else os.pipe()
        child = os.fork()
        if child == 0:
            if reader >= 0:
                os.close(reader)
            _work(verb, upstream, writer, media, models, step if verb == victim else UNDISTURBED)
        children.append(child)
        os.close(upstream)
        os.close(writer)
        upstream = reader
    return all([os.waitpid(child, 0)[1] == 0 for child in children])


def steps(verb: str, source: Path, out: Path, media: Path, models: Callable[[], Any]) -> int:
    """How many steps an undisturbed run of a verb takes."""
    counted = media.parent / f"{verb}.steps"
    os.environ["STEPS_TO"] = str(counted)
    try:
        assert run((verb,), source, out, media, models)
    finally:
        del os.environ["STEPS_TO"]
    return int(counted.read_text())


def _work(verb: str, stdin: int, stdout: int, media: Path, models: Callable[[], Any], step: int) -> None:
    """The child: never returns."""
    status = 1
    try:
        fuse = Fuse(step)
        fuse.lay()
        with os.fdopen(stdin, "rb") as source, os.fdopen(stdout, "wb") as sink:
            writer = EntryWriter(sink)
            entries = read_entries(source, verb, lambda reject: os._exit(3))
            for entry in stage(verb, entries, media, fuse.around(models())):
                writer.write(entry)
                if entry.error is not None:
                    os.write(2, f"{verb}: {entry.error}\n".encode())
                    os._exit(2)
        if counted := os.environ.get("STEPS_TO"):
            Path(counted).write_text(str(fuse.burnt))
        status = 0
    except BrokenPipeError:
        status = 4
    except (ReelError, OSError, ValueError, AssertionError) as wrong:
        os.write(2, f"{verb}: {type(wrong).__name__}: {wrong}\n".encode())
    finally:
        os._exit(status)


class Fuse:
    """Counts this process's renames, fsyncs and generations and kills it at the step-th."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.burnt = 0

    def burn(self) -> None:
        self.burnt += 1
        if self.burnt >= self.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def lay(self) -> None:
        """Let this process's own calls burn the fuse, before and after each."""

        def burning(call: Callable[..., Any]) -> Callable[..., Any]:
            def burn(*args: Any, **kwargs: Any) -> Any:
                self.burn()
                result = call(*args, **kwargs)
                self.burn()
                return result

            return burn

        os.fsync = burning(os.fsync)
        Path.replace = burning(Path.replace)  # type: ignore[method-assign]

    def around(self, models: Any) -> Any:
        """The same models, each generation burning the fuse before and after."""
        generate = models.generate

        def burn(*args: Any, **kwargs: Any) -> Any:
            self.burn()
            reply = generate(*args, **kwargs)
            self.burn()
            return reply

        models.generate = burn
        return models
