"""The scores of a script: texts embedded once each, judged once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelkit.metrics.judging.judge import Judge
from reelkit.metrics.judging.tally import Asked
from reelkit.metrics.meters import Family, Reading, Resources
from reelkit.metrics.scripts import coherence, questions, talkcuts
from reelkit.metrics.scripts.card import DIMENSIONS, METRICS
from reelkit.metrics.scripts.material import Material, material
from reelkit.metrics.scripts.script import Script

EMOTIONAL_LINES = 20
"""Lines of a character that CC1 looks at (CML-Bench)."""
STYLE_LINES = 3
"""Lines that a character needs for CC2 (CML-Bench)."""
INTENTION_LINES = 30
"""Lines of the script that CC3 looks at (CML-Bench)."""
EMBEDDED = frozenset(metric.name for metric in METRICS if "embedder" in metric.needs)
BATCH = 256
"""Texts embedded in one call."""


class Embedder:
    """Rows of texts, each embedded once."""

    def __init__(self, embed: Callable[[Sequence[str]], NDArray[np.float32]]) -> None:
        self._embed = embed
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [N, D]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), BATCH):
            some = new[start : start + BATCH]
            self._known |= dict(zip(some, self._embed(some), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else np.zeros((0, 0), np.float32)


class CmlBench:
    """CML-Bench's eight on one script's texts. CC3 and DC2 label lines, CC1 each character's, PR2 lists events."""

    def __init__(self, texts: Material, rows: Embedder, judge: Judge | None, asked: Asked) -> None:
        self._texts, self._rows, self._judge, self._asked = texts, rows, judge, asked

    def scores(self, names: frozenset[str]) -> dict[str, float | None]:
        """Those of `names`, which hold metrics and dimensions."""
        needed = names.union(*(parts for name, parts in DIMENSIONS.items() if name in names))
        found = {name: score() for name, score in self._all().items() if name in needed}
        found |= {
            name: coherence.dimension([found[part] for part in parts])
            for name, parts in DIMENSIONS.items()
            if name in names
        }
        return {name: value for name, value in found.items() if name in names}

    def _all(self) -> dict[str, Callable[[], float | None]]:
        texts, rows = self._texts, self._rows
        return {
            "cml_dc1": lambda: coherence.consecutive(rows(texts.spoken)),
            "cml_dc2": self._answers,
            "cml_dc3": lambda: coherence.concentration(rows(texts.spoken)),
            "cml_cc1": self._stability,
            "cml_cc2": lambda: coherence.mean_of(
                coherence.concentration(rows(lines))
                for lines in texts.by_character.values()
                if len(lines) >= STYLE_LINES
            ),
            "cml_cc3": self._carried_out,
            "cml_pr1": lambda: coherence.consecutive(rows(texts.scenes)),
            "cml_pr2": self._events,
        }

    def _answers(self) -> float | None:
        spoken = self._texts.spoken
        if self._judge is None or len(spoken) < 2:
            return None
        asks = questions.asking(self._asked, self._judge, spoken)
        return coherence.answers(self._rows(spoken), asks) if any(asks) else None

    def _stability(self) -> float | None:
        judge = self._judge
        if judge is None:
            return None
        some = ((who, lines[:EMOTIONAL_LINES]) for who, lines in self._texts.by_character.items() if len(lines) > 1)
        return coherence.mean_of(
            coherence.stability(questions.sentiments(self._asked, judge, who, lines)) for who, lines in some
        )

    def _carried_out(self) -> float | None:
        lines = self._texts.spoken[:INTENTION_LINES]
        if self._judge is None or not lines or not self._texts.actions:
            return None
        meant = questions.intending(self._asked, self._judge, lines)
        intentions = [line for line, means in zip(lines, meant, strict=True) if means]
        return coherence.carried_out(self._rows(intentions), self._rows(self._texts.actions)) if intentions else None

    def _events(self) -> float | None:
        texts = self._texts.scenes or self._texts.actions
        if self._judge is None or not texts:
            return None
        return coherence.consecutive(self._rows(questions.events(self._asked, self._judge, texts)), clipped=False)


def read(resources: Resources, script: Script, published: bool = False) -> Reading:
    """The scores of a script that are asked for, and as material the count of the judge's answers (`Asked`).

    published: draw the texts as CML-Bench's reader does, with its slips (see `material`), to set a number beside its tables.
    A question that the judge cannot answer is counted and leaves its metric out; RecordError where annotations do not fit,
    UnavailableError where embedder or judge cannot be reached.
    """
    asked = Asked()
    found: dict[str, float | None] = {}
    if resources.wants("cml_parse"):
        found["cml_parse"] = None if script.parses is None else 100.0 * script.parses
    rows = Embedder(lambda texts: resources.models.embed_texts(texts, resources.embedder))
    names = resources.names if resources.embedder is not None else resources.names - EMBEDDED
    found |= CmlBench(material(script, published), rows, resources.judge, asked).scores(names)
    found |= _plan(resources, script)
    return Reading({name: value for name, value in found.items() if name in resources.names}, asked)


def _plan(resources: Resources, script: Script) -> Mapping[str, float | None]:
    if resources.annotations is None or not resources.wants("talkcuts_iou", "talkcuts_accuracy", "talkcuts_sma"):
        return {}
    shots = talkcuts.planned(script)
    if not shots:
        return {}
    true = talkcuts.annotated_plan(resources.annotations, script, words=shots[-1].end)
    if true is None:
        return {}
    return {
        "talkcuts_iou": talkcuts.plan_iou(shots, true),
        "talkcuts_accuracy": talkcuts.plan_accuracy(shots, true),
        "talkcuts_sma": talkcuts.matching_accuracy(shots, true),
    }


def _script(resources: Resources, script: Any) -> Mapping[str, float | None]:
    return read(resources, script).scores


FAMILY = Family(script=_script)
