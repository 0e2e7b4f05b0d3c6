"""A script from a manifest's records, which are added as they stream by."""

from __future__ import annotations

from reelkit.manifest.kinds import Character, Movie, Record, Scene, Shot
from reelkit.metrics.scripts.script import Element, PlannedShot, Script, ScriptScene


class ScriptBuilder:
    """Gathers the words of one movie. It holds texts alone, no takes.

    A scene is its record's heading and summary, then for each of its shots the prompt, as action, and what is spoken. A
    record that comes again takes the place of the earlier one.
    """

    def __init__(self, movie: str) -> None:
        self._movie, self._title = movie, ""
        self._names: dict[str, str] = {}
        self._scenes: dict[str, tuple[str, str]] = {}
        self._shots: dict[str, tuple[str, tuple[Element, ...], PlannedShot]] = {}

    def add(self, record: Record) -> None:
        """Take the next record; of another movie, or a score or cut, nothing is taken."""
        if isinstance(record, Movie) and record.id == self._movie:
            self._title = record.title
        elif isinstance(record, Character) and record.movie == self._movie:
            self._names[record.id] = record.name
        elif isinstance(record, Scene) and record.movie == self._movie:
            self._scenes[record.id] = (record.heading.strip(), record.summary.strip())
        elif isinstance(record, Shot) and record.movie == self._movie:
            self._add_shot(record)

    def _add_shot(self, shot: Shot) -> None:
        scene = shot.scene or ""
        self._scenes.setdefault(scene, ("", ""))
        shown = (shot.prompt or " ".join(beat.prompt for beat in shot.beats)).strip()
        elements = [Element("action", shown)] if shown else []
        words = 0
        for line in shot.dialogue:
            if line.parenthetical and line.parenthetical.strip():
                elements.append(Element("parenthetical", line.parenthetical.strip(), line.character))
            if line.text.strip():
                elements.append(Element("dialogue", line.text.strip(), line.character))
            words += len(line.text.split())
        self._shots[shot.id] = (scene, tuple(elements), PlannedShot(shot.id, shot.framing, words))

    def build(self, name: str = "") -> Script:
        """The script of what was added so far. Speakers are called by their names, in capitals, or else by their ids."""
        inside: dict[str, list[Element]] = {scene: [] for scene in self._scenes}
        for scene, elements, _ in self._shots.values():
            inside[scene].extend(self._named(element) for element in elements)
        scenes = []
        for scene, (heading, summary) in self._scenes.items():
            opening = [Element("heading", heading)] if heading else []
            opening += [Element("description", summary)] if summary else []
            scenes.append(ScriptScene((*opening, *inside[scene])))
        shots = tuple(shot for _, _, shot in self._shots.values())
        label = name or f"movie {self._movie}"
        return Script(
            name=label, form="manifest", scenes=tuple(scenes), title=self._title, movie=self._movie, shots=shots
        )

    def _named(self, element: Element) -> Element:
        if not element.character:
            return element
        called = self._names.get(element.character) or element.character
        return Element(element.kind, element.text, called.upper())
