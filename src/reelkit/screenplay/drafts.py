"""A shot being planned, and the prompt it comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reelkit.screenplay.cast import Person
from reelkit.screenplay.depiction import Depiction, names, render, tidy
from reelkit.screenplay.directions import Direction
from reelkit.screenplay.sentences import capitalised
from reelkit.screenplay.settings import Setting
from reelkit.screenplay.timing import share

CAMERA_PHRASE = {
    "static": "static camera",
    "pan left": "camera pans left",
    "pan right": "camera pans right",
    "dolly in": "camera dollies in",
    "dolly out": "camera dollies out",
}


@dataclass
class DraftBeat:
    """What happens for a stretch of a shot."""

    depictions: list[Depiction]
    seconds: float


@dataclass
class Speech:
    """A line of dialogue: who says it, the words, and the parenthetical before them."""

    person: Person
    text: str
    parenthetical: str | None = None


@dataclass
class Draft:
    """One shot. `framing` and `camera` are settled by the rules unless `direction` has them."""

    setting: Setting
    line: int
    beats: list[DraftBeat]
    direction: Direction = field(default_factory=Direction)
    framing: str = "medium"
    camera: str = "static"
    weather: str = ""
    speeches: list[Speech] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)
    entrance: str = ""
    prompt: str = ""
    beat_prompts: list[str] = field(default_factory=list)
    directed: bool = False

    @property
    def seconds(self) -> float:
        return sum(beat.seconds for beat in self.beats)

    @property
    def people(self) -> tuple[Person, ...]:
        """Who is seen, in the order of the prompt. Whoever's view it is stands behind the camera."""
        viewer = self.direction.point_of_view.upper()
        found = (one for beat in self.beats for depiction in beat.depictions for one in depiction.people)
        return tuple(one for one in dict.fromkeys(found) if not viewer or viewer not in one.aliases)

    def last(self, seconds: float) -> None:
        """Make the shot last so long, the beats in proportion."""
        parts = share(seconds, [beat.seconds for beat in self.beats])
        for beat, part in zip(self.beats, parts, strict=True):
            beat.seconds = part

    def write(self, look: Callable[[Person], str]) -> None:
        """Write the prompts: one for the shot, one for each beat."""
        head = [
            f"{capitalised(self.framing)} shot, {CAMERA_PHRASE[self.camera]}.",
            tidy(self.setting.slugline),
            tidy(self.weather),
            tidy(f"seen from the point of view of {_viewer(self.direction.point_of_view)}")
            if self.direction.point_of_view
            else "",
        ]
        seen: set[str] = set()
        whole: list[str] = []
        told: set[tuple[str, tuple[Person, ...]]] = set()
        here: list[Person] = []
        for beat in self.beats:
            known: set[str] = set()
            alone = [render(depiction, look, known) for depiction in beat.depictions]
            acting = {one for depiction in beat.depictions for one in depiction.people}
            if acting and (others := tuple(one for one in here if one not in acting)):
                watch = " watch" if len(others) > 1 else " watches"
                alone.append(render(Depiction((*names(others), watch), others, watch), look, known))
            here.extend(one for one in acting if one not in here)
            self.beat_prompts.append(" ".join(filter(None, [*head, *alone])))
            for depiction in beat.depictions:
                if (depiction.words, depiction.people) not in told:
                    whole.append(render(depiction, look, seen))
                    told.add((depiction.words, depiction.people))
        self.prompt = " ".join(filter(None, [*head, *whole]))


def _viewer(view: str) -> str:
    words = view.strip().lower()
    if not words or words in {"someone", "his", "her", "their"}:
        return "someone"
    return (
        words
        if words.startswith(("a ", "an ", "the "))
        else f"the {words}"
        if " " in words
        else words.capitalize()
    )
