"""Options of `reel score`, and what of the metrics asked for can be measured with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reelkit.errors import UnavailableError, UsageError
from reelkit.media.store import MediaStore
from reelkit.stages.progress import Progress

if TYPE_CHECKING:
    from reelkit.manifest.shards import Selection
    from reelkit.metrics.gate import Gate
    from reelkit.metrics.meters import Resources
    from reelkit.models import Models


class ScoreOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure and with which weights. `metrics=("none",)` only validates."""

    media: Path = Path("media")
    """The media folder: every path in the manifest is relative to it."""
    metrics: tuple[str, ...] = ("ready",)
    """Names or families from the registry, `ready` (what needs no file that does not ship), `all`, or `none`."""
    encoder: str | None = None
    """Name or path of the text-and-image encoder; None is the catalogue's default."""
    embedder: str | None = None
    """Folder of a sentence embedder, for what compares texts with texts."""
    dtype: str = "auto"
    """Told with the scores: in which precision `models` computes; auto is float32 here."""
    weights: Path | None = None
    """Folder of the files that networks need; None is the user's."""
    judge: str | None = None
    """Address of an OpenAI-compatible server, or folder of a vision-language model."""
    reference: Path | None = None
    """What films are compared with: a folder of videos, a video, or a manifest."""
    annotations: Path | None = None
    """What people wrote down, as JSON lines."""
    gates: tuple[str, ...] = ()
    """Thresholds such as `cut_inside==0`; see `reelkit.metrics.gate`."""
    report: Path | None = None
    """An HTML page with the figures and the pictures."""
    label: str = ""
    """What the run is called in the report and the tables."""
    compare: tuple[str, ...] = ()
    """Scored manifests that stand beside this one in the report and the tables."""
    all_takes: bool = False
    """Measure every take of a shot and not only the picked one, so that assemble can select the best."""
    selection: Selection | None = None
    """Which shots are this process's own (`--only`, `--shard`); None is all."""
    fail_fast: bool = False
    """Raise at the first wrong record instead of letting it travel on with its error."""


class Lacking(msgspec.Struct, frozen=True):
    """Something that is not there, and the metrics that wait for it."""

    reason: str
    metrics: tuple[str, ...]

    def __str__(self) -> str:
        verb = "is" if len(self.metrics) == 1 else "are"
        return f"{', '.join(self.metrics)} {verb} skipped: {self.reason}"


ASKED_BY = {
    "embedder": "give a sentence embedder with --embedder FOLDER",
    "judge": "give a language model with --judge URL or FOLDER",
    "reference": "give real films to compare with: --reference FOLDER, video or manifest",
    "annotations": "give what people wrote down with --annotations FILE.jsonl",
}


def available(names: Iterable[str], options: ScoreOptions) -> tuple[tuple[str, ...], list[Lacking]]:
    """The metrics for which everything is there; what is not, and whom it concerns. Reads no weights."""
    from reelkit.metrics.registry import BY_NAME

    reasons: dict[str, str | None] = {}
    waiting: dict[str, list[str]] = {}
    ready = []
    for name in names:
        for need in BY_NAME[name].needs:
            if need not in reasons:
                reasons[need] = _missing(need, options)
        lost = [reason for need in BY_NAME[name].needs if (reason := reasons[need]) is not None]
        if lost:
            waiting.setdefault("; ".join(lost), []).append(name)
        else:
            ready.append(name)
    return tuple(ready), [Lacking(reason, tuple(concerned)) for reason, concerned in waiting.items()]


def _missing(need: str, options: ScoreOptions) -> str | None:
    """Why something that a metric needs is not there, with what to do; None where it is."""
    from reelkit.models.measuring.known import find

    if need == "encoder":
        return None
    if need in ASKED_BY:
        return None if getattr(options, need) is not None else ASKED_BY[need]
    try:
        find(need, options.weights)
    except UnavailableError as error:
        return str(error)
    return None


class Prepared(msgspec.Struct, frozen=True):
    """What a run measures, and with what."""

    asked: tuple[str, ...]
    resources: Resources
    gates: tuple[Gate, ...]
    lacking: tuple[Lacking, ...]


def prepare(options: ScoreOptions, models: Models, store: MediaStore, progress: Progress) -> Prepared:
    """Choose the metrics, say what must be skipped, and open what they need.

    UnavailableError where a folder or file that was given is not there, or nothing asked for can be measured.
    UsageError where a gate looks at what is not measured.
    """
    from reelkit.metrics.gate import parse_gates
    from reelkit.metrics.meters import Resources
    from reelkit.metrics.registry import choose

    for option, path in (
        ("--weights", options.weights),
        ("--reference", options.reference),
        ("--annotations", options.annotations),
        ("--embedder", None if options.embedder is None else Path(options.embedder)),
    ):
        if path is not None and not path.exists():
            raise UnavailableError(f"{option} {path}: no such file or folder")
    asked = choose(options.metrics)
    gates = parse_gates(options.gates)
    asked = tuple(dict.fromkeys((*asked, *(gate.name for gate in gates)))) if asked else asked
    names, lacking = available(asked, options)
    for each in lacking:
        progress.note("info", str(each))
    if asked and not names:
        raise UnavailableError(f"nothing is left to measure of {', '.join(asked)}: {'; '.join(each.reason for each in lacking)}")
    if gates and not asked:
        raise UsageError("--gate with --metrics none: nothing is measured then; name metrics, or leave --metrics out")
    for gate in gates:
        if gate.name not in names:
            raise UsageError(f"--gate {gate}: {gate.name} is not measured here; see what it needs with `reel score --list`")
        if (doubt := gate.doubt()) is not None:
            progress.note("warning", f"--gate {doubt}")
    resources = Resources(
        names=frozenset(names),
        models=models,
        encoder=options.encoder,
        weights=options.weights,
        store=store,
        judge=_judge(options, names, models),
        embedder=options.embedder,
        reference=options.reference,
        annotations=options.annotations,
    )
    return Prepared(asked, resources, gates, tuple(lacking))


def _judge(options: ScoreOptions, names: Iterable[str], models: Models) -> Any:
    """The judge, where a metric asks one."""
    from reelkit.metrics.registry import BY_NAME

    if options.judge is None or not any("judge" in BY_NAME[name].needs for name in names):
        return None
    from reelkit.metrics.judging.judge import open_judge

    return open_judge(options.judge, models)
