"""Paragraphs of action into shots: a new one where the eye is led elsewhere, a beat for each further
sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reelkit.screenplay.cast import Cast, Person
from reelkit.screenplay.depiction import Depiction, Memory, depict, names
from reelkit.screenplay.directions import Direction, take_direction
from reelkit.screenplay.sentences import calm, is_pause, sentences
from reelkit.screenplay.timing import action_seconds, pause_seconds


@dataclass
class Sight:
    """One sentence of action: what is seen, for how long, and what is asked of the camera for it."""

    depiction: Depiction
    seconds: float
    direction: Direction
    introduces: bool = False
    pause: bool = False

    @property
    def people(self) -> tuple[Person, ...]:
        return self.depiction.people


@dataclass
class Group:
    """Sentences that one shot shows."""

    sights: list[Sight] = field(default_factory=list)
    direction: Direction = field(default_factory=Direction)

    @property
    def people(self) -> tuple[Person, ...]:
        return tuple(dict.fromkeys(one for sight in self.sights for one in sight.people))

    @property
    def words(self) -> str:
        return ". ".join(sight.depiction.words for sight in self.sights)


def sights(text: str, line: int, cast: Cast, memory: Memory, met: set[str]) -> list[Sight]:
    """What a paragraph shows, sentence by sentence; tells `memory` whom it reads of, and adds them to
    `met`."""
    found: list[Sight] = []
    pending = Direction()
    for number, sentence in enumerate(sentences(text)):
        direction, rest = take_direction(sentence)
        direction = direction.over(pending)
        if is_pause(rest):
            people = tuple(memory.on_stage) if 0 < len(memory.on_stage) <= 3 else ()
            if people:
                words = " are silent" if len(people) > 1 else " is silent"
                depiction = Depiction((*names(people), words), people, words)
                found.append(Sight(depiction, 1.0 + pause_seconds(rest), direction, pause=True))
            continue
        if (line, number) in cast.described:
            continue
        shift = len(sentence) - len(rest)
        cuts = tuple(
            (start - shift, end - shift) for start, end in cast.cuts.get((line, number), ()) if start >= shift
        )
        if rest.isupper() and shift:
            rest = calm(rest) if not cast.mentions.search(rest) else rest
        shown = depict(rest, cuts, cast, memory)
        if shown is None:
            pending = direction if not rest.strip(" .:-") else Direction()
            continue
        depiction = shown
        pending = Direction()
        introduces = any(one.id not in met for one in depiction.people)
        met.update(one.id for one in depiction.people)
        memory.note(depiction.people)
        if found and not depiction.people and _is_fragment(depiction.words) and direction == Direction():
            last = found[-1]
            joined = Depiction(
                (*last.depiction.pieces, f", {_lower(depiction)}"), last.people, last.depiction.words
            )
            found[-1] = Sight(joined, last.seconds, last.direction, last.introduces, last.pause)
            continue
        found.append(Sight(depiction, action_seconds(depiction.words), direction, introduces))
    return found


def groups(found: list[Sight], together: bool) -> list[Group]:
    """Sentences into shots. `together` keeps a paragraph that a note directs in one."""
    made: list[Group] = []
    here: set[Person] = set()
    for sight in found:
        last = made[-1] if made else None
        same = last and (
            together
            or (
                sight.direction == Direction()
                and (
                    not here.isdisjoint(sight.people)
                    or (not sight.people and not here)
                    or (not here and _leads_in(last))
                )
            )
        )
        if last and same:
            last.sights.append(sight)
        else:
            made.append(Group([sight], sight.direction))
            here = set()
        here.update(sight.people)
    return made


def subjects(depiction: Depiction) -> tuple[Person, ...]:
    """Who the sentence is about: the characters named before its verb."""
    subjects: list[Person] = []
    for piece in depiction.pieces:
        if isinstance(piece, str):
            if subjects and piece.strip() not in {"and", ",", "", "&"}:
                break
        elif not piece.possessive:
            subjects.append(piece.person)
    return tuple(subjects)


def _leads_in(group: Group) -> bool:
    """Whether a shot so far only says from where the next sentence is seen: `From inches away.`"""
    return all(
        re.match(r"(?:from|through|across|in|at|under|behind|over)\b", s.depiction.words, re.I)
        for s in group.sights
    )


def _is_fragment(words: str) -> bool:
    return len(words.split()) <= 3 and not re.search(
        r"\b(?:is|are|the|an?|falls?|flies|\w+ing)\b|\w+[^s]s$", words.lower()
    )


def _lower(depiction: Depiction) -> str:
    text = depiction.words
    return text[:1].lower() + text[1:]
