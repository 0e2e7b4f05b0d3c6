"""The contact sheet: by scene every shot's still, which plays its clip, those of several runs side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from reelkit.errors import RecordError
from reelkit.metrics.reporting.collecting import Collector, Name, ShotFacts
from reelkit.metrics.reporting.comparing import direction
from reelkit.metrics.reporting.markup import anchor, esc
from reelkit.metrics.reporting.options import ReportOptions
from reelkit.metrics.reporting.posters import PLAYABLE, data_url, poster


class Row(msgspec.Struct, frozen=True):
    """A shot of any run, with what each run has of it."""

    movie: str
    id: str
    scene: str | None
    takes: tuple[ShotFacts | None, ...]
    """One a run, None where the run has no such shot."""

    @property
    def place(self) -> str:
        """Its id on the page."""
        return anchor("shot", self.movie, self.id)

    @property
    def first(self) -> ShotFacts:
        """What the first run that has it says."""
        return next(each for each in self.takes if each is not None)


def rows(runs: Sequence[Collector]) -> list[Row]:
    """The shots of all runs, paired by movie and id: those of the first run in its order, then what others add."""
    keys: dict[Name, None] = {}
    for run in runs:
        keys.update(dict.fromkeys(run.shots))
    found = [Row(movie, id, None, tuple(run.shots.get((movie, id)) for run in runs)) for movie, id in keys]
    placed = [msgspec.structs.replace(row, scene=row.first.scene) for row in found]
    groups: dict[tuple[str, str | None], list[Row]] = {}
    for row in placed:
        groups.setdefault((row.movie, row.scene), []).append(row)
    return [row for group in groups.values() for row in sorted(group, key=lambda each: each.first.order)]


class Clips:
    """How the page gets at clips: inside it while those of all runs together are small, else by relative path."""

    def __init__(self, shown: Sequence[Row], runs: Sequence[Collector], page: Path, limit: int) -> None:
        self._page, self._runs = page, runs
        files = {self._file(facts, run) for row in shown for facts, run in zip(row.takes, runs, strict=True)}
        self.total = sum(file.stat().st_size for file in files if file is not None)
        self.embedded = self.total <= limit

    def source(self, facts: ShotFacts, run: Collector) -> str | None:
        """What a video element loads, or None where a browser could not play it or there is no file."""
        file = self._file(facts, run)
        if file is None:
            return None
        if self.embedded:
            return data_url(PLAYABLE[file.suffix.lower()], file.read_bytes())
        return quote(Path(os.path.relpath(file, self._page.absolute().parent)).as_posix())

    def _file(self, facts: ShotFacts | None, run: Collector) -> Path | None:
        if facts is None or not facts.clip:
            return None
        try:
            file = run.store.absolute(facts.clip)
        except RecordError:
            return None
        return file if file.suffix.lower() in PLAYABLE and file.is_file() else None


def contact_sheet(shown: Sequence[Row], runs: Sequence[Collector], clips: Clips, options: ReportOptions) -> Iterator[str]:
    """The sheet, a scene at a time; each still is made here and let go."""
    group: tuple[str, str | None] | None = None
    several = len({row.movie for row in shown}) > 1
    for row in shown:
        if (row.movie, row.scene) != group:
            if group is not None:
                yield "</div></section>\n"
            group = (row.movie, row.scene)
            count = sum((each.movie, each.scene) == group for each in shown)
            yield from _scene_head(row, runs, count, several)
        yield from _card(row, runs, clips, options)
    if group is not None:
        yield "</div></section>\n"


def _scene_head(row: Row, runs: Sequence[Collector], count: int, several: bool) -> Iterator[str]:
    key = (row.movie, row.scene or "")
    heading = next((run.headings[key] for run in runs if key in run.headings), "")
    film = next((run.titles[row.movie] for run in runs if row.movie in run.titles), row.movie)
    name = f"scene {row.scene}" if row.scene else "shots without a scene"
    place = anchor("scene", row.movie, row.scene or "")
    title = esc(heading or name.capitalize())
    detail = " · ".join([*([film] if several else []), *([name] if heading else []), f"{count} shot{'s' * (count != 1)}"])
    yield f'<section class="scene" aria-labelledby="{place}"><h3 id="{place}">{title}</h3><p class="quiet">{esc(detail)}</p>'
    yield f'<div class="grid runs{min(len(runs), 3)}">\n'


def _card(row: Row, runs: Sequence[Collector], clips: Clips, options: ReportOptions) -> Iterator[str]:
    facts = row.first
    cast = [_who(runs, row.movie, id) for id in facts.characters]
    text = " ".join([row.id, row.scene or "", facts.prompt, facts.framing, *cast, *facts.characters]).lower()
    yield f'<article class="shot" id="{row.place}" aria-labelledby="{row.place}-name" data-text="{esc(text)}">'
    yield '<div class="takes">'
    for number, (take, run) in enumerate(zip(row.takes, runs, strict=True)):
        yield from _figure(take, run, number, row, clips, options, len(runs) > 1)
    yield "</div>"
    yield f'<header><h4 id="{row.place}-name">{esc(row.id)}</h4>'
    yield f'<span class="quiet">{esc(f"{facts.seconds:.1f} s")}</span>'
    if len(runs) > 1:
        yield f'<button type="button" class="together" hidden data-shot="{esc(row.id)}">Play together</button>'
    yield "</header>"
    if facts.prompt:
        yield f'<p class="prompt">{esc(facts.prompt)}</p>'
    details = [", ".join(cast), facts.framing]
    if shown := " · ".join(part for part in details if part):
        yield f'<p class="quiet">{esc(shown)}</p>'
    for take, run in zip(row.takes[1:], runs[1:], strict=True):
        if take is not None and row.takes[0] is not None and (told := _tally(row.takes[0], take)):
            yield f'<p class="tally"><b>{esc(run.label)}</b> {told}</p>'
    yield "</article>\n"


def _figure(
    take: ShotFacts | None, run: Collector, number: int, row: Row, clips: Clips, options: ReportOptions, named: bool
) -> Iterator[str]:
    label = f"{row.id}, {run.label}" if named else row.id
    yield '<figure><div class="frame">'
    problems: list[str] = []
    if take is None:
        yield '<p class="blank">not in this run</p>'
    else:
        picture, reason = poster(take, run.store, options.poster_pixels)
        source = clips.source(take, run)
        problems = [each for each in (take.error, *take.missed) if each]
        still = f' poster="{picture}"' if picture else ""
        if source is not None and picture:
            yield f'<video controls preload="none" playsinline{still} aria-label="{esc(label)}" src="{esc(source)}"></video>'
        elif picture:
            yield f'<img src="{picture}" loading="lazy" alt="{esc("Still of " + label)}">'
            if take.clip:
                problems.append(f"browsers do not play {Path(take.clip).suffix} files: {take.clip}")
        else:
            yield f'<p class="blank">{esc(reason)}</p>'
    yield "</div><figcaption>"
    if named:
        yield f'<span class="run run{number % 3}">{esc(run.label)}</span>'
    if take is not None:
        yield f"<span>{_pick(take)}</span>"
    yield "</figcaption>"
    if problems:
        yield f'<ul class="problems">{"".join(f"<li>{esc(each)}</li>" for each in problems)}</ul>'
    yield "</figure>"


def _pick(take: ShotFacts) -> str:
    if not take.takes:
        return ""
    number = take.pick or 0
    shown = f"take {number} of {take.takes}" if take.takes > 1 else ""
    verdict = {True: "passes its gates", False: "misses a gate", None: ""}[take.passed]
    mark = {True: "✓ ", False: "✕ ", None: ""}[take.passed]
    kind = {True: "good", False: "bad", None: ""}[take.passed]
    told = f'<span class="{kind}"><span aria-hidden="true">{mark}</span>{verdict}</span>' if verdict else ""
    return " · ".join(part for part in (shown, told) if part)


def _tally(base: ShotFacts, take: ShotFacts) -> str:
    """In how many metrics that have a direction a take is better and worse than the first run's."""
    both = [name for name in base.scores if name in take.scores and direction(name)]
    wins = sum(direction(name) * (take.scores[name] - base.scores[name]) > 0 for name in both)
    losses = sum(direction(name) * (take.scores[name] - base.scores[name]) < 0 for name in both)
    if not both:
        return ""
    if not wins and not losses:
        return f"the same in all {len(both)} metrics"
    return f'<span class="good">better in {wins}</span>, <span class="bad">worse in {losses}</span> of {len(both)} metrics'


def _who(runs: Sequence[Collector], movie: str, id: str) -> str:
    return next((run.names[movie, id] for run in runs if (movie, id) in run.names), id)
