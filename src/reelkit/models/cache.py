"""Models held in memory: each loaded once, lent out, and let go least recently used first when room is needed."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from reelkit.errors import UnavailableError

MB = 2**20


class Needs(NamedTuple):
    """Bytes of the device that a model needs while it runs, and of main memory for what waits there.

    advice: what to ask for where there are not as many; ends in `or` where more is said.
    """

    device: int
    host: int = 0
    advice: str = ""


def _untold() -> int | None:
    return None


@dataclass(frozen=True)
class Memory:
    """One of the memories that models live in.

    free: bytes that nobody holds, measured afresh each time. used: bytes that this process holds by itself, None where
    that cannot be told. exact: whether their growth at a load is what the model takes, all of it; else it may take more
    that the system can drop and read again (mapped files). reserve: share of it kept for activations.
    """

    free: Callable[[], int]
    used: Callable[[], int | None] = _untold
    exact: bool = False
    reserve: float = 0.0


@dataclass
class _Held:
    value: Any
    needs: tuple[int, ...]
    """Of each memory, while it is lent."""
    keeps: tuple[int, ...]
    """Of each memory, while it is not: what letting it go would free."""
    lent: int = 0

    def takes(self, memory: int) -> int:
        return max(self.keeps[memory], self.needs[memory] if self.lent else 0)


class ModelCache:
    """What is lent never goes. A model that cannot fit is refused before it is loaded.

    memories: the device's and, where it is another, main memory. release: gives freed memory back to the system.
    """

    def __init__(self, *memories: Memory, release: Callable[[], object] = gc.collect) -> None:
        self._memories = memories
        self._release = release
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self.loads: dict[str, int] = {}
        """How often each model was loaded."""

    @contextmanager
    def lend(self, name: str, size: int | Needs, load: Callable[[], Any]) -> Iterator[Any]:
        """The model `name`, which needs `size`, loaded by `load` if it is not held."""
        needs = size if isinstance(size, Needs) else Needs(size)
        held = self._held.get(name)
        if held is None:
            self._make_room(name, (needs.device, needs.host))
            self._refuse(name, needs)
            held = self._held[name] = self._load(name, needs, load)
            self.loads[name] = self.loads.get(name, 0) + 1
        self._held.move_to_end(name)
        held.lent += 1
        try:
            self._make_room(name, held.needs)
            yield held.value
        finally:
            held.lent -= 1

    @property
    def held(self) -> list[str]:
        """Names of what is held, least recently used first."""
        return list(self._held)

    def _load(self, name: str, needs: Needs, load: Callable[[], Any]) -> _Held:
        """What a model really took corrects what was thought."""
        before = [memory.used() for memory in self._memories]
        try:
            value = load()
        except Exception as error:
            if type(error).__name__ != "OutOfMemoryError":
                raise
            self._release()
            raise UnavailableError(f"{name} does not fit into the device's memory: {_advice(needs)}") from error
        needed, kept = [], []
        for memory, thought, earlier in zip(self._memories, (needs.device, needs.host), before, strict=False):
            now = memory.used()
            grown = thought if earlier is None or now is None else max(0, now - earlier)
            needed.append(grown if memory.exact and not needs.host else max(thought, grown) if memory.exact else thought)
            kept.append(grown if memory.exact else min(thought, grown))
        return _Held(value, tuple(needed), tuple(kept))

    def _make_room(self, name: str, needs: tuple[int, ...]) -> None:
        """Let go of what is not lent until `name` fits, or nothing is left to let go."""
        budgets = [self._budget(index) for index in range(len(self._memories))]
        for other in list(self._held):
            if all(self._taken(index, name) + needs[index] <= budget for index, budget in enumerate(budgets)):
                return
            if other != name and not self._held[other].lent:
                del self._held[other]
                self._release()

    def _refuse(self, name: str, needs: Needs) -> None:
        wanted = ((needs.device, ""), (needs.host, " of main memory"))
        for index, (size, place) in enumerate(wanted[: len(self._memories)]):
            left = self._budget(index) - self._taken(index, name)
            if size > left:
                raise UnavailableError(
                    f"{name} needs {size / MB:.0f} MB{place} and {max(0, left) / MB:.0f} MB are free: "
                    f"{_advice(needs)}"
                )

    def _budget(self, index: int) -> int:
        """Bytes for all models together: free memory is what is left beside those held already."""
        memory = self._memories[index]
        held = sum(each.keeps[index] for each in self._held.values())
        return int((memory.free() + held) * (1 - memory.reserve))

    def _taken(self, index: int, but: str) -> int:
        return sum(each.takes(index) for name, each in self._held.items() if name != but)


def _advice(needs: Needs) -> str:
    return f"{needs.advice} close other programs, choose a smaller model, or another --device".lstrip()
