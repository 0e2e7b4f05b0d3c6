"""`reel score`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reelkit.cli.shared import DEVICE, DTYPE, ENCODER, MEDIA, MESSAGES, batch, streams
from reelkit.cli.spec import Example, Operand, Option, Section, Verb

if TYPE_CHECKING:
    from reelkit.cli.call import Call
    from reelkit.cli.watch import Watch
    from reelkit.manifest.records import Entry
    from reelkit.metrics.registry import Listed
    from reelkit.metrics.report import Measured
    from reelkit.stages.score import ScoreOptions

VERB = Verb(
    name="score",
    summary="measure shots, scenes and movies",
    description=(
        "Measures every shot that passes and writes its scores into the record; a score record for each "
        "scene and movie stands at the end. Instead of a manifest it takes video files, which become a movie of "
        "one shot each, or a screenplay, whose words are measured. Each take is decoded once and each network runs once "
        "over a frame, whatever the number of metrics. With --metrics none it only validates the manifest and its "
        "media. On a terminal, and with --verbose, the scores of scenes and movies are also shown as a table "
        "on standard error.",
        "A metric whose weights are not there is skipped with a line that says which file it needs, where it should lie "
        "and where to get it. `reel score --list` shows every metric with its unit, its direction, what it needs, and "
        "whether it is its authors' formula (source) or reelkit's own (definition).",
    ),
    sections=(
        Section(
            "Measures",
            (
                Option(
                    "metrics",
                    "Metrics or families by name, commas between them or repeated; `ready`, all that need no file which "
                    "does not ship and are not dear (identity_lost, id_*); `all`; or `none` to validate.",
                    metavar="NAMES",
                    default="ready",
                    many=True,
                ),
                Option("all_takes", "Measure every take of a shot, not only the picked one.", kind="flag"),
                Option("list", "List the metrics, or those of --metrics, and leave.", kind="flag", toml=False),
                Option(
                    "gate",
                    "Thresholds such as 'character_consistency>=70,cut_inside==0'. Every take of a shot is measured and "
                    "marked; the best that passes is picked, by the first threshold's metric, then the next. A shot "
                    "without one carries an error. Before a name, scene: or movie: judges those records. May be repeated.",
                    metavar="METRIC>=X,...",
                    many=True,
                ),
                Option(
                    "prompt",
                    "What video files on the command line should show, for metrics that compare pictures with words.",
                    metavar="TEXT",
                ),
            ),
        ),
        Section(
            "Compared with",
            (
                Option(
                    "reference",
                    "Real films, for metrics of distributions and reconstruction: a folder of videos, a video, or a manifest.",
                    kind="path",
                    metavar="PATH",
                ),
                Option(
                    "annotations",
                    "What people wrote down (cuts, plans, narrations, identities), as JSON lines; see docs/metrics.md.",
                    kind="path",
                    metavar="FILE.jsonl",
                ),
                Option(
                    "label",
                    "What this run is called in the report and the tables; without it the file's name.",
                    metavar="TEXT",
                    toml=False,
                ),
                Option(
                    "compare",
                    "A manifest that is scored already, to stand beside this one in the report and the tables. May be "
                    "repeated.",
                    metavar="MANIFEST",
                    many=True,
                    located=True,
                ),
            ),
        ),
        Section(
            "Results",
            (
                Option(
                    "report",
                    "Write a page with the figures, the pictures and the clips to FILE.",
                    kind="path",
                    metavar="FILE.html",
                ),
                Option(
                    "format",
                    "What goes to standard output: the manifest, or a table of its scores instead.",
                    choices=("jsonl", "csv", "json", "latex"),
                    default="jsonl",
                ),
            ),
        ),
        Section(
            "Model",
            (
                ENCODER,
                Option(
                    "embedder",
                    "Folder of a sentence embedder, for metrics that compare texts with texts.",
                    metavar="FOLDER",
                    env=("REEL_EMBEDDER",),
                    located=True,
                ),
                Option(
                    "weights",
                    "Folder of the files that metrics' networks need; without it ~/.cache/reelkit/weights.",
                    kind="path",
                    metavar="FOLDER",
                    env=("REEL_WEIGHTS",),
                ),
                Option(
                    "judge",
                    "A language or vision-language model that answers questions: the URL of an OpenAI-compatible server "
                    "(http://localhost:8000/v1#MODEL; its key in REEL_JUDGE_KEY), or a folder of weights.",
                    metavar="URL|FOLDER",
                    env=("REEL_JUDGE",),
                    located=True,
                ),
                DEVICE,
                DTYPE,
                MEDIA,
            ),
        ),
        batch(force=False),
        streams(),
        MESSAGES,
    ),
    operand=Operand(
        "MANIFEST|VIDEO...|SCRIPT|-",
        "A manifest; or video files; or a script (.fountain, .txt, or .xml as CML-Bench writes it). Without it, or with -, "
        "a manifest is read from standard input.",
        many=True,
    ),
    examples=(
        Example("what needs no weights, with a report", "reel score --report scores.html takes.jsonl > scored.jsonl"),
        Example(
            "VBench over any videos",
            "reel score --metrics vbench --weights ~/weights --format csv clips/*.mp4 > vbench.csv",
        ),
        Example(
            "keep the best take that passes, fail where there is none",
            "reel score --gate 'character_consistency>=70,cut_inside==0' takes.jsonl > scored.jsonl",
        ),
        Example("fail a build below a threshold", "reel score --gate 'movie:all_consistency>=60' takes.jsonl > scored.jsonl"),
        Example(
            "two runs side by side",
            "reel score --metrics none --compare before.jsonl --report both.html after.jsonl > /dev/null",
        ),
        Example("is this manifest sound?", "reel score --metrics none film.jsonl > /dev/null"),
    ),
)


def run(call: Call) -> int:
    """Measure, or list what can be measured."""
    from reelkit.metrics.registry import choose

    metrics, compare = call.values["metrics"], call.values.get("compare", ())
    assert isinstance(metrics, tuple) and isinstance(compare, tuple)
    if call.has("list"):
        return listing(call, choose(("all",) if metrics == ("ready",) else metrics))
    from reelkit.cli.dry import dry_run
    from reelkit.stages.score_inputs import Source
    from reelkit.stages.score_options import ScoreOptions, available

    chosen = choose(metrics)
    options = call.options(
        ScoreOptions,
        metrics=metrics,
        gates=call.values.get("gate", ()),
        selection=call.selection(),
        label=str(call.values.get("label", "")) or _label(call.operands),
        compare=tuple(str(call.env.path(name)) for name in compare),
    )
    if call.has("dry_run"):
        ready, lacking = available(chosen, options)
        for each in lacking:
            call.log("info", str(each))
        given = Source.of([call.env.path(name) if name != "-" else name for name in call.operands])
        if not given.is_manifest:
            call.log("info", f"would measure {len(given.paths)} {given.kind}: {', '.join(ready)}")
            return call.status()
        return dry_run(call, f"would measure {{count}} shots: {', '.join(ready) or 'validation only'}")
    return scored(call, options)


def scored(call: Call, options: ScoreOptions) -> int:
    """Measure; then show the records of scenes and movies to a person, or to who asks with `--verbose`."""
    from reelkit.cli.output import write_bytes
    from reelkit.cli.tables import columns
    from reelkit.metrics.report import measured, table
    from reelkit.stages.score import score, score_script
    from reelkit.stages.score_inputs import Source
    from reelkit.stages.score_report import ScoreTables

    lines: list[Measured] = []
    kind = str(call.values["format"])
    shown = kind == "jsonl" and (call.env.stderr_isatty or call.log.verbose)
    tables = ScoreTables(options) if kind != "jsonl" else None
    source = Source.of([call.env.path(name) if name != "-" else name for name in call.operands])

    def stage(entries: Iterable[Entry], progress: Watch) -> Iterator[Entry]:
        if source.kind == "script":
            scores = score_script(source.paths[0], options, call.models(), progress)
        else:
            given = source.entries(entries, options, str(call.values.get("prompt", "")))
            scores = score(given, options, call.models(), progress)
        for entry in tables.watched(scores) if tables is not None else scores:
            if shown and entry.kind == "score" and not entry.where:  # those this run made came from no file
                lines.append(measured(entry))
            yield entry

    status = call.run(stage, follow=source.is_manifest, several=True, silent=kind != "jsonl")
    call.watch.close()
    if tables is not None:
        write_bytes(call, "".join(tables.text(kind)).encode())
    if lines:
        call.log.table(columns(*_narrow(*table(lines))))
    return status


NARROW = 10
"""Columns beyond which a table stands on its side."""


def _narrow(head: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The table, or with many metrics a row for each of them and a column for each scene and movie."""
    if len(head) <= NARROW:
        return head, rows
    names = [f"{movie}/{scene}" for movie, scene, *_ in rows]
    return ["metric", *names], [[metric, *(row[place] for row in rows)] for place, metric in enumerate(head) if place > 1]


def _label(operands: list[str]) -> str:
    """What the operands call the run."""
    name = operands[0] if len(operands) == 1 else ""
    return "" if name in ("", "-") else name.rpartition("/")[2].rpartition(".")[0]


def listing(call: Call, names: Iterable[str]) -> int:
    """Every metric: what it compares, in which unit, what it needs, and whose definition it is."""
    import msgspec

    from reelkit.cli.output import write_rows
    from reelkit.metrics.registry import BY_NAME
    from reelkit.metrics.registry import listing as listed
    from reelkit.stages.score_options import ScoreOptions, available

    chosen = tuple(names)
    ready, _ = available(chosen, call.options(ScoreOptions))
    rows = [msgspec.structs.replace(row, here=row.name in ready) for row in listed([BY_NAME[name] for name in chosen])]
    if not call.env.stdout_isatty:
        write_rows(call, rows)
        return call.status()
    return call.rows(rows, described)


def described(metrics: Iterable[Listed]) -> str:
    """The metrics as text: families, under them a name and a line or two for each."""
    lines: list[str] = []
    family = ""
    for metric in metrics:
        if metric.family != family:
            family = metric.family
            lines += ["", family] if lines else [family]
        better = {"higher": "higher is better", "lower": "lower is better", "neither": "no direction"}[metric.better]
        needs = f"needs {', '.join(metric.needs)} ({metric.licence})" if metric.needs else "needs nothing"
        needs += "" if metric.here else ", not here"
        needs += ", dear" if metric.dear else ""
        lines += [
            f"  {metric.name}: {metric.about}",
            f"      {metric.unit}, {metric.range}, {better}; of {', '.join(metric.levels)}; {needs}",
            f"      {metric.basis}: {metric.cites}",
        ]
    return "\n".join(lines)
