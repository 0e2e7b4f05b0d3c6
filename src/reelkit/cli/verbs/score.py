"""`reel score`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reelkit.cli.shared import DEVICE, DTYPE, ENCODER, MANIFEST, MEDIA, MESSAGES, batch, streams
from reelkit.cli.spec import Example, Option, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.cli.watch import Watch
    from reelkit.manifest.records import Entry
    from reelkit.metrics.report import Measured
    from reelkit.stages.score import ScoreOptions

VERB = Verb(
    name="score",
    summary="measure shots, scenes and movies",
    description=(
        "Measures every shot that passes and writes its scores into the record; a score record for each "
        "scene and movie stands at the end. With --metrics none it only validates the manifest and its "
        "media. On a terminal, and with --verbose, the scores of scenes and movies are also shown as a table "
        "on standard error.",
    ),
    sections=(
        Section(
            "Measures",
            (
                Option(
                    "metrics",
                    "Metrics by name, commas between them or repeated; `all`, or `none` to validate.",
                    metavar="NAMES",
                    default="all",
                    many=True,
                ),
                Option("all_takes", "Measure every take of a shot, not only the picked one.", kind="flag"),
                Option("list", "List the metrics, and leave.", kind="flag", toml=False),
                Option(
                    "gate",
                    "A threshold such as 'all_consistency>=60': what misses it carries an error. May be "
                    "repeated.",
                    metavar="METRIC>=X",
                    many=True,
                ),
                Option(
                    "report", "Write a report with the figures to FILE.", kind="path", metavar="FILE.html"
                ),
                Option(
                    "aes_head",
                    "LAION's linear aesthetic head for CLIP ViT-L/14; without it `aes` is left out.",
                    kind="path",
                    metavar="FILE",
                ),
                Option(
                    "incep_weights",
                    "torchvision's inception_v3 weights; without them `incep` is left out.",
                    kind="path",
                    metavar="FILE",
                ),
            ),
        ),
        Section("Model", (ENCODER, DEVICE, DTYPE, MEDIA)),
        batch(force=False),
        streams(),
        MESSAGES,
    ),
    operand=MANIFEST,
    examples=(
        Example("everything, with a report", "reel score --report scores.html takes.jsonl > scored.jsonl"),
        Example(
            "fail a build below a threshold",
            "reel score --gate 'all_consistency>=60' takes.jsonl > scored.jsonl",
        ),
        Example("is this manifest sound?", "reel score --metrics none film.jsonl > /dev/null"),
    ),
)


def run(call: Call) -> int:
    """Measure, or list what can be measured."""
    if call.has("list"):
        return listing(call)
    from reelkit.cli.dry import dry_run
    from reelkit.metrics.registry import choose
    from reelkit.stages.score import ScoreOptions

    metrics = call.values["metrics"]
    assert isinstance(metrics, tuple)
    chosen = choose(metrics)
    if call.has("dry_run"):
        return dry_run(call, f"would measure {{count}} shots: {', '.join(chosen) or 'validation only'}")
    options = call.options(
        ScoreOptions,
        metrics=chosen or ("none",),
        device=str(call.values["device"]),
        gates=call.values.get("gate", ()),
        selection=call.selection(),
    )
    return scored(call, options)


def scored(call: Call, options: ScoreOptions) -> int:
    """Measure; then show the records of scenes and movies to a person, or to who asks with `--verbose`."""
    from reelkit.cli.tables import columns
    from reelkit.metrics.report import measured, table
    from reelkit.stages.score import score

    lines: list[Measured] = []
    shown = call.env.stderr_isatty or call.log.verbose

    def stage(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        for entry in score(entries, options, call.models(), progress):
            if shown and entry.kind == "score" and not entry.where:  # those this run made came from no file
                lines.append(measured(entry))
            yield entry

    status = call.run(stage)
    call.watch.close()
    if lines:
        call.log.table(columns(*table(lines)))
    return status


def listing(call: Call) -> int:
    """Every metric: what it compares, in which unit, and whose definition it is."""
    from reelkit.cli.tables import columns
    from reelkit.metrics.registry import LISTING_HEADER, METRICS
    from reelkit.metrics.registry import listing as rows

    return call.rows(METRICS, lambda _: columns(LISTING_HEADER, rows()))
