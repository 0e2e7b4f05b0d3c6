"""One self-contained page from scored manifests, written piece by piece."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from reelkit import __version__
from reelkit.media.atomic import write_atomic
from reelkit.metrics.reporting import glossary, overview, scores, sheet
from reelkit.metrics.reporting.collecting import Collector, Run, collect, metric_names
from reelkit.metrics.reporting.comparing import compare
from reelkit.metrics.reporting.markup import esc
from reelkit.metrics.reporting.options import MEBI, ReportOptions


def write_report(path: Path, runs: Sequence[Run | Collector], options: ReportOptions | None = None) -> list[str]:
    """Write the page of one or more runs to `path`, atomically, and say in lines what it leaves out.

    Runs are compared with the first, paired by movie and shot id. The page holds its style, its script, its stills and, where
    they are small, its clips; it asks no network for anything. Memory is that of the largest clip beside a few hundred bytes a
    shot. Raises StorageError where nothing can be written, UsageError without a run.
    """
    from reelkit.errors import UsageError

    if not runs:
        raise UsageError("a report needs a scored manifest")
    page = _Page(path, collect(runs), options or ReportOptions())

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(page.pieces())

    write_atomic(path, write)
    return page.notes


class _Page:
    """What goes into a page, and in which order."""

    def __init__(self, path: Path, runs: Sequence[Collector], options: ReportOptions) -> None:
        self.runs, self.options = runs, options
        rows = sheet.rows(runs)
        self.shown = rows[: options.most_shots]
        self.clips = sheet.Clips(self.shown, runs, path, options.clip_bytes)
        self.names = metric_names(runs)
        self.comparisons = compare(runs, self.options)
        self.notes = list(self._notes(len(rows)))

    def _notes(self, shots: int) -> Iterator[str]:
        if shots > len(self.shown):
            yield (
                f"{len(self.shown):,} of {shots:,} shots are shown; the statistics use all of them, and "
                "`reel score --format csv` writes them all"
            )
        if not self.clips.embedded:
            total, most = self.clips.total / MEBI, self.options.clip_bytes / MEBI
            yield (
                f"the clips are {total:,.1f} MiB, more than the {most:,.1f} MiB that go "
                "into a page: it plays them from the media folder, so keep the two together"
            )
        if (count := scores.has_matrices(self.runs)) > self.options.most_matrices:
            yield f"{self.options.most_matrices} of {count} similarity matrices are shown"
        groups = sum(len(run.groups) for run in self.runs)
        if groups > self.options.most_rows:
            yield f"{self.options.most_rows:,} of {groups:,} scenes and films are in the table"

    def pieces(self) -> Iterator[str]:
        """The page from its first line to its last."""
        sections = list(self._sections())
        yield from self._head()
        yield from self._banner([(place, name) for place, name, _ in sections])
        yield '<main id="main" tabindex="-1">\n'
        for place, name, content in sections:
            yield f'<section class="part" aria-labelledby="{place}"><h2 id="{place}">{name}</h2>\n'
            yield from content
            yield "</section>\n"
        yield "</main>\n"
        yield f'<footer><p>Written by reelkit {esc(__version__)}, <code>reel score --report</code>.</p></footer>\n'
        yield f'<script type="application/json" id="bar-values">{scores.bar_values(self.shown, self.runs)}</script>\n'
        yield f"<script>{_asset('page.js')}</script>\n</body>\n</html>\n"

    def _sections(self) -> Iterator[tuple[str, str, Iterator[str]]]:
        several = len(self.runs) > 1
        if self.shown:
            yield "shots", "Shots", self._sheet()
        if several:
            yield "comparison", "Comparison", overview.several_runs(self.comparisons)
        elif self.names:
            yield "figures", "Figures", overview.one_run(self.runs[0])
        if self.shown and self.names:
            yield "bars", "Shot by shot", self._bars()
        if scores.has_matrices(self.runs):
            yield "alike", "How alike the shots are", scores.matrices(self.runs, self.options)
        if self.names:
            yield "scores", "All scores", self._tables()
            yield "metrics", "What the metrics mean", glossary.meanings(self.names)
        yield "origin", "How it was measured", glossary.provenance(self.runs)

    def _head(self) -> Iterator[str]:
        style, script = _asset("page.css"), _asset("page.js")
        media = "data:" if self.clips.embedded else "data: 'self' file:"
        policy = (
            f"default-src 'none'; img-src data:; media-src {media}; style-src '{_hash(style)}'; "
            f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
        )
        yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        yield '<link rel="icon" href="data:,">\n'
        yield f"<title>{esc(self._title())} – scores</title>\n<style>{style}</style>\n</head>\n"

    def _title(self) -> str:
        titles = list(dict.fromkeys(title for run in self.runs for title in run.titles.values()))
        several = f"{len(titles)} films" if len(titles) > 3 else ", ".join(titles)
        return self.options.title or several or "Scores"

    def _banner(self, sections: Sequence[tuple[str, str]]) -> Iterator[str]:
        shots = len(sheet.rows(self.runs))
        scenes = len({(s.movie, s.scene) for run in self.runs for s in run.shots.values()})
        facts = f"{shots} shots in {scenes} scene{'s' * (scenes != 1)} · {len(self.names)} metrics"
        yield '<body>\n<a class="skip" href="#main">Skip to the shots</a>\n<header class="banner"><div class="title">'
        yield f'<p class="quiet">reel score</p><h1>{esc(self._title())}</h1><p>{facts}</p>'
        if len(self.runs) > 1:
            chips = "".join(f'<li class="run run{n % 3}">{esc(run.label)}</li>' for n, run in enumerate(self.runs))
            yield f'<ul class="chips" aria-label="Runs">{chips}</ul>'
        yield from overview.verdicts(self.comparisons)
        yield '</div><button type="button" id="theme" hidden>Dark</button>\n<nav aria-label="Sections"><ul>'
        yield "".join(f'<li><a href="#{place}">{name}</a></li>' for place, name in sections)
        yield "</ul></nav></header>\n"

    def _sheet(self) -> Iterator[str]:
        if self.notes:
            lines = "".join(f"<li>{esc(_sentence(each))}</li>" for each in self.notes)
            yield f'<ul class="notes" aria-label="What is not on this page">{lines}</ul>'
        yield '<div class="filter" hidden><label for="filter">Show only</label> '
        yield '<input type="search" id="filter" placeholder="shot, character or word of a prompt" autocomplete="off">'
        yield ' <span id="found" role="status"></span></div>\n'
        yield from sheet.contact_sheet(self.shown, self.runs, self.clips, self.options)

    def _bars(self) -> Iterator[str]:
        yield '<div id="chart" hidden><p><label for="metric">Metric</label> <select id="metric"></select></p>'
        yield '<p id="about" class="quiet" role="status"></p><div class="scroll" role="region" tabindex="0" aria-label="Bars">'
        yield '<table class="bars sortable" id="barred"></table></div></div>\n'
        yield "<noscript><p>Bars need a script; the tables below hold the same numbers.</p></noscript>\n"

    def _tables(self) -> Iterator[str]:
        if any(run.groups for run in self.runs):
            yield from scores.group_table(self.runs, self.options)
        if self.shown:
            yield from scores.shot_table(self.shown[: self.options.most_rows], self.runs)
        yield '<p class="quiet">A dash was not measured. It is not zero.</p>'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _asset(name: str) -> str:
    return files("reelkit.metrics.reporting").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a content security policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
