"""What stays true of a character from shot to shot: wet, bleeding, coat off, now in another coat.

The rules are few, and each needs its words in one sentence whose subject is the character. A condition (`is
soaked`) holds in the shot that names it; an event (`falls into the sea`) shows in its shot, and its result
from the next on.
"""

from __future__ import annotations

import re

_GARMENT = (
    r"(?:\w*coat|jacket|shirt|dress|sweater|jumper|hat|cap|hood|scarf|gloves|mask|uniform|"
    r"suit|robe|apron|glasses|"
    r"sunglasses|boots|shoes|wig|tie|cloak|helmet)"
)
_HIS = r"(?:his|her|their|the|an?)"
_OFF = re.compile(
    rf"\b(?:takes?|pulls?|slips?|peels?|strips?|throws?|shrugs?|tears?) (?:off|out of) "
    rf"(?:{_HIS} )?(?:[a-z-]+ ){{0,2}}?"
    rf"(?P<a>{_GARMENT})\b|"
    rf"\b(?:takes?|pulls?|slips?|throws?|shrugs?) {_HIS} (?:[a-z-]+ ){{0,2}}?(?P<b>{_GARMENT}) off\b|"
    rf"\bremov(?:es?|ing) {_HIS} (?:[a-z-]+ ){{0,2}}?(?P<c>{_GARMENT})\b",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\b(?:(?P<event>(?:puts?|pulls?|slips?|throws?|shrugs?) (?:back )?on|changes? into)|"
    rf"(?:is |are )?now (?:wearing|in|wears)|(?:has )?changed into) (?P<worn>{_HIS} (?:[a-z-]+ "
    rf"){{0,3}}?{_GARMENT})\b"
    rf"|\b(?:puts?|pulls?|slips?) (?P<back>{_HIS} (?:[a-z-]+ ){{0,2}}?{_GARMENT}) (?:back )?on\b",
    re.IGNORECASE,
)
_SOAKED = re.compile(
    r"\b(?:soaked|drenched|dripping wet|soaking wet|sopping|wet through|(?:is|are) wet|"
    r"wet hair|wet clothes)\b",
    re.IGNORECASE,
)
_GETS_WET = re.compile(
    r"\b(?:falls?|jumps?|dives?|plunges?|wades?|leaps?|tumbles?|runs?) (?:off [^.,]+ "
    r")?(?:head-?first )?into the "
    r"(?:[a-z]+ )?(?:water|sea|river|lake|pool|ocean|surf|waves|pond|canal)|\bgets? "
    r"(?:soaked|wet)|\bstands? in the rain",
    re.IGNORECASE,
)
_DRIES = re.compile(
    r"\b(?:dries (?:off|himself|herself|themselves|his|her)|towels? (?:off|himself|herself))\b", re.IGNORECASE
)
_BLEEDING = re.compile(
    r"\b(?:bleeding|bleeds?|bloodied|covered in blood|blood (?:runs|trickles|drips|streams) "
    r"(?:down|from) (?:his|her|their))\b",
    re.IGNORECASE,
)
_BANDAGED = re.compile(r"\bbandaged\b", re.IGNORECASE)
_COVERED = re.compile(
    r"\bcovered (?:in|with) (?P<what>mud|dust|soot|flour|paint|oil|dirt|ash|feathers|foam)\b", re.IGNORECASE
)
_CUFFED = re.compile(r"\b(?:is|are|now) (?:hand)?cuffed\b|\bin handcuffs\b", re.IGNORECASE)
_FREED = re.compile(r"\buncuffed\b|\bhandcuffs (?:come )?off\b", re.IGNORECASE)
_UNSURE = re.compile(r"\b(?:not|never|almost|nearly|about to|without|as if|like)\b|n['’]t\b", re.IGNORECASE)


class Continuity:
    """The state of every character at the point the story has reached."""

    def __init__(self) -> None:
        self._facts: dict[str, list[str]] = {}
        self._coming: list[tuple[str, str, str]] = []

    def see(self, person: str, sentence: str) -> None:
        """Note what `sentence`, whose subject is `person`, says of their state."""
        if _UNSURE.search(sentence):
            return
        if _SOAKED.search(sentence):
            self._add(person, "wet")
        if _GETS_WET.search(sentence):
            self._coming.append((person, "add", "wet"))
        if _DRIES.search(sentence):
            self._coming.append((person, "drop", "wet"))
        if off := _OFF.search(sentence):
            garment = next(group for group in off.groups() if group)
            self._coming.append((person, "off", garment.lower()))
        if on := _ON.search(sentence):
            worn = (on.group("worn") or on.group("back")).lower()
            if on.group("event") or on.group("back"):
                self._coming.append((person, "wear", worn))
            else:
                self._wear(person, worn)
        if _BANDAGED.search(sentence):
            self._drop(person, "bleeding")
            self._add(person, "bandaged")
        elif _BLEEDING.search(sentence):
            self._add(person, "bleeding")
        if covered := _COVERED.search(sentence):
            self._add(person, f"covered in {covered.group('what').lower()}")
        if _FREED.search(sentence):
            self._coming.append((person, "drop", "handcuffed"))
        elif _CUFFED.search(sentence):
            self._add(person, "handcuffed")

    def cut(self) -> None:
        """A shot ends: what happened in it is now so."""
        act = {"add": self._add, "drop": self._drop, "off": self._take_off, "wear": self._wear}
        for person, change, fact in self._coming:
            act[change](person, fact)
        self._coming.clear()

    def pass_time(self, new_day: bool) -> None:
        """Time has passed between scenes: what washes off is gone; a new day also undoes what was put on or
        off."""
        for person, facts in self._facts.items():
            self._facts[person] = [
                fact
                for fact in facts
                if fact != "wet"
                and not fact.startswith("covered in")
                and not (new_day and (fact.endswith(" off") or fact.startswith(("wearing ", "bleeding"))))
            ]

    def state(self, person: str) -> str:
        """`wet, coat off`, or nothing."""
        return ", ".join(self._facts.get(person, ()))

    def look(self, person: str, look: str) -> str:
        """The look as it is now: what was taken off is not in it, what was put on stands in for its like."""
        added: list[str] = []
        for fact in self._facts.get(person, ()):
            if fact.endswith(" off"):
                look = _worn(fact.removesuffix(" off")).sub("", look)
            elif fact.startswith("wearing "):
                worn = _worn(fact.split()[-1])
                if worn.search(look):
                    look = worn.sub(f" in {fact.removeprefix('wearing ')}", look, count=1)
                else:
                    added.append(fact)
                continue
            added.append(fact)
        return ", ".join(part for part in (look, *added) if part)

    def _add(self, person: str, fact: str) -> None:
        facts = self._facts.setdefault(person, [])
        if fact not in facts:
            facts.append(fact)

    def _drop(self, person: str, fact: str) -> None:
        self._facts[person] = [known for known in self._facts.get(person, ()) if known != fact]

    def _take_off(self, person: str, garment: str) -> None:
        kind = _kind(garment)
        facts = self._facts.get(person, [])
        worn = [fact for fact in facts if fact.startswith("wearing ") and _kind(fact.split()[-1]) == kind]
        self._facts[person] = [fact for fact in facts if fact not in worn]
        self._add(person, f"{garment} off")

    def _wear(self, person: str, worn: str) -> None:
        kind = _kind(worn.split()[-1])
        facts = self._facts.get(person, [])
        self._facts[person] = [
            fact
            for fact in facts
            if not (fact.endswith(" off") and _kind(fact.removesuffix(" off")) == kind)
            and not (
                worn.startswith(("a ", "an "))
                and fact.startswith("wearing ")
                and _kind(fact.split()[-1]) == kind
            )
        ]
        if worn.startswith(("a ", "an ")):
            self._add(person, f"wearing {worn}")


def _kind(garment: str) -> str:
    return "coat" if garment.endswith(("coat", "jacket", "cloak")) else garment


def _worn(garment: str) -> re.Pattern[str]:
    kind = r"(?:\w*coat|jacket|cloak)" if _kind(garment) == "coat" else re.escape(garment)
    return re.compile(rf",? (?:in|wearing) (?:an?|his|her) (?:[a-z-]+ ){{0,3}}?{kind}\b")
