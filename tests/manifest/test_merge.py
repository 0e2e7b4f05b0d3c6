"""Shards go together to one ordered manifest, and no take is lost on the way."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelkit.manifest.merge import merge
from reelkit.manifest.records import Entry

from .lines import entry, movie, shot


def merged(*manifests: list[Entry]) -> list[Entry]:
    return list(merge([iter(manifest) for manifest in manifests]))


def ids(entries: list[Entry]) -> list[str]:
    return [entry.id for entry in entries]


def take(key: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, **fields}


def test_headers_then_shots_by_order_film_by_film() -> None:
    scene = entry({"kind": "scene", "id": "s01", "movie": "film"})
    mara = entry({"kind": "character", "id": "mara", "movie": "film"})
    note = entry({"kind": "note", "id": "n", "movie": "film"})
    first = [shot("late", 10), note, scene, mara, movie(), movie("other")]
    second = [shot("x", 1, "other"), shot("early", 2), shot("b", 2)]
    assert ids(merged(first, second)) == ["film", "mara", "s01", "b", "early", "late", "n", "other", "x"]


def test_the_last_repeat_stands() -> None:
    (only,) = merged([movie(title="one")], [movie(title="two")])
    assert only.movie_record().title == "two"


def test_a_repeat_with_takes_beats_a_later_one_without() -> None:
    made = shot("a", 1, prompt="made", takes=[take("k")])
    bare = shot("a", 1, prompt="bare")
    assert merged([made], [bare]) == [made]
    assert merged([bare], [made]) == [made]


def test_a_repeat_with_keyframes_beats_a_later_one_without() -> None:
    still = shot("a", 1, keyframes=[{"path": "k.png"}])
    assert merged([still], [shot("a", 1)]) == [still]


def test_takes_are_united_by_key_behind_those_that_pick_counts() -> None:
    first = shot("a", 1, takes=[take("k1", note="mine"), take("k2")], pick=1)
    second = shot("a", 1, takes=[take("k3"), take("k2", later=True)], pick=0)
    (only,) = merged([first], [second])
    assert json.loads(only.encode())["takes"] == [take("k3"), take("k2", later=True), take("k1", note="mine")]
    picked = only.shot().picked
    assert picked is not None and picked.key == "k3"


def test_a_malformed_shot_is_merged_and_not_lost() -> None:
    odd = shot("a", 1).replace(order="x", takes=4, keyframes=None)
    assert merged([odd, shot("b", 2)], [odd]) == [shot("b", 2), odd]


def test_where_a_line_came_from_is_kept() -> None:
    assert merged([movie()])[0].where == "film.jsonl:1"


shots = st.builds(
    lambda id, order, keys, extra: shot(id, order, takes=[take(key) for key in keys], extra=extra),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 3),
    st.lists(st.sampled_from(["k1", "k2", "k3"]), unique=True, max_size=3),
    st.integers(0, 2),
)
manifests = st.lists(st.one_of(shots, st.sampled_from(["m1", "m2"]).map(movie)), max_size=6)


def take_keys(entries: list[Entry]) -> dict[str, set[str]]:
    return {one.id: {each.key for each in one.shot().takes} for one in entries if one.kind == "shot"}


@given(manifests)
def test_merging_is_idempotent(manifest: list[Entry]) -> None:
    once = merged(manifest)
    assert merged(once) == once
    assert merged(once, once) == once
    assert len({one.identity for one in once}) == len(once)


@given(manifests, manifests, manifests)
def test_no_take_depends_on_the_order_of_the_shards(a: list[Entry], b: list[Entry], c: list[Entry]) -> None:
    forth, back = merged(a, b, c), merged(c, b, a)
    assert take_keys(forth) == take_keys(back) == take_keys(merged(merged(a, b), c))
    assert {one.identity for one in forth} == {one.identity for one in back}


@given(st.permutations([shot(f"s{order}", order) for order in range(6)]), st.integers(0, 6))
def test_distinct_shots_come_out_the_same_however_they_were_dealt(dealt: list[Entry], cut: int) -> None:
    expected = [shot(f"s{order}", order) for order in range(6)]
    assert merged(dealt[:cut], dealt[cut:]) == expected
