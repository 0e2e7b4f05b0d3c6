"""The character bank: who is in a screenplay, what they are called in it, and how they look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from reelkit.screenplay.cues import display_name, joint_names, read_cue
from reelkit.screenplay.elements import Action, Dialogue, Element
from reelkit.screenplay.introductions import NAME, Description, description_after, look_of
from reelkit.screenplay.lexicon import EVERYONE, PEOPLE, gender_of_name, gender_of_words, is_finite_verb
from reelkit.screenplay.sentences import calm, sentences
from reelkit.screenplay.slugs import Ids

_DETERMINER = r"(?:(?:the|a|an|his|her|their|another|our) )?"
_LATER_LOOK = re.compile(
    r"^(?:(?P<he>he)|(?P<she>she)|they|(?P<name>[^\W\d_]+))(?:['’]s| is| are)? "
    r"(?:(?P<be>(?:an?) .*)|(?:wears|wear|wearing|dressed in|has on) (?P<wear>.*)|"
    r"has (?P<has>[^.]*\b(?:hair|eyes|beard|moustache|mustache|scar|glasses|face)\b.*))$",
    re.IGNORECASE,
)
_HONORIFICS = frozenset(
    {"MR.", "MRS.", "MS.", "DR.", "MR", "MRS", "MS", "DR", "PROF.", "SGT.", "CAPT.", "LT.", "COL."}
)
Place = tuple[int, int]
"""A sentence: the line of its paragraph, and its number in it."""


class Person(msgspec.Struct, frozen=True):
    """A character. `named` is false for one known by a role (`MINION`): prompts call that one by the look."""

    id: str
    name: str
    look: str = ""
    gender: str = ""
    named: bool = True
    aliases: tuple[str, ...] = ()

    @property
    def pronouns(self) -> frozenset[str]:
        """The pronouns that can mean this person."""
        if self.gender in {"man", "boy"}:
            return frozenset({"he", "him"})
        return frozenset({"she", "her"}) if self.gender else frozenset({"he", "him", "she", "her"})


class Cast(msgspec.Struct, frozen=True):
    """All characters in order of appearance, and where the script describes them.

    `cuts` are the stretches of sentences that only describe; `described` are whole sentences that do.
    """

    people: tuple[Person, ...]
    by_alias: Mapping[str, Person]
    mentions: re.Pattern[str]
    cuts: Mapping[Place, tuple[tuple[int, int], ...]]
    described: frozenset[Place]

    def called(self, name: str) -> Person | None:
        return self.by_alias.get(_key(name))

    def speakers(self, name: str) -> tuple[Person, ...]:
        """Who a cue's name stands for; `BOTH` and `ALL` stand for nobody here."""
        alone = self.called(name)
        if alone:
            return (alone,)
        return tuple(person for part in joint_names(name) if (person := self.called(part)))


class _Draft:
    def __init__(self, name: str) -> None:
        self.name = name
        self.aliases = [name]
        self.age = ""
        self.pieces: list[str] = []
        self.gender = ""
        self.evidence: Counter[str] = Counter()
        self.introduced = False


def find_cast(elements: Iterable[Element]) -> Cast:
    """Collect the characters of a script from its cues and from the introductions in its action."""
    scanner = _Scanner(list(elements))
    scanner.read_cues()
    scanner.read_action()
    return scanner.cast()


class _Scanner:
    def __init__(self, elements: list[Element]) -> None:
        self.elements = elements
        self.drafts: dict[str, _Draft] = {}
        self.first: dict[str, tuple[int, int]] = {}
        self.cuts: dict[Place, list[tuple[int, int]]] = {}
        self.described: set[Place] = set()
        self.actions = [
            (element.line, sentences(element.text))
            for element in self.elements
            if isinstance(element, Action)
        ]
        prose = "\n".join(sentence for _, found in self.actions for sentence in found)
        self.lower_words = frozenset(re.findall(r"(?:the|an?|his|her|their) ([a-z][a-z-]+)", prose))
        self.proper = Counter(re.findall(r"(?<=[a-z,] )(?<!the )(?<!a )(?<!an )(?<!'s )[A-Z][a-z]+\b", prose))

    def read_cues(self) -> None:
        joint: list[tuple[str, int]] = []
        for element in self.elements:
            if not isinstance(element, Dialogue):
                continue
            (name,) = read_cue(element.text).names
            if _key(name).lower() in EVERYONE:
                continue
            if len(joint_names(name)) > 1:
                joint.append((name, element.line))
            else:
                self._meet(name, element.line)
        for name, line in joint:
            parts = joint_names(name)
            if all(_key(part) in self.drafts for part in parts):
                continue
            self._meet(name, line)

    def _meet(self, name: str, line: int, column: int = 0) -> _Draft:
        draft = self.drafts.setdefault(_key(name), _Draft(name))
        self.first[_key(name)] = min(self.first.get(_key(name), (line, column)), (line, column))
        return draft

    def read_action(self) -> None:
        for line, found in self.actions:
            latest: _Draft | None = None
            for number, sentence in enumerate(found):
                people = list(self._introductions(sentence, line, number))
                later = _LATER_LOOK.match(sentence.rstrip(" .!")) if latest and not people else None
                if later and latest and self._describes(later, latest):
                    self.described.add((line, number))
                elif people:
                    if latest:
                        latest.evidence.update(_genders(sentence.split(" ", 1)[0]))
                    latest = people[0] if len(people) == 1 else None
                    for draft in people if len(people) == 1 else ():
                        draft.evidence.update(_genders(sentence))
                elif latest:
                    latest.evidence.update(_genders(sentence.split(" ", 1)[0]))

    def _describes(self, later: re.Match[str], draft: _Draft) -> bool:
        name = later.group("name")
        if name and _key(name) not in map(_key, draft.aliases) and _key(name) not in _key(draft.name).split():
            return False
        draft.evidence.update({"man": bool(later.group("he")), "woman": bool(later.group("she"))})
        said = later.group("be") or ""
        if said and not (gender_of_words(said) or set(said.lower().split()) & PEOPLE):
            return False
        worn, has = later.group("wear"), later.group("has")
        draft.pieces.append(said or (f"in {worn}" if worn else f"with {has}"))
        return True

    def _introductions(self, sentence: str, line: int, number: int) -> Iterable[_Draft]:
        for match in NAME.finditer(sentence):
            start = match.start()
            for part in re.split(r" AND ", match.group()):
                end = start + len(part)
                part = part.removeprefix("AKA ")
                found = description_after(sentence, end)
                draft = self._who(
                    part, sentence[:start], sentence[end:], found, (line, number * 10_000 + start)
                )
                start = end + 5
                if draft is None:
                    continue
                if found and not draft.introduced:
                    draft.age, draft.pieces = (
                        found.age,
                        [calm(piece) for piece in found.pieces] + draft.pieces,
                    )
                    self.cuts.setdefault((line, number), []).append((end, found.end))
                draft.introduced = True
                yield draft

    def _who(
        self, name: str, before: str, after: str, found: Description | None, place: tuple[int, int]
    ) -> _Draft | None:
        key = _key(name)
        words = key.split()
        thing = bool(re.search(r"\b(?:the|an?)\s+$", before, re.IGNORECASE))
        known = self.drafts.get(key)
        if known is None:
            within = [cue for cue in self.drafts if _is_part(cue.split(), words)]
            if within and not (thing and words[-1].lower() not in PEOPLE):
                known = self.drafts[max(within, key=len)]
                if name not in known.aliases:
                    known.aliases.append(name)
                self.first[_key(known.name)] = min(self.first[_key(known.name)], place)
        if known:
            self.first[_key(known.name)] = min(self.first[_key(known.name)], place)
            if thing and not known.introduced and words[-1].lower() in PEOPLE and len(words) > 1:
                known.pieces.append(f"a {name.lower()}" if name[0] not in "AEIOU" else f"an {name.lower()}")
            return known
        role = re.sub(r"\W*\d+$", "", words[-1]).lower() in PEOPLE and not after.startswith("'")
        described = found is not None and (
            bool(found.age) or (not thing and any(map(_is_of_a_person, found.pieces)))
        )
        first_name = (
            words[0] in _HONORIFICS
            or bool(gender_of_name(words[0]))
            or self.proper[words[0].capitalize()] > 0
        )
        acts = re.match(r",|\s*\(|(?:\s+\w+ly)?\s+(\w+)", after)
        role = role and bool(acts) and (found is not None or is_finite_verb((acts and acts.group(1)) or ""))
        if not (role or described or (first_name and not thing)) or (thing and not role):
            return None
        draft = self._meet(name, *place)
        if thing and len(words) > 1:
            draft.pieces.append(f"{'an' if name[0] in 'AEIOU' else 'a'} {name.lower()}")
        return draft

    def cast(self) -> Cast:
        ids = Ids()
        people: list[Person] = []
        for key in sorted(self.drafts, key=lambda name: self.first[name]):
            people.append(self._person(self.drafts[key], ids))
        by_alias = {_key(alias): person for person in reversed(people) for alias in person.aliases}
        patterns = {pattern for person in people for pattern in _patterns(person)}
        pattern = "|".join(sorted(patterns, key=lambda text: (-len(text), text))) or r"(?!)"
        mentions = re.compile(rf"(?<![\w'’])(?:{pattern})(?P<possessive>['’][sS]?(?!\w))?(?![\w])")
        cuts = {place: tuple(found) for place, found in self.cuts.items()}
        return Cast(tuple(people), by_alias, mentions, cuts, frozenset(self.described))

    def _person(self, draft: _Draft, ids: Ids) -> Person:
        key = _key(draft.name)
        last = re.sub(r"\W*\d+$| (?:IN|WITH|OF|FROM|AT) .*$", "", key).split(" ")[-1].lower()
        bare = key.lower()
        named = not (last in PEOPLE or bare in self.lower_words) or bool(gender_of_name(key.split()[0]))
        gender = gender_of_words(" ".join(draft.pieces)) or gender_of_words(key)
        if not gender and draft.evidence["man"] != draft.evidence["woman"]:
            gender = max(("man", "woman"), key=lambda kind: draft.evidence[kind])
        gender = gender or gender_of_name(" ".join(draft.aliases))
        look = look_of(draft.age, draft.pieces, gender if named else "")
        if not named and not re.search(rf"\b{re.escape(last)}\b", look):
            role = re.sub(r"\W*\d+$", "", bare)
            look = look_of(
                draft.age, [f"{'an' if role[0] in 'aeiou' else 'a'} {role}", *draft.pieces], gender
            )
        aliases = tuple(dict.fromkeys(draft.aliases))
        return Person(
            ids.give(draft.name, "character"), display_name(draft.name), look, gender, named, aliases
        )


def _patterns(person: Person) -> Iterable[str]:
    for alias in person.aliases:
        if person.named:
            shown = display_name(alias)
            yield from (re.escape(shown), re.escape(alias))
            if len(shown.split()) > 1 and gender_of_name(shown.split()[0]) and len(shown.split()[0]) > 2:
                yield re.escape(shown.split()[0])
        else:
            yield rf"(?i:{_DETERMINER}{re.escape(alias)})"


def _is_of_a_person(piece: str) -> bool:
    words = set(piece.lower().split())
    return bool(
        words & PEOPLE
        or words & {"dressed", "wearing", "clad", "hair"}
        or re.match(r"in (?:an?|his|her) ", piece)
    )


def _key(name: str) -> str:
    return " ".join(name.upper().split())


def _is_part(cue: list[str], words: list[str]) -> bool:
    return len(cue) < len(words) and (words[: len(cue)] == cue or words[-len(cue) :] == cue)


def _genders(text: str) -> dict[str, int]:
    return {
        "man": len(re.findall(r"\b(?:he|his|him|himself)\b", text, re.IGNORECASE)),
        "woman": len(re.findall(r"\b(?:she|her|hers|herself)\b", text, re.IGNORECASE)),
    }
