"""Introductions in action: `MARA (30s), a woman in a red coat, walks` gives Mara an age and a look."""

from __future__ import annotations

import re

import msgspec

from reelkit.screenplay.lexicon import PEOPLE, article, gender_of_words, is_finite_verb

UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_WORD = rf"(?:Mc|Mac|O['’])?{UPPER}(?:{UPPER}|['’.-](?={UPPER}))+(?:\.(?= {UPPER}))?"
NAME = re.compile(rf"(?<![\w'’]){_WORD}(?: (?:{_WORD}|#?\d+(?!\w)|{UPPER}\.?(?= {UPPER})))*(?![a-z])")
_AGE = re.compile(
    r"\b(?P<part>early|mid|late)?[ -]*(?:(?P<decade>[1-9]0)['’]?s|(?P<years>\d{1,3})(?![\d.:]|"
    r" ?[ap]m)(?:[- ]?years?[- ]old)?|"
    r"(?P<word>teens|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties))(?:-?something)?(?:\b|"
    r"$)",
    re.IGNORECASE,
)
_ONLY_AGE = re.compile(rf"^(?:in (?:his|her|their) |aged? |about |around )?{_AGE.pattern}$", re.IGNORECASE)
_NOT_LOOKS = re.compile(r"^(?:v\.?o|o\.?[sc]|cont|on phone|subtitle)", re.IGNORECASE)
_RELATION = re.compile(r"^(?:his|her|their|its|our|my|\w+['’]s)\b", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(?:in|with|wearing|dressed|clad|carrying|holding|under)\b", re.IGNORECASE)
_HEAD = re.compile(r"\b(woman|man|girl|boy|person|lady|kid|child|guy)\b")


class Description(msgspec.Struct, frozen=True):
    """What an introduction says of a character; `end` is where in the sentence it stops saying it."""

    age: str
    pieces: tuple[str, ...]
    end: int


def description_after(sentence: str, end: int) -> Description | None:
    """The description that follows a name ending at `end`: in parentheses, between commas, or after `is`."""
    age, pieces = "", list[str]()
    aside = re.compile(r"\s*\(([^()]*)\)").match(sentence, end)
    if aside and not _NOT_LOOKS.match(aside.group(1).strip()):
        age = _sort(re.split(r"[,;]\s*", aside.group(1)), pieces)
        end = aside.end()
    rest = sentence[end:]
    copula = re.match(r"\s+is\s+(?=(?:an?|the)\s)", rest)
    if copula and not aside:
        rest = "," + rest[copula.end() :]
        end += copula.end() - 1
    if rest.startswith(","):
        taken = 0
        for piece in rest[1:].split(",")[:7]:
            if _ends_description(piece.strip(" .!:;-")):
                break
            found = _sort([piece.strip(" .!:;")], pieces)
            age = age or found
            taken += len(piece) + 1
        if taken:
            end += min(taken + 1, len(rest)) if taken < len(rest) else taken
    elif not aside:
        return None
    return Description(age, tuple(pieces), min(end, len(sentence))) if age or pieces else None


def _ends_description(piece: str) -> bool:
    words = piece.split()
    if not words:
        return True
    if _ONLY_AGE.match(piece) or _PREPOSITION.match(piece):
        return False
    first = words[1] if len(words) > 1 and words[0].endswith("ly") else words[0]
    opens = words[0].lower()
    return (
        is_finite_verb(first)
        or opens in {"and", "then", "who", "as", "while", "but", "both", "at", "on", "from", "to", "not"}
        or (first.endswith("ing") and len(first) > 4)
        or bool(NAME.match(piece))
        or len(words) > 14
    )


def _sort(found: list[str], pieces: list[str]) -> str:
    """Puts what describes into `pieces` and gives back the age."""
    age = ""
    for piece in found:
        piece = piece.strip()
        if _ONLY_AGE.match(piece):
            age = piece
        elif piece and re.search(r"[^\W\d_]{2}", piece):
            pieces.append(piece)
    return age


def look_of(age: str, pieces: list[str], gender: str) -> str:
    """One noun phrase out of what is known: `a tall woman in her 30s in a red coat`. Nothing known, nothing
    said."""
    noun = gender or "person"
    before: list[str] = []
    head = ""
    after: list[str] = []
    for piece in pieces:
        piece = re.sub(r"^(?:now|just|still)\s+", "", piece)
        if _RELATION.match(piece):
            noun = gender_of_words(piece) or noun
            continue
        worded = _lower_first(piece)
        if _PREPOSITION.match(worded):
            after.append(worded)
        elif re.match(r"(?:an?|the)\s", worded):
            after, head = (after, worded) if not head else ([*after, worded], head)
        elif not head and _names_a_role(worded):
            head = article(worded)
        elif len(worded.split()) <= 2 and not head and not after:
            before.append(worded)
        else:
            after.append(worded)
    if not head and not before and not after and not age and not gender:
        return ""
    if not head:
        head = article(" ".join([", ".join(before), noun]).strip())
    elif before:
        head = re.sub(r"^an? (.*)", lambda rest: article(f"{', '.join(before)} {rest.group(1)}"), head)
    head = _aged(head, age, gender)
    joined = head
    for piece in after:
        joined += f" {piece}" if _PREPOSITION.match(piece) and joined.count(" in ") < 3 else f", {piece}"
    return joined


def _aged(head: str, age: str, gender: str) -> str:
    match = _AGE.search(age)
    if not match or re.search(r"\b(?:year-old|in (?:his|her|their) )", head):
        return head
    known = gender_of_words(head) or gender
    if years := match.group("years"):
        if int(years) < 13 and re.search(r"\b(?:man|woman|person)\b", head):
            child = {"man": "boy", "woman": "girl", "person": "child"}
            head = re.sub(r"\b(?:man|woman|person)\b", lambda noun: child[noun.group()], head)
        return re.sub(r"^an? ", lambda _: article(f"{years}-year-old "), head, count=1)
    whose = {"man": "his", "boy": "his", "woman": "her", "girl": "her"}.get(known, "their")
    when = f"in {whose} {match.group(0).strip(' -').replace('-', ' ').lower()}"
    noun = _HEAD.search(head)
    return f"{head[: noun.end()]} {when}{head[noun.end() :]}" if noun else f"{head} {when}"


def _names_a_role(piece: str) -> bool:
    words = re.findall(r"[^\W\d_]+", re.split(r"\b(?:in|with|of|wearing)\b", piece)[0].lower())
    return bool(words) and (
        words[-1] in PEOPLE or (len(words) > 1 and bool(re.search(r"(?:er|or|ist|ian|man|eer)$", words[-1])))
    )


def _lower_first(piece: str) -> str:
    return (
        piece[0].lower() + piece[1:]
        if piece[:1].isupper() and piece.split()[0].lower() in {"a", "an", "the", "in"}
        else piece
    )
