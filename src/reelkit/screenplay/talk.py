"""Dialogue into shots: shot and reverse shot, listeners for voices off, one shot for two who speak at
once."""

from __future__ import annotations

from reelkit.screenplay.cast import Cast, Person
from reelkit.screenplay.cues import Cue, read_cue
from reelkit.screenplay.delivery import Delivery
from reelkit.screenplay.depiction import Depiction, Memory, Mention, called, names
from reelkit.screenplay.drafts import Draft, DraftBeat, Speech
from reelkit.screenplay.elements import Dialogue
from reelkit.screenplay.lexicon import EVERYONE
from reelkit.screenplay.scenes import Block, Scene
from reelkit.screenplay.speech import Utterance, utterances
from reelkit.screenplay.timing import runs, word_count


class Conversation:
    """Who talks to whom in a scene, and how far the exchange has come."""

    def __init__(self, scene: Scene, cast: Cast, memory: Memory, longest: float) -> None:
        self.scene = scene
        self.cast = cast
        self.memory = memory
        self.longest = longest
        self.turn = 0
        self.last_speakers: tuple[Person, ...] = ()
        self.on_phone: set[str] = set()
        self.order = [
            self.speakers(read_cue(block.element.text))
            for block in scene.blocks
            if isinstance(block.element, Dialogue)
        ]
        self.heard = 0

    def speakers(self, cue: Cue) -> tuple[Person, ...]:
        """Who a cue stands for; `ALL` stands for those on stage."""
        if cue.names[0].lower() in EVERYONE:
            return tuple(self.memory.on_stage[:4])
        return self.cast.speakers(cue.names[0])

    def shots(self, block: Block, dialogue: Dialogue) -> list[Draft]:
        """The shots of one dialogue block, framed as its place in the exchange asks."""
        cue = read_cue(dialogue.text)
        who = self.speakers(cue)
        said = utterances(dialogue.parts, cue.manner, 3600.0 if block.direction.seconds else self.longest)
        following = self._next_other(who)
        self.heard += 1
        if not who or not said:
            return []
        other = self._spoken_to(who, following)
        newcomers = [one for one in who if one not in self.memory.on_stage and not cue.heard]
        drafts: list[Draft] = []
        for run in runs(said, self.longest, whole=block.directed and block.direction.seconds is not None):
            beats = [DraftBeat([self._picture(cue, who, other, one)], one.seconds) for one in run]
            speeches = [
                Speech(one, said.text, said.parenthetical) for said in run if said.text for one in who
            ]
            draft = Draft(self.scene.setting, block.line, beats, block.direction, directed=block.directed)
            draft.speeches = speeches
            draft.framing = self._framing(run, who, bool(newcomers) and not drafts, len(drafts))
            drafts.append(draft)
        if not cue.heard:
            self.memory.note(who)
        self.turn += 1
        self.last_speakers = who
        return drafts

    def join(self, block: Block, dialogue: Dialogue, first: Draft) -> bool:
        """Put a dual dialogue's right half into the shot of its left; False when it does not fit."""
        cue = read_cue(dialogue.text)
        who = self.speakers(cue)
        said = utterances(dialogue.parts, cue.manner, self.longest)
        seconds = sum(one.seconds for one in said)
        if not who or not said or cue.heard or seconds > self.longest or not first.people:
            return False
        self.heard += 1
        together = (*first.people, *(one for one in who if one not in first.people))
        words = " talk at the same time" if len(together) > 1 else " talks"
        first.beats = [
            DraftBeat([Depiction((*names(together), words), together, "talk")], max(first.seconds, seconds))
        ]
        first.speeches += [
            Speech(one, piece.text, piece.parenthetical) for piece in said if piece.text for one in who
        ]
        first.framing = "medium" if len(together) < 3 else "full"
        self.memory.note(who)
        self.turn += 1
        self.last_speakers = who
        return True

    def _next_other(self, who: tuple[Person, ...]) -> tuple[Person, ...]:
        return next(
            (
                them
                for them in self.order[self.heard + 1 : self.heard + 13]
                if them and not set(them) & set(who)
            ),
            (),
        )

    def _spoken_to(self, who: tuple[Person, ...], following: tuple[Person, ...]) -> str:
        if who[0].id in self.on_phone:
            return "on the phone"
        if len(who) > 1:
            return ""
        if self.last_speakers and not set(self.last_speakers) & set(who):
            return f"to {_listed(self.last_speakers)}"
        others = [one for one in self.memory.recent if one not in who and one in self.memory.on_stage]
        if following and (not others or following[0] in others):
            return f"to {_listed(following)}"
        return f"to {called(others[0])}" if others else ""

    def _picture(self, cue: Cue, who: tuple[Person, ...], other: str, said: Utterance) -> Depiction:
        if cue.heard:
            return self._listening(cue, who)
        how = said.delivery
        to = f"to {how.to}" if how.to and not how.to.startswith(("on ", "into ")) else how.to or other
        verb = how.verb if len(who) == 1 else _plural(how.verb)
        words = " ".join(filter(None, [verb, how.manner, to])) if said.text else _waits(how)
        extra = f", {how.extra}" if how.extra and said.text else ""
        return Depiction((*names(who), f" {words}{extra}"), who, words)

    def _listening(self, cue: Cue, who: tuple[Person, ...]) -> Depiction:
        """What is seen under a voice: the speaker's own thoughts, whoever hears it, or the place."""
        thinking = [one for one in who if one in self.memory.on_stage]
        if thinking:
            return Depiction((Mention(thinking[0]), " is lost in thought"), (thinking[0],), "thinks")
        listener = next(
            (one for one in self.memory.recent if one in self.memory.on_stage and one not in who), None
        )
        if listener is None:
            return Depiction(("Nobody in sight",), (), "")
        words = " is silent" if cue.narration else " listens"
        return Depiction((Mention(listener), words), (listener,), words)

    def _framing(self, run: list[Utterance], who: tuple[Person, ...], newcomer: bool, number: int) -> str:
        if len(who) > 1:
            return "medium" if len(who) < 3 else "full"
        if newcomer:
            return "medium"
        if (self.turn or self.last_speakers) and sum(word_count(said.text) for said in run) <= 2:
            return "close-up"
        return ("medium", "close-up")[(self.turn // 2 + number) % 2]


def _waits(how: Delivery) -> str:
    return f"is {how.extra}" if how.extra and how.extra.split()[0].endswith("ing") else "is silent"


def _plural(verb: str) -> str:
    head, _, rest = verb.partition(" ")
    head = f"{head[:-3]}y" if head.endswith("ies") else head.removesuffix("s")
    return f"{head} {rest}".strip()


def _listed(people: tuple[Person, ...]) -> str:
    return " and ".join(called(one) for one in people)
