"""The `score` records of a run: of scenes and movies that are closed, and what becomes of an earlier run's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from reelkit import __version__
from reelkit.errors import GateError, RecordError
from reelkit.manifest.kinds import Score
from reelkit.manifest.records import Entry
from reelkit.metrics.gate import missed
from reelkit.metrics.registry import BY_NAME
from reelkit.metrics.scenes import Closed
from reelkit.metrics.shots import rounded
from reelkit.stages.progress import Level, Progress

if TYPE_CHECKING:
    from reelkit.models import Models
    from reelkit.stages.score_options import Prepared
    from reelkit.stages.score_words import Words

STAGE = "score"


class ScoreRecords:
    """Turns closed scenes and movies into `score` records, each once."""

    def __init__(self, prepared: Prepared, models: Models, watch: Progress, dtype: str = "auto") -> None:
        self._names, self._gates, self._watch = prepared.asked, prepared.gates, watch
        self._provenance = Provenance(prepared, models, dtype)
        self._written: set[tuple[str, str, str]] = set()
        self._earlier: dict[str, dict[str, Entry]] = {}
        """Records of an earlier run by movie and id, until it shows whether this run replaces them."""

    def earlier(self, entry: Entry, due: bool) -> Iterator[Entry]:
        """Hold a record of an earlier run back while its movie's own are `due`; one that was replaced goes."""
        if entry.identity in self._written:
            return
        if due:
            self._earlier.setdefault(entry.movie, {})[entry.id] = entry
        else:
            yield entry

    def of(self, closed: Iterable[Closed], words: Words | None) -> Iterator[Entry]:
        """The records of what is closed; one that misses a gate carries an error. words: of the movies' scripts."""
        for part in closed:
            id = record_id(part.scene)
            earlier = self._earlier.get(part.movie, {})
            name = f"movie {part.movie}" if part.scene is None else f"scene {part.scene}"
            if not part.whole:
                level: Level = "warning" if self._gates else "info"
                gets = "keeps its earlier score record" if id in earlier else "gets no score record"
                self._watch.note(level, f"{name} {gets}: not every shot of it is this run's")
                if part.scene is None:
                    yield from self._earlier.pop(part.movie, {}).values()
                continue
            before = earlier.pop(id, None)
            if part.scene is None:  # and with the movie whole, what is left is of scenes it no longer has
                self._earlier.pop(part.movie, None)
            scores = dict(part.scores)
            if part.scene is None and words is not None:
                scores |= words.of(part.movie)
            gates = [gate for gate in self._gates if gate.level == ("movie" if part.scene is None else "scene")]
            if not part.shots and not scores and not (gates and part.scene is None):
                continue
            yield self._record(part, id, scores, before, missed(gates, scores), name)

    def _record(
        self, part: Closed, id: str, scores: Mapping[str, float], before: Entry | None, misses: list[str], name: str
    ) -> Entry:
        record = Score(id=id, movie=part.movie, scene=part.scene, scores=dict(rounded(scores)))
        told = self._provenance.told()
        entry = Entry.of(record).replace(
            shots=part.shots, failed=part.failed, encoder=told.get("encoder"), provenance=told, **part.extras
        )
        entry = self._with_kept(entry, before)
        self._written.add(entry.identity)
        return entry.fail(STAGE, GateError(f"{name}: {'; '.join(misses)}")) if misses else entry

    def _with_kept(self, entry: Entry, before: Entry | None) -> Entry:
        """The record with an earlier run's figures of metrics that this one did not measure.

        Of another encoder nothing is kept that an encoder measured: the two do not compare.
        """
        if before is None:
            return entry
        try:
            kept = {name: value for name, value in before.score().scores.items() if name not in self._names}
        except RecordError:
            return entry
        encoder = text(entry, "encoder")
        by = text(before, "encoder")
        if encoder is not None and by != encoder:
            kept = {name: value for name, value in kept.items() if name in BY_NAME and "encoder" not in BY_NAME[name].needs}
        if not kept:
            return entry
        return entry.replace(scores={**kept, **entry.score().scores}, encoder=encoder or by)


class Provenance:
    """By what a run's numbers were measured; looked up once, at the first record."""

    def __init__(self, prepared: Prepared, models: Models, dtype: str) -> None:
        self._prepared, self._models, self._dtype = prepared, models, dtype
        self._told: dict[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        """reelkit's version, the encoder with its revision, every network's files by content, the judge."""
        if self._told is None:
            resources = self._prepared.resources
            needs = {need for name in resources.names for need in BY_NAME[name].needs}
            told: dict[str, Any] = {"reelkit": __version__}
            if "encoder" in needs:
                card = self._models.describe(resources.encoder or "embedded", "encoder")
                told["encoder"] = f"{card.name}@{card.revision}"
            if networks := self._networks(needs):
                told |= {"networks": networks, "dtype": "float32" if self._dtype == "auto" else self._dtype}
            if resources.embedder is not None and "embedder" in needs:
                told["embedder"] = resources.embedder
            if resources.judge is not None:
                told["judge"] = dict(resources.judge.provenance)
            if resources.reference is not None and "reference" in needs:
                told["reference"] = str(resources.reference)
            if self._prepared.lacking:
                told["skipped"] = [str(each) for each in self._prepared.lacking]
            self._told = told
        return self._told

    def _networks(self, needs: Iterable[str]) -> dict[str, str]:
        from reelkit.media.keys import file_key
        from reelkit.models.catalogue import FINGERPRINTS, fingerprint, user_cache
        from reelkit.models.measuring.known import find, networks

        found = {}
        for name in sorted(set(needs) & networks().keys()):
            keys = [
                fingerprint(path) if path.is_dir() else file_key(path, user_cache(FINGERPRINTS))
                for path in find(name, self._prepared.resources.weights)
            ]
            found[name] = "+".join(key[:16] for key in keys)
        return found


def text(entry: Entry, name: str) -> str | None:
    """A text field that the record's type does not know, or None."""
    try:
        return msgspec.json.decode(entry.raw.get(name, b"null"), type=str | None)
    except msgspec.DecodeError:
        return None


def record_id(scene: str | None) -> str:
    """Id of a `score` record, unique beside those of the movie's other scenes."""
    if scene is None:
        return "movie"
    id = f"scene-{scene}"
    return id if len(id) <= 64 else f"scene-{sha256(scene.encode()).hexdigest()[:32]}"


def is_ours(entry: Entry) -> bool:
    """Whether a `score` record is one that this stage writes."""
    return entry.id == "movie" or (entry.raw.get("scene") is not None and entry.id.startswith("scene-"))
