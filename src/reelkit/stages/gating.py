"""Gates over the takes of a shot: which pass, why the others do not, and which of those that pass is the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from reelkit.errors import GateError
from reelkit.manifest.kinds import Shot, Take, Verdict
from reelkit.metrics.gate import Gate, missed, rank
from reelkit.metrics.groups import Findings
from reelkit.metrics.registry import BY_NAME

Beside = Callable[[Findings], Mapping[str, float | None]]


class Gated(msgspec.Struct, frozen=True):
    """A shot after its gates."""

    takes: Sequence[Take]
    """With their verdicts; a take that was not measured has kept its own."""
    pick: int | None
    """The take that stands for the shot now."""
    scores: Mapping[int, dict[str, float]]
    """What each take was judged by: its own scores, and those beside the scene's earlier shots."""
    error: GateError | None = None
    """Says of every take why it did not pass, where none did."""


def gate_takes(
    shot: Shot, found: Mapping[int, Findings], unreadable: Mapping[int, str], gates: Sequence[Gate], beside: Beside
) -> Gated:
    """Judge every take that was measured, and pick the best that passes.

    found, unreadable: by index, what was measured and why it could not be. beside: a take's scores against the scene's
    earlier shots; one that is absent, because there is nothing to compare with, is no reason to fail. The best is the
    highest by the first gate's metric, then by the next; of equals the picked one, then the first. A take that is as long
    as the plan beats one that is not. A locked take stays picked, whatever it is worth. Where none passes the pick stays.
    """
    takes, scores = list(shot.takes), {}
    passing: list[tuple[bool, tuple[float, ...], bool, int]] = []
    names = [str(gate) for gate in gates]
    for index, take in enumerate(shot.takes):
        if index in found:
            relative = beside(found[index])
            scores[index] = {**found[index].scores, **{n: v for n, v in relative.items() if v is not None}}
            judged = [gate for gate in gates if gate.name in scores[index] or not BY_NAME[gate.name].beside]
            reasons = missed(judged, scores[index])
            if not reasons:
                passing.append((_whole(shot, take), rank(gates, scores[index]), index == shot.pick, -index))
        elif index in unreadable:
            reasons = [f"it could not be measured: {unreadable[index]}"]
        else:
            continue
        takes[index] = msgspec.structs.replace(take, gate=Verdict(not reasons, names, reasons))
    locked = next((index for index, take in enumerate(takes) if take.locked), None)
    best = -max(passing)[3] if passing else shot.pick
    verdict = takes[locked].gate if locked is not None else None
    if locked is not None and verdict is not None and not verdict.passed:
        reason = f"its locked take does not pass: {'; '.join(verdict.missed)}"
        return Gated(takes, locked, scores, GateError(f"{reason}; unlock it, or change the gate"))
    if passing:
        return Gated(takes, best if locked is None else locked, scores)
    return Gated(takes, shot.pick, scores, GateError(_refusal(takes)))


def _refusal(takes: Sequence[Take]) -> str:
    if not takes:
        return "it has no take to judge; run `reel shot`"
    said = [f"take {index}: {'; '.join(take.gate.missed)}" for index, take in enumerate(takes) if take.gate is not None]
    return (
        f"none of its {len(takes)} takes passes ({' | '.join(said)}); try more with `reel shot --takes N --retry-until-pass M`"
        if len(takes) > 1
        else f"its take does not pass: {' | '.join(said)}; try more with `reel shot --takes N --retry-until-pass M`"
    )


def _whole(shot: Shot, take: Take) -> bool:
    """Whether a take is as long as the plan, to a frame; one whose length the record does not say is taken for it."""
    return not take.frames or take.frames + 1 >= round(shot.seconds * take.fps)
