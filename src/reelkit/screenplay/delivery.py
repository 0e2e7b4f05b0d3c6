"""How a line is spoken, as a phrase that can be seen: `(quietly)` is `talks quietly`, `(beer raised)` `beer
raised`."""

from __future__ import annotations

import re

import msgspec

from reelkit.screenplay.lexicon import LANGUAGES
from reelkit.screenplay.lexicon import words as word_set

_SILENT = re.compile(r"^(?:a |an? long |long |brief |short )?(?:beat|pause|silence|then|moment)s?$")
_NOT_SEEN = re.compile(
    r"\b(?:subtitled?|cont'?d|continuing|more|re:|sarcastic\w*|v\.?o\.?|o\.?s\.?|o\.?c\.?|filtered)\b",
    re.IGNORECASE,
)
_VERBS = {
    "whisper": "whispers", "whispering": "whispers", "whispers": "whispers", "sotto": "whispers",
    "sotto voce": "whispers",
    "under his breath": "mutters", "under her breath": "mutters", "muttering": "mutters",
    "mutters": "mutters",
    "shouting": "shouts", "shouts": "shouts", "yelling": "shouts", "yells": "shouts", "screaming": "screams",
    "screams": "screams", "calling": "calls out", "calling out": "calls out", "calls out": "calls out",
    "singing": "sings",
    "sings": "sings", "laughing": "laughs", "crying": "cries", "sobbing": "sobs",
}  # fmt: skip
_MOODS = word_set(
    """
    angry sad happy scared afraid nervous tired bored confused surprised shocked worried excited
    embarrassed amused annoyed furious relieved proud suspicious serious hopeful hurt drunk sleepy
    cold calm desperate disgusted defeated smug stunned puzzled irritated impressed delighted
    frightened terrified horrified panicked flustered
    """
)


class Delivery(msgspec.Struct, frozen=True):
    """`verb` and `manner` go before the person spoken to, `extra` after; `pause` says that there is one
    first."""

    verb: str = "talks"
    manner: str = ""
    extra: str = ""
    to: str = ""
    pause: str = ""


def read_parenthetical(text: str) -> Delivery:
    """What of a parenthetical can be seen. Most of them are for the actor's ear and say nothing to a
    camera."""
    verb, manner, extra, to, pause = "talks", "", [], "", ""
    for piece in re.split(r"[,;.]\s*|\band then\b", " ".join(text.split()).strip("() ")):
        words = piece.strip().lower().strip(" .")
        if not words:
            continue
        if _SILENT.match(words):
            pause = words
        elif words in _VERBS:
            verb = _VERBS[words]
        elif _NOT_SEEN.search(words):
            continue
        elif (tongue := re.match(r"^(?:in )?([a-z]+)$", words)) and tongue.group(1) in LANGUAGES:
            manner = f"in {tongue.group(1).capitalize()}"
        elif re.match(
            r"^(?:in|on|to|into|over) (?:the |his |her |a )?(?:phone|telephone|receiver|radio|mobile|cell)",
            words,
        ):
            to = "on the phone" if "radio" not in words else "into a radio"
        elif re.fullmatch(r"[a-z]+ly", words):
            manner = words
        elif words in _MOODS:
            extra.append(f"looking {words}")
        elif re.match(r"^to (?!be\b)\S+(?: \S+)?$", words):
            to = piece.strip()[3:]
        elif re.match(r"^(?:\w+ly )?[a-z]{2,}ing\b", words) and not words.startswith(
            ("nothing", "something")
        ):
            extra.append(piece.strip())
        elif re.match(
            r"^(?:his |her |the )?[a-z]+ (?:raised|lifted|closed|open|shut|folded|crossed|clenched|"
            r"drawn|down|up)$",
            words,
        ):
            extra.append(words)
        elif gesture := re.match(
            r"^(nods|smiles|shrugs|laughs|sighs|waves|points|turns|stands|sits|grins|winks)\b(.*)$", words
        ):
            extra.append(_ing(gesture.group(1)) + gesture.group(2))
    return Delivery(verb, manner, ", ".join(extra), to, pause)


def _ing(verb: str) -> str:
    stem = verb.removesuffix("s")
    return {"sit": "sitting", "grin": "grinning", "smile": "smiling", "wave": "waving"}.get(
        stem, f"{stem}ing"
    )
