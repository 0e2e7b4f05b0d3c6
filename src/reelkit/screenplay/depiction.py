"""Sentences of action as pieces of prompt: names made plain, pronouns resolved, looks put in where they
belong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from reelkit.screenplay.cast import Cast, Person
from reelkit.screenplay.sentences import calm, capitalised, seen

_PRONOUN = re.compile(
    r"^(?P<lead>(?:As|When|While|Then|And|But|Slowly|Quickly|Finally|Suddenly),? )?(?P<who>he|"
    r"she|they|the (?:men|women|two|pair|couple|friends)|both(?: of them)?)(?P<short>['’](?:s|"
    r"re))?(?! of)\b(?P<too> too)?",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^(?P<who>his|her|their)\b", re.IGNORECASE)
_HIM = re.compile(r"\bhim\b(?!self)|\bher\b(?=[.,;!?]|$)")
_BODY = re.compile(
    r"\s+(?:\w+ )?(?:face|eyes?|hands?|arms?|fingers?|feet|foot|legs?|head|hair|lips|mouth|"
    r"back|shoulders?|fists?|smile|"
    r"body|reflection|expression|cheeks?|brow|silhouette)\b",
    re.IGNORECASE,
)
_UNSEEN_PERSON = re.compile(r"\b(?:off-?screen|o\.s\.|out of (?:sight|frame|view))", re.IGNORECASE)


class Mention(msgspec.Struct, frozen=True):
    """A character named in a sentence."""

    person: Person
    possessive: bool = False


class Depiction(msgspec.Struct, frozen=True):
    """A sentence ready to be put in a prompt: text and mentions in turn; `people` in order, the subject's
    first.

    `words` is the sentence as plain text, for rules that look for words.
    """

    pieces: tuple[str | Mention, ...]
    people: tuple[Person, ...]
    words: str
    fragment: bool = False


class Memory:
    """Whom pronouns can mean: who was spoken of last, and who is on stage."""

    def __init__(self) -> None:
        self.recent: list[Person] = []
        self.together: tuple[Person, ...] = ()
        self.on_stage: list[Person] = []

    def note(self, people: Iterable[Person]) -> None:
        people = tuple(people)
        for person in reversed(people):
            if person in self.recent:
                self.recent.remove(person)
            self.recent.insert(0, person)
        for person in people:
            if person not in self.on_stage:
                self.on_stage.append(person)
        if len(people) > 1:
            self.together = people

    def meant(self, pronoun: str, besides: Iterable[Person] = ()) -> tuple[Person, ...]:
        """Whom `he`, `him`, `she` or `they` means; nobody when that is not clear."""
        pronoun = {"his": "he", "their": "they"}.get(pronoun.lower(), pronoun.lower())
        if pronoun in {"he", "him", "she", "her"}:
            left_out = tuple(besides)
            fitting = [one for one in self.recent if pronoun in one.pronouns and one not in left_out]
            return tuple(fitting[:1])
        if len(self.on_stage) == 2:
            return tuple(self.on_stage)
        return self.together or (tuple(self.on_stage) if 1 < len(self.on_stage) <= 3 else ())


def depict(sentence: str, cuts: tuple[tuple[int, int], ...], cast: Cast, memory: Memory) -> Depiction | None:
    """A sentence of action as a depiction, or None when nothing of it can be seen."""
    for start, end in sorted(cuts, reverse=True):
        joint = "" if end >= len(sentence) or sentence[end] in " .!?:;," else " "
        sentence = sentence[:start] + joint + sentence[end:]
    text = seen(sentence)
    if not text and cuts:
        text = sentence.strip(" .!?,:;")
    if not text:
        return None
    hidden = bool(_UNSEEN_PERSON.search(text))
    pieces: list[str | Mention] = []
    opening = _PRONOUN.match(text)
    meant = memory.meant(opening.group("who").split()[0] if opening else "") if opening else ()
    if opening and opening.group("who").lower()[:4] in {"the ", "both"}:
        meant = memory.meant("they")
    if opening and meant:
        if opening.group("lead"):
            pieces.append(opening.group("lead"))
        _list(meant, pieces)
        short = opening.group("short")
        if short:
            pieces.append(" is" if short.endswith("s") else " are")
        text = text[opening.end() :]
        if opening.group("too"):
            text = text.lstrip()
            text = f" {text}"
    elif (owner := _ALONE.match(text)) and not cast.mentions.match(text):
        whose = memory.meant(owner.group("who"))
        if len(whose) == 1:
            pieces.append(Mention(whose[0], True))
            text = text[owner.end() :]
    last = 0
    for found in cast.mentions.finditer(text):
        person = _person_of(found, cast)
        if person is None:
            continue
        pieces.append(text[last : found.start()])
        pieces.append(Mention(person, bool(found.group("possessive"))))
        last = found.end()
    pieces.append(text[last:])
    pieces = [_belonging(piece, pieces[index + 1 : index + 2]) for index, piece in enumerate(pieces)]
    named = [piece.person for piece in pieces if isinstance(piece, Mention)]
    pieces = list(_with_objects(pieces, memory, named))
    people = tuple(dict.fromkeys(piece.person for piece in pieces if isinstance(piece, Mention)))
    worded = tuple(calm(piece) if isinstance(piece, str) else piece for piece in pieces if piece != "")
    words = "".join(piece if isinstance(piece, str) else piece.person.name for piece in worded)
    return None if hidden and people else Depiction(worded, people, words)


def render(depiction: Depiction, look: Callable[[Person], str], seen_before: set[str]) -> str:
    """The depiction as one sentence; a character not in `seen_before` is given with the look, and is added
    to it."""
    out: list[str] = []
    asides: list[str] = []
    for number, piece in enumerate(depiction.pieces):
        if isinstance(piece, str):
            out.append(piece)
            continue
        person = piece.person
        first = person.id not in seen_before
        words = look(person)
        seen_before.add(person.id)
        following = depiction.pieces[number + 1] if number + 1 < len(depiction.pieces) else ""
        rest = following if isinstance(following, str) else " "
        ends = not rest.strip() or rest[0] in ",.;:!?"
        if piece.possessive:
            name = person.name if person.named else the(person)
            out.append(_possessive(name))
            if first and words and person.named:
                asides.append(f"{person.name} is {words}.")
        elif not person.named:
            out.append(
                (words or the(person)) + ("," if "," in words and not ends else "") if first else the(person)
            )
        else:
            out.append(f"{person.name}, {words}{'' if ends else ','}" if first and words else person.name)
    sentence = tidy("".join(out))
    return " ".join([sentence, *asides]) if sentence else " ".join(asides)


def tidy(text: str) -> str:
    """One clean sentence: one space between words, a capital first, a period last."""
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    text = re.sub(r",(?:\s*,)+", ",", text)
    text = re.sub(r",\s*([.;:!?])", r"\1", text).strip(" ,;:-")
    if not re.search(r"\w", text):
        return ""
    return capitalised(text if text[-1] in ".!?" else f"{text}.")


def the(person: Person) -> str:
    """How one known by a role is called again."""
    return f"the {person.name.lower()}"


def called(person: Person) -> str:
    return person.name if person.named else the(person)


def names(people: Iterable[Person]) -> list[str | Mention]:
    """`A`, `A and B`, `A, B and C` as pieces."""
    pieces: list[str | Mention] = []
    _list(tuple(people), pieces)
    return pieces


def _list(people: tuple[Person, ...], pieces: list[str | Mention]) -> None:
    for number, person in enumerate(people):
        if number:
            pieces.append(" and " if number == len(people) - 1 else ", ")
        pieces.append(Mention(person))


def _person_of(found: re.Match[str], cast: Cast) -> Person | None:
    whole = found.group()
    if found.group("possessive"):
        whole = whole[: -len(found.group("possessive"))]
    person = cast.called(whole)
    if person is None and " " in whole:
        person = cast.called(whole.split(" ", 1)[1])
    if person is None:
        person = next(
            (
                one
                for one in cast.people
                if whole.upper() in (word for a in one.aliases for word in a.split())
            ),
            None,
        )
    return person


def _belonging(piece: str | Mention, following: list[str | Mention]) -> str | Mention:
    """`Mara's car` as words: she is not seen with it, as she is with her face."""
    if isinstance(piece, str) or not piece.possessive:
        return piece
    if following and isinstance(following[0], str) and _BODY.match(following[0]):
        return piece
    return _possessive(called(piece.person))


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _with_objects(
    pieces: list[str | Mention], memory: Memory, named: list[Person]
) -> Iterable[str | Mention]:
    """Pieces with `him`, and `her` where it is nobody's coat, replaced by who is meant."""
    for piece in pieces:
        if isinstance(piece, Mention) or not named:
            yield piece
            continue
        last = 0
        for found in _HIM.finditer(piece):
            whom = memory.meant(found.group(), besides=named[:1])
            if whom and whom[0] not in named:
                yield piece[last : found.start()]
                yield Mention(whom[0])
                last = found.end()
        yield piece[last:]
