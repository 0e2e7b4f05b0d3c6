"""What is loaded stays until room is needed; what is lent never goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reelkit.errors import UnavailableError
from reelkit.models.cache import MB, Memory, ModelCache, Needs


class Machine:
    """A memory of `size` bytes. Each model that is loaded takes what it is said to take, until it is let go."""

    def __init__(self, size: int, exact: bool = False, reserve: float = 0.0) -> None:
        self.size, self.others = size, 0
        self.taken: dict[object, int] = {}
        self.memory = Memory(lambda: self.size - self.others - self.used(), self.used, exact, reserve)

    def used(self) -> int:
        return sum(self.taken.values())

    def load(self, size: int) -> Callable[[], object]:
        def load() -> object:
            model = Model(self)
            self.taken[id(model)] = size
            return model

        return load


class Model:
    def __init__(self, *machines: Machine) -> None:
        self.machines = machines

    def __del__(self) -> None:
        for machine in self.machines:
            machine.taken.pop(id(self), None)


@pytest.fixture
def machine() -> Machine:
    return Machine(100)


def use(cache: ModelCache, machine: Machine, name: str, size: int = 40, really: int | None = None) -> int:
    with cache.lend(name, size, machine.load(size if really is None else really)) as value:
        return id(value)


def test_a_model_is_loaded_once(machine: Machine):
    cache = ModelCache(machine.memory)
    assert use(cache, machine, "a") == use(cache, machine, "a")
    assert cache.loads == {"a": 1}


def test_the_least_recently_used_goes_first_when_room_is_needed(machine: Machine):
    released = []
    cache = ModelCache(machine.memory, release=lambda: released.append(machine.used()))
    for name in ("a", "b", "a"):
        use(cache, machine, name)
    assert not released
    use(cache, machine, "c")
    assert cache.held == ["a", "c"] and released == [40] and machine.used() == 80


def test_what_is_lent_never_goes(machine: Machine):
    cache = ModelCache(machine.memory)
    with cache.lend("a", 40, machine.load(40)):
        use(cache, machine, "b"), use(cache, machine, "c")
        assert cache.held == ["a", "c"]
        with pytest.raises(UnavailableError, match="d needs"):
            use(cache, machine, "d", 90)
        assert "a" in cache.held


def test_a_model_too_large_for_the_budget_is_refused_before_it_is_loaded():
    machine = Machine(50 * MB)
    cache = ModelCache(machine.memory)
    with pytest.raises(UnavailableError, match="big needs 80 MB and 50 MB are free: close other programs"):
        use(cache, machine, "big", 80 * MB)
    needs = Needs(80 * MB, advice="give --offload group; or")
    refused = pytest.raises(UnavailableError, match="50 MB are free: give --offload group; or close other programs")
    with refused, cache.lend("big", needs, machine.load(1)):
        pass
    assert not machine.taken


def test_the_budget_is_measured_afresh(machine: Machine):
    cache = ModelCache(machine.memory)
    use(cache, machine, "a"), use(cache, machine, "b")
    machine.others = 30
    use(cache, machine, "c", 30)
    assert cache.held == ["b", "c"]
    machine.others = 90
    use(cache, machine, "c", 30)  # it is there already, and refusing it would free nothing
    assert cache.held == ["c"]


def test_a_reserve_is_kept_of_the_whole_and_not_of_what_is_left():
    machine = Machine(100, reserve=0.2)
    cache = ModelCache(machine.memory)
    use(cache, machine, "a"), use(cache, machine, "b")
    assert cache.held == ["a", "b"]
    use(cache, machine, "c", 10)
    assert cache.held == ["b", "c"]


def test_what_a_model_really_took_of_the_device_corrects_what_was_thought():
    machine = Machine(100, exact=True)
    cache = ModelCache(machine.memory)
    use(cache, machine, "small", 40, really=10), use(cache, machine, "a"), use(cache, machine, "b")
    assert cache.held == ["small", "a", "b"]
    use(cache, machine, "large", 5, really=70)
    assert cache.held == ["large"]


def test_mapped_files_take_room_while_they_are_used_and_none_once_they_rest(machine: Machine):
    cache = ModelCache(machine.memory)
    for name in ("a", "b"):
        use(cache, machine, name, 80, really=5)
    assert cache.held == ["a", "b"]
    with cache.lend("a", 80, object), pytest.raises(UnavailableError, match="c needs"):
        use(cache, machine, "c", 30)


def test_what_waits_in_main_memory_is_counted_there():
    device, host = Machine(50, exact=True), Machine(100)

    def load() -> object:
        model = Model(device, host)
        host.taken[id(model)] = 60
        return model

    cache = ModelCache(device.memory, host.memory)
    with cache.lend("a", Needs(20, 60), load), cache.lend("plain", 30, device.load(30)):
        assert cache.held == ["a", "plain"]
        with pytest.raises(UnavailableError, match="0 MB of main memory"), cache.lend("b", Needs(0, 60), load):
            pass
    with cache.lend("b", Needs(20, 60), load):
        assert cache.held == ["plain", "b"]
    with pytest.raises(UnavailableError, match="c needs"):
        use(cache, device, "c", 60)


def test_a_load_that_fails_leaves_nothing_behind(machine: Machine):
    cache = ModelCache(machine.memory)
    with pytest.raises(OSError, match="torn"), cache.lend("a", 10, lambda: (_ for _ in ()).throw(OSError("torn"))):
        pass
    assert cache.held == [] and use(cache, machine, "a")


def test_a_load_that_the_device_has_no_room_for_is_no_bug(machine: Machine):
    class OutOfMemoryError(RuntimeError):
        """As torch names its own."""

    released = []
    cache = ModelCache(machine.memory, release=lambda: released.append(1))
    refused = pytest.raises(UnavailableError, match="a does not fit into the device's memory: close")
    with refused, cache.lend("a", 10, lambda: (_ for _ in ()).throw(OutOfMemoryError("CUDA out of memory"))):
        pass
    assert released and cache.held == []
