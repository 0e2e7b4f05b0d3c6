"""Counts what a verb did with the records that passed through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelkit.manifest.records import Entry


class Tally:
    """Done, failed and passed through untouched.

    An entry is a value: the stage that yields the very object it read has not touched it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.done = 0
        self.failed = 0
        self.passed = 0
        self.passed_shots = 0
        self.rejected = 0
        """Lines that are no records; they are among the failed."""
        self.last_changed = False
        self._read: dict[tuple[str, str, str], Entry] = {}
        self._lap = clock()

    def reading(self, entries: Iterable[Entry], keeps: Callable[[Entry], bool]) -> Iterator[Entry]:
        """Pass `entries` on, remembering each that the stage `keeps` until it is written."""
        for entry in entries:
            if keeps(entry):
                self._read[entry.identity] = entry
            self._lap = self._clock()
            yield entry

    def written(self, entry: Entry, stage: str) -> bool:
        """Count one record that leaves; whether `stage` failed it."""
        self.last_changed = self._read.pop(entry.identity, None) is not entry
        if not self.last_changed:
            self.passed += 1
            self.passed_shots += entry.kind == "shot"
            return False
        error = entry.error
        failed = error is not None and error.stage == stage
        self.failed += failed
        self.done += not failed
        return failed

    def reject(self) -> None:
        """Count a line that is no record."""
        self.rejected += 1
        self.failed += 1

    def lap(self) -> float:
        """Seconds since the last record was read or written, whichever came later: the work on this one."""
        now = self._clock()
        seconds, self._lap = now - self._lap, now
        return seconds

    def summary(self, seconds: float) -> str:
        """The line at the end of a verb."""
        passed = f", {self.passed} passed on" if self.passed else ""
        return f"{self.done} done, {self.failed} failed{passed}, {seconds:.1f} s"
