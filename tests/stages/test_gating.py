"""Which take passes its gates, and which of those that pass is picked."""

from __future__ import annotations

from collections.abc import Mapping

from reelkit.manifest.kinds import Shot, Take
from reelkit.metrics.gate import parse_gates
from reelkit.metrics.groups import Findings
from reelkit.metrics.meters import Reading
from reelkit.stages.gating import Gated, gate_takes

GATES = parse_gates(["all_consistency>=60,blank_frames==0"])


def gated(
    takes: list[Take], values: Mapping[int, dict[str, float]], pick: int | None = 0, unreadable: Mapping[int, str] = {}
) -> Gated:
    """blank_frames is a take's own; all_consistency is what it has beside earlier shots."""
    shot = Shot(id="s01-002", movie="film", seconds=1.0, takes=takes, pick=pick)
    found = {
        index: Findings(shot, {"technical": Reading({"blank_frames": each.get("blank_frames")})}, takes[index])
        for index, each in values.items()
    }
    beside = {id(found[index]): {"all_consistency": each.get("all_consistency")} for index, each in values.items()}
    return gate_takes(shot, found, unreadable, GATES, lambda f: beside[id(f)])


def take(name: str, frames: int = 24, locked: bool = False) -> Take:
    return Take(key=name, path=f"{name}.mp4", frames=frames, locked=locked)


def test_the_best_that_passes_is_picked_and_rejects_keep_their_reason() -> None:
    out = gated(
        [take("a"), take("b"), take("c")],
        {
            0: {"all_consistency": 99, "blank_frames": 4},
            1: {"all_consistency": 61, "blank_frames": 0},
            2: {"all_consistency": 70, "blank_frames": 0},
        },
    )
    assert out.error is None and out.pick == 2
    verdicts = [each.gate for each in out.takes]
    assert [verdict is not None and verdict.passed for verdict in verdicts] == [False, True, True]
    assert verdicts[0] is not None and verdicts[0].missed == ["blank_frames==0 is missed: blank_frames is 4"]
    assert verdicts[0].gates == ["all_consistency>=60", "blank_frames==0"]


def test_of_equals_the_picked_one_stays() -> None:
    same = {"all_consistency": 70.0, "blank_frames": 0.0}
    assert gated([take("a"), take("b")], {0: same, 1: same}, pick=1).pick == 1
    assert gated([take("a"), take("b")], {0: same, 1: same}, pick=None).pick == 0


def test_a_whole_take_beats_a_better_one_that_is_too_short() -> None:
    values = {0: {"all_consistency": 90.0, "blank_frames": 0.0}, 1: {"all_consistency": 70.0, "blank_frames": 0.0}}
    assert gated([take("a", frames=6), take("b")], values).pick == 1


def test_where_none_passes_the_pick_stays_and_every_reason_is_told() -> None:
    out = gated(
        [take("a"), take("b")],
        {0: {"all_consistency": 10, "blank_frames": 0}},
        unreadable={1: "b.mp4 is broken"},
    )
    assert out.pick == 0 and out.error is not None
    assert "all_consistency is 10" in str(out.error) and "b.mp4 is broken" in str(out.error)
    assert "--retry-until-pass" in str(out.error)


def test_nothing_to_compare_with_is_no_reason_to_fail_but_nothing_measured_is() -> None:
    first = gated([take("a")], {0: {"blank_frames": 0}})
    assert first.error is None
    blind = gated([take("a")], {0: {"all_consistency": 70}})
    assert blind.error is not None and "blank_frames could not be measured" in str(blind.error)


def test_a_locked_take_stays_picked_and_its_fault_is_told() -> None:
    takes = [take("a", locked=True), take("b")]
    values = {0: {"all_consistency": 70, "blank_frames": 3}, 1: {"all_consistency": 99, "blank_frames": 0}}
    out = gated(takes, values)
    assert out.pick == 0 and out.error is not None and "locked" in str(out.error)
    fine = gated(takes, {**values, 0: {"all_consistency": 61, "blank_frames": 0}})
    assert fine.pick == 0 and fine.error is None
