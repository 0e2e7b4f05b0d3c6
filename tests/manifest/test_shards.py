"""Each shot is exactly one shard's, in every run, and everything else is everybody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelkit.errors import UsageError
from reelkit.manifest.shards import Selection, Shard, Turn

from .lines import entry, movie, shot


@pytest.mark.parametrize(("text", "shard"), [("1/1", Shard(1, 1)), ("3/8", Shard(3, 8))])
def test_a_shard_is_i_of_n(text: str, shard: Shard) -> None:
    assert Shard.parse(text, {}) == shard


@pytest.mark.parametrize(
    "text", ["", "1", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/2/3", "1.5/4", "²/4", "1/" + "9" * 5000]
)
def test_what_is_no_shard_says_what_is(text: str) -> None:
    with pytest.raises(UsageError, match=r"--shard .*(give I/N|I counts from 1)"):
        Shard.parse(text, {})


def slurm(task: int, first: int, last: int, count: int, step: int = 1) -> dict[str, str]:
    return {
        "SLURM_ARRAY_TASK_ID": str(task),
        "SLURM_ARRAY_TASK_MIN": str(first),
        "SLURM_ARRAY_TASK_MAX": str(last),
        "SLURM_ARRAY_TASK_COUNT": str(count),
        "SLURM_ARRAY_TASK_STEP": str(step),
    }


def test_slurm_array_tasks_are_shards() -> None:
    assert [Shard.parse("slurm", slurm(task, 0, 3, 4)).index for task in range(4)] == [1, 2, 3, 4]
    assert Shard.parse("slurm", slurm(1, 1, 8, 8)) == Shard(1, 8)
    assert [Shard.parse("slurm", slurm(task, 0, 6, 4, step=2)).index for task in (0, 2, 4, 6)] == [1, 2, 3, 4]


def test_outside_an_array_slurm_is_refused_with_what_is_missing() -> None:
    with pytest.raises(UsageError, match="SLURM_ARRAY_TASK_ID"):
        Shard.parse("slurm", {"SLURM_JOB_ID": "7"})


def test_an_array_with_gaps_is_refused() -> None:
    with pytest.raises(UsageError, match="gaps"):
        Shard.parse("slurm", slurm(7, 3, 7, 2))


@given(st.integers(1, 9), st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), max_size=20))
def test_shards_part_the_shots(count: int, plan: list[tuple[str, bool]]) -> None:
    stills = [{"path": "x.png"}]
    shots = [
        shot(f"s{order}", order, movie, keyframes=stills if free else [])
        for order, (movie, free) in enumerate(plan)
    ]
    for one in shots:
        assert sum(Shard(index, count).owns(one) for index in range(1, count + 1)) == 1


def test_without_stills_a_movie_is_one_shard() -> None:
    shots = [shot(f"s{order}", order) for order in range(20)]
    owners = [[index for index in (1, 2, 3) if Shard(index, 3).owns(one)] for one in shots]
    assert len({tuple(owner) for owner in owners}) == 1


def test_with_keyframes_the_shots_of_a_movie_are_dealt_evenly() -> None:
    shots = [shot(f"s{order}", order, keyframes=[{"path": "x.png"}]) for order in range(12)]
    assert [sum(Shard(index, 4).owns(one) for one in shots) for index in (1, 2, 3, 4)] == [3, 3, 3, 3]


def test_a_shot_without_a_proper_order_has_a_shard_all_the_same() -> None:
    odd = shot("s", 1, keyframes=[{}]).replace(order="first")
    assert sum(Shard(index, 5).owns(odd) for index in range(1, 6)) == 1


def test_headers_and_unknown_kinds_pass_in_every_shard() -> None:
    unknown = entry({"kind": "note", "id": "n", "movie": "film"})
    for index in range(1, 5):
        selection = Selection(only=("s01-*",), shard=Shard(index, 4))
        assert selection.turn(movie()) is Turn.PASS and selection.turn(unknown) is Turn.PASS


def test_only_passes_the_rest_through_and_shard_drops_it() -> None:
    chosen, other = shot("s01-001", 1), shot("s02-001", 2)
    selection = Selection(only=("s01-*",))
    assert (selection.turn(chosen), selection.turn(other)) == (Turn.WORK, Turn.PASS)
    assert selection.chosen(chosen) and not selection.chosen(other) and selection.keeps(other)
    (mine,) = (index for index in (1, 2) if Shard(index, 2).owns(chosen))
    assert Selection(only=("s01-*",), shard=Shard(mine, 2)).turn(chosen) is Turn.WORK
    assert Selection(only=("s01-*",), shard=Shard(3 - mine, 2)).turn(chosen) is Turn.DROP


def test_only_may_name_the_movie_too() -> None:
    selection = Selection(only=("film/s*", "x"))
    assert selection.matches(shot("s1", 1)) and not selection.matches(shot("s1", 1, movie="other"))
    assert selection.matches(shot("x", 1, movie="other"))
