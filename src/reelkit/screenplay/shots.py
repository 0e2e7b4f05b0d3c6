"""One scene into shots: the opening, action, dialogue, and how they are cut together."""

from __future__ import annotations

from collections.abc import Iterator

from reelkit.screenplay.action import Group, Sight, groups, sights, subjects
from reelkit.screenplay.cast import Cast
from reelkit.screenplay.continuity import Continuity
from reelkit.screenplay.depiction import Depiction, Memory
from reelkit.screenplay.directions import Direction
from reelkit.screenplay.drafts import Draft, DraftBeat
from reelkit.screenplay.elements import Action
from reelkit.screenplay.scenes import Block, Scene
from reelkit.screenplay.staging import (
    SUBTLE,
    SUBTLE_GROUP,
    frame_action,
    is_reaction,
    move_camera,
    weather_of,
)
from reelkit.screenplay.talk import Conversation
from reelkit.screenplay.timing import ESTABLISHING, SHORTEST, runs


class Director:
    """Plans the shots of a film, scene after scene; it remembers places, people and their state."""

    def __init__(self, cast: Cast, longest: float) -> None:
        self.cast = cast
        self.longest = longest
        self.continuity = Continuity()
        self.met: set[str] = set()
        self.changed: set[str] = set()
        """Who was last seen in a state of which the manifest speaks."""
        self.places: dict[str, str] = {}
        self.clock = ""

    def direct(self, scene: Scene) -> list[Draft]:
        """The shots of `scene`, with prompts."""
        setting = scene.setting
        if setting.is_titles:
            return []
        if setting.later or (self.clock and setting.time and setting.time != self.clock):
            self.continuity.pass_time(setting.new_day)
        self.clock = setting.time or self.clock
        self.memory = Memory()
        self.talk = Conversation(scene, self.cast, self.memory, self.longest)
        self.weather = ""
        finished: list[Draft] = []
        for draft in self._drafts(scene):
            if scene.entrance and not finished:
                draft.entrance = scene.entrance
            self._finish(draft, finished)
            finished.append(draft)
        self.places[setting.place] = setting.time
        return finished

    def _drafts(self, scene: Scene) -> Iterator[Draft]:
        last: Draft | None = None
        for number, block in enumerate(scene.blocks):
            made: list[Draft]
            if block.element is None:
                made = [self._place(scene, block.line, [], block)]
            elif isinstance(block.element, Action):
                made = self._action(scene, block, number == 0)
            elif block.beside and last and last.speeches and self.talk.join(block, block.element, last):
                continue
            else:
                made = self.talk.shots(block, block.element)
                if number == 0 and made and self._wants_establishing(scene, block):
                    made.insert(0, self._place(scene, scene.line, []))
            for draft in made:
                draft.weather = self.weather if scene.setting.is_exterior else ""
                if last:
                    yield last
                last = draft
        if last:
            yield last
        elif scene.setting.place and not scene.blocks:
            yield self._place(scene, scene.line, [])

    def _wants_establishing(self, scene: Scene, block: Block) -> bool:
        """A new place, or a known one at a new hour, is shown first, unless the cut is hard or the writer
        directs."""
        setting = scene.setting
        if not setting.place or block.directed or scene.entrance in {"smash cut", "match cut", "jump cut"}:
            return False
        return setting.place not in self.places or (setting.time != self.places[setting.place])

    def _action(self, scene: Scene, block: Block, opening: bool) -> list[Draft]:
        assert isinstance(block.element, Action)
        weather = weather_of(block.element.text) if scene.setting.is_exterior else None
        self.weather = self.weather if weather is None else weather
        found = sights(block.element.text, block.line, self.cast, self.memory, self.met)
        self._telephones(found)
        made: list[Draft] = []
        if opening and self._wants_establishing(scene, block):
            first = found[0].direction if found else Direction()
            scenery: list[Sight] = []
            while found and not found[0].people and not found[0].direction.point_of_view:
                if (
                    found[0].direction.framing not in {"", "wide"}
                    or frame_action(found[0].depiction.words, 0, False) != "wide"
                ):
                    break
                scenery.append(found.pop(0))
            if scenery or first.framing != "wide":
                made.append(self._place(scene, scene.line, scenery))
        for group in groups(found, block.directed):
            made.extend(self._shots_of(scene, block, group))
        if made and found:
            self.talk.turn = 0
        if block.directed and not made:
            made.append(self._place(scene, block.line, [], block))
        return made

    def _place(self, scene: Scene, line: int, scenery: list[Sight], block: Block | None = None) -> Draft:
        """A shot of the place itself."""
        beats = [DraftBeat([sight.depiction], max(SHORTEST, sight.seconds)) for sight in scenery]
        if not beats:
            beats = [DraftBeat([Depiction(("Nobody in sight",), (), "")], ESTABLISHING)]
        direction = block.direction if block else Direction()
        for sight in scenery:
            direction = direction.over(sight.direction)
        draft = Draft(scene.setting, line, beats, direction, "wide", "static", directed=block is not None)
        draft.last(min(max(draft.seconds, ESTABLISHING), self.longest))
        return draft

    def _shots_of(self, scene: Scene, block: Block, group: Group) -> Iterator[Draft]:
        direction = block.direction.over(group.direction)
        people = group.people
        introduction = any(sight.introduces for sight in group.sights)
        framings = [frame_action(s.depiction.words, len(s.people), introduction) for s in group.sights]
        if len(people) > 1:
            framings = [frame_action(s.depiction.words, len(people), introduction) for s in group.sights]
        order = ("wide", "full", "medium", "close-up", "extreme close-up")
        framing = min(framings, key=order.index)
        short = len(group.sights) == 1 and is_reaction(group.words)
        if short:
            framing = "close-up"
        shown = direction.framing or framing
        moves = [move_camera(sight.depiction.words, shown) for sight in group.sights]
        camera = next((move for move in moves if move != "static"), "static")
        for run in runs(group.sights, self.longest, block.direction.seconds is not None):
            beats = [
                DraftBeat([s.depiction], SHORTEST if short else min(s.seconds, self.longest)) for s in run
            ]
            draft = Draft(
                scene.setting, block.line, beats, direction, framing, camera, directed=block.directed
            )
            yield draft

    def _telephones(self, found: list[Sight]) -> None:
        for sight in found:
            words = sight.depiction.words.lower()
            people = {one.id for one in sight.people}
            if "hangs up" in words:
                self.talk.on_phone -= people
            elif "phone call" in words or "on the phone" in words or "into the phone" in words:
                self.talk.on_phone |= people

    def _finish(self, draft: Draft, before: list[Draft]) -> None:
        """Settle framing and camera, the length, the state, and write the prompts."""
        last = before[-1] if before else None
        repeats = last and last.people == draft.people and last.framing == draft.framing and draft.people
        if draft.entrance == "match cut" and last:
            draft.framing = last.framing
        elif repeats and not draft.direction.framing:
            draft.framing = (SUBTLE if len(draft.people) == 1 else SUBTLE_GROUP)[draft.framing]
        if (
            not before
            and not draft.direction.framing
            and draft.framing not in {"wide", "full"}
            and draft.entrance
        ):
            draft.framing = "full"
        draft.framing = draft.direction.framing or draft.framing
        draft.camera = draft.direction.camera or draft.camera
        if draft.direction.seconds is not None:
            draft.last(draft.direction.seconds)
        for person in draft.people:
            self.met.add(person.id)
        for depiction in (depiction for beat in draft.beats for depiction in beat.depictions):
            for person in subjects(depiction):
                self.continuity.see(person.id, depiction.words)
        draft.state = self._state(draft)
        draft.write(lambda one: self.continuity.look(one.id, one.look))
        self.continuity.cut()

    def _state(self, draft: Draft) -> dict[str, str]:
        """The state of who is seen. A state carries on in the manifest until another is given, so one that has
        ended is given as empty, once."""
        state: dict[str, str] = {}
        for person in draft.people:
            now = self.continuity.state(person.id)
            if now or person.id in self.changed:
                state[person.id] = now
            (self.changed.add if now else self.changed.discard)(person.id)
        return state
