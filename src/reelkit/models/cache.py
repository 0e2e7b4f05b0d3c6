"""Models held in memory: each loaded once, lent out, and let go least recently used first when room is needed."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reelkit.errors import UnavailableError


@dataclass
class _Held:
    value: Any
    size: int
    lent: int = 0


class ModelCache:
    """`budget()` answers, in bytes, how much the held models may take together, measured afresh each time.

    What is lent never goes. A model larger than the whole budget is refused before it is loaded.
    """

    def __init__(self, budget: Callable[[], int]) -> None:
        self._budget = budget
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self.loads: dict[str, int] = {}
        """How often each model was loaded."""

    @contextmanager
    def lend(self, name: str, size: int, load: Callable[[], Any]) -> Iterator[Any]:
        """The model `name` of `size` bytes, loaded by `load` if it is not held."""
        held = self._held.get(name)
        if held is None:
            self._make_room(name, size)
            held = self._held[name] = _Held(load(), size)
            self.loads[name] = self.loads.get(name, 0) + 1
        self._held.move_to_end(name)
        held.lent += 1
        try:
            yield held.value
        finally:
            held.lent -= 1

    @property
    def size(self) -> int:
        """Bytes of what is held, together."""
        return sum(held.size for held in self._held.values())

    @property
    def held(self) -> list[str]:
        """Names of what is held, least recently used first."""
        return list(self._held)

    def _make_room(self, name: str, size: int) -> None:
        budget = self._budget()
        for other in list(self._held):
            if self.size + size <= budget:
                return
            if not self._held[other].lent:
                del self._held[other]
                gc.collect()
        if self.size + size > budget:
            raise UnavailableError(
                f"{name} needs {size / 2**20:.0f} MB and {max(0, budget - self.size) / 2**20:.0f} MB are free: "
                "close other programs, choose a smaller model, or another --device"
            )
