"""Paragraphs of action into sentences, and sentences into plain seen description."""

from __future__ import annotations

import re
import textwrap

from reelkit.screenplay.emphasis import plain
from reelkit.screenplay.lexicon import ACRONYMS

_LONGEST = 1000
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Sgt|Lt|Capt|Col|Gen|Prof|Jr|Sr|No|vs|etc|MR|MRS|MS|DR|"
    r"ST|SGT|LT|CAPT)|\b[A-Z])\.$"
)
_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[^\W\d_a-z]|\d)")
_CAPS = re.compile(r"\b[^\W\d_a-z](?:[^\W\d_a-z]|['’-](?=[^\W\d_a-z]))+\b")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_EDITORIAL = re.compile(
    r"\b(?:unfortunately|mercifully|literally|obviously|apparently|of course|sure enough|"
    r"needless to say|naturally|"
    r"somehow|for some reason|as always|as usual|what seems like|it seems that)\b,?\s*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:and|but|so|or|then|now|and then|meanwhile|suddenly|finally)\b[,\s]+(?:then\s+)?)?"
    r"(?:(?:we (?:now )?(?:see|find|meet|follow|discover|glimpse|reveal)|reveal|revealing|"
    r"to reveal)\b(?: that)?[:,]?\s+)?"
    r"(?:(?:it['’]?s|it is|this is|here is|there['’]s|there is|there are)\s+(?=(?-i:[A-Z])|"
    r"(?:a|an|the|two|three)\b))?",
    re.IGNORECASE,
)
_TRAILING_WE = re.compile(
    r"(?:[,;.]?\s*\b(?:but|and|as|until|when)\b)?\s*(?:\w+ly\s+)?\bwe\s*(?:\.\.\.|…|--|:)?\s*$", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"^(?:(?:this|that|it)(?:['’]s| is| was| will)\b(?! (?:raining|snowing|dark|night|"
    r"day|foggy|dawn|dusk)\b)|"
    r"we hear\b|silence\b|long(?:er)? (?:than|enough)\b|too \w+\b|to \w+!$|(?:the )?end\.?$|"
    r"off\b.{0,40}:?$|and yet\b|"
    r"(?:not|or|even|almost|just|maybe|perhaps|if only|no one knows|nothing)\b.{0,40}$|"
    r"(?:continued|more|omitted)\W*$)",
    re.IGNORECASE,
)
_PAUSE = re.compile(
    r"^(?:there(?:['’]s| is) )?(?:(?:a|an|one|another|then) )*(?:long |short |brief |awkward |beat of )*"
    r"(?:beat|pause|silence|moment)(?: of silence)?\W*$",
    re.IGNORECASE,
)


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, without emphasis marks; line breaks inside it are white space."""
    text = " ".join(plain(paragraph).split())
    found, last = [], 0
    for end in _END.finditer(text):
        sentence = text[last : end.end()].rstrip()
        if not _ABBREVIATION.search(sentence):
            found.append(sentence)
            last = end.end()
    found.append(text[last:])
    fitting = [piece for sentence in found for piece in _bounded(sentence)]
    return [sentence for sentence in fitting if re.search(r"\w", sentence)]


def _bounded(sentence: str) -> list[str]:
    """A sentence in pieces of at most `_LONGEST` characters: nobody writes longer, but files hold them."""
    if len(sentence) <= _LONGEST:
        return [sentence]
    return textwrap.wrap(sentence, _LONGEST)


def seen(sentence: str) -> str:
    """What of a sentence a camera can see: the writer's asides to the reader are left out. May be empty."""
    text = _TRAILING_WE.sub("", _ASIDE.sub("", sentence))
    text = re.sub(r"\s*--+\s*(?=\w+\W*$)", " ", text)
    text = re.sub(r"\s*(?:--+|—|–(?=\s))\s*", ", ", text)
    text = re.sub(r"\.{2,}|…", ",", text)
    text = _EDITORIAL.sub("", text)
    text = _LEAD.sub("", text.strip())
    text = re.sub(r"\s+,|,(?:\s*,)+", ",", text).strip(' ,;:.!?-"“”')
    if not re.search(r"[^\W\d_]{2}", text) or _UNSEEN.match(
        text + ("!" if sentence.rstrip().endswith("!") else "")
    ):
        return ""
    return text


def is_pause(sentence: str) -> bool:
    """Whether a sentence is a silence: `A beat.`, `And then there's a long beat.`"""
    return bool(_PAUSE.match(_LEAD.sub("", sentence.strip()).strip()))


def calm(text: str) -> str:
    """Words in capitals, other than acronyms, in lower case: `is SLAMMED` -> `is slammed`."""
    return _CAPS.sub(lambda word: word.group() if word.group() in ACRONYMS else word.group().lower(), text)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
