"""`reel shot --retry-until-pass`: more attempts at a shot while none of its takes passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reelkit.errors import GateError, RecordError, UnreadableError
from reelkit.manifest.records import Entry, Shot, Take
from reelkit.media.store import MediaStore
from reelkit.stages.options import ShotOptions
from reelkit.stages.progress import Progress
from reelkit.stages.score_options import ScoreOptions, prepare

if TYPE_CHECKING:
    from reelkit.manifest.context import Context
    from reelkit.metrics.groups import Findings
    from reelkit.models import Models
    from reelkit.stages.gating import Gated

JUDGED = "score"
"""The stage that leaves verdicts in a manifest."""


def was_refused(entry: Entry) -> bool:
    """Whether `reel score --gate` found no take of the shot that passes."""
    error = entry.error
    return error is not None and error.stage == JUDGED and error.type == GateError.__name__


def all_refused(takes: Sequence[Take]) -> bool:
    """Whether there are verdicts on the takes and none of them is good."""
    verdicts = [take.gate for take in takes if take.gate is not None]
    return len(verdicts) == len(takes) > 0 and not any(verdict.passed for verdict in verdicts)


class TakeGate:
    """Holds first chunks to gates as soon as they are made, so that later shots build on what passed."""

    def __init__(self, options: ShotOptions, models: Models, progress: Progress) -> None:
        from reelkit.metrics.gate import parse_gates
        from reelkit.metrics.scenes import OpenScenes
        from reelkit.metrics.shots import ShotScorer

        store = MediaStore(options.media)
        names = tuple(dict.fromkeys(gate.name for gate in parse_gates(options.gates)))
        asked = ScoreOptions(
            media=options.media, metrics=names, encoder=options.encoder, weights=options.weights, gates=options.gates
        )
        prepared = prepare(asked, models, store, progress)
        self.gates = [gate for gate in prepared.gates if gate.level == "shot"]
        self._scorer = ShotScorer(prepared.resources, store, prepared.asked)
        self._scenes = OpenScenes(prepared.resources)
        self._found: dict[str, Findings] = {}

    def judge(self, shot: Shot, context: Context) -> Gated:
        """Verdicts on the shot's takes; those that were measured in this shot's earlier rounds are not measured again."""
        from reelkit.stages.gating import gate_takes

        unreadable = {}
        for index, take in enumerate(shot.takes):
            if take.path not in self._found:
                try:
                    self._found[take.path] = self._scorer.take(shot, take, context)
                except (RecordError, UnreadableError) as error:
                    unreadable[index] = str(error)
        found = {i: self._found[take.path] for i, take in enumerate(shot.takes) if take.path in self._found}
        return gate_takes(shot, found, unreadable, self.gates, lambda f: self._scenes.beside(shot.movie, shot.scene, f))

    def stands(self, shot: Shot) -> None:
        """The shot's pick is settled: later shots are compared with it."""
        picked = shot.picked
        if picked is not None and picked.path in self._found:
            self._scenes.add(shot.movie, shot.scene, self._found[picked.path])
        self._found.clear()
        for _ in self._scenes.overfull():
            pass
