"""What is loaded stays until room is needed; what is lent never goes."""

from __future__ import annotations

import pytest

from reelkit.errors import UnavailableError
from reelkit.models.cache import ModelCache


def use(cache: ModelCache, name: str, size: int = 40) -> object:
    with cache.lend(name, size, object) as value:
        return value


def test_a_model_is_loaded_once():
    cache = ModelCache(lambda: 100)
    assert use(cache, "a") is use(cache, "a")
    assert cache.loads == {"a": 1}


def test_the_least_recently_used_goes_first_when_room_is_needed():
    cache = ModelCache(lambda: 100)
    use(cache, "a"), use(cache, "b"), use(cache, "a"), use(cache, "c")
    assert cache.held == ["a", "c"]


def test_what_is_lent_never_goes():
    cache = ModelCache(lambda: 100)
    with cache.lend("a", 40, object):
        use(cache, "b"), use(cache, "c")
        assert cache.held == ["a", "c"]
        with pytest.raises(UnavailableError, match="d needs"), cache.lend("d", 90 * 2**20, object):
            pass
        assert "a" in cache.held


def test_a_model_too_large_for_the_budget_is_refused_before_it_is_loaded():
    loaded = []
    cache = ModelCache(lambda: 50 * 2**20)
    refused = pytest.raises(UnavailableError, match="big needs 80 MB and 50 MB are free")
    with refused, cache.lend("big", 80 * 2**20, lambda: loaded.append(1)):
        pass
    assert not loaded


def test_the_budget_is_measured_afresh():
    free = [100]
    cache = ModelCache(lambda: free[0])
    use(cache, "a"), use(cache, "b")
    free[0] = 70
    use(cache, "c", 30)
    assert cache.held == ["b", "c"]


def test_a_load_that_fails_leaves_nothing_behind():
    cache = ModelCache(lambda: 100)
    with pytest.raises(OSError, match="torn"), cache.lend("a", 10, lambda: (_ for _ in ()).throw(OSError("torn"))):
        pass
    assert cache.held == [] and use(cache, "a") is not None
