"""The words of movies as they stream by, and their scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reelkit.errors import RecordError
from reelkit.manifest.records import Entry
from reelkit.stages.progress import Progress

if TYPE_CHECKING:
    from reelkit.metrics.scripts.building import ScriptBuilder
    from reelkit.metrics.scripts.script import Script
    from reelkit.stages.score_options import Prepared

SCRIPTS = "scripts"
"""The family that measures words."""
SPOKEN_OF = ("movie", "character", "scene", "shot")


class Words:
    """Gathers the texts of each movie, where any metric of scripts is measured; nothing otherwise."""

    def __init__(self, prepared: Prepared, watch: Progress) -> None:
        from reelkit.metrics.registry import FAMILY_OF

        self._prepared, self._watch = prepared, watch
        self._wanted = any(FAMILY_OF[name] == SCRIPTS for name in prepared.resources.names)
        self._movies: dict[str, ScriptBuilder] = {}

    def add(self, entry: Entry) -> None:
        """Take a record's words; a record that is wrong has none."""
        if not self._wanted or entry.kind not in SPOKEN_OF:
            return
        from reelkit.manifest.records import RECORDS
        from reelkit.metrics.scripts.building import ScriptBuilder

        try:
            record = entry.view(RECORDS[entry.kind])
        except RecordError:
            return
        self._movies.setdefault(entry.movie, ScriptBuilder(entry.movie)).add(record)

    def of(self, movie: str) -> Mapping[str, float]:
        """The scores of a movie's words, which are let go; empty where none was gathered or they cannot be measured."""
        builder = self._movies.pop(movie, None)
        if builder is None:
            return {}
        try:
            return script_scores(self._prepared, builder.build())
        except RecordError as error:
            self._watch.note("warning", f"movie {movie}: its words cannot be measured: {error}")
            return {}


def script_scores(prepared: Prepared, script: Script) -> Mapping[str, float]:
    """What the family of scripts says of one, without what could not be measured."""
    from reelkit.metrics.registry import family

    measure = family(SCRIPTS).script
    found = {} if measure is None else measure(prepared.resources, script)
    return {name: value for name, value in found.items() if value is not None}
