"""Captions of shots, in the words of screenplays and shot lists.

`canonical_caption` is the one form that reelkit's planner writes; `caption` paraphrases with many forms and
leaves fields out, so that a model trained on both also understands people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import phrases as words
from .world import Character, Scene, Shot

STYLES = ("canonical", "shot list", "slug", "prose", "tags")
STYLE_ODDS = (0.22, 0.24, 0.22, 0.22, 0.10)


def article(noun: str) -> str:
    """The noun phrase with its indefinite article."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def join(parts: Sequence[str]) -> str:
    """Join with commas and a last "and"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def look(character: Character) -> str:
    """A character in fixed words: "a woman with long black hair in a red coat and a wide-brim hat"."""
    bald = character.hair_style == "bald"
    noun = article(f"bald {character.kind}" if bald else character.kind)
    has = [] if bald else [f"{character.hair_style} {character.hair_colour} hair"]
    if character.beard:
        has.append(article(f"{character.hair_colour} beard"))
    if character.glasses:
        has.append("glasses")
    wears = [article(f"{character.colour} {character.garment}")]
    if character.hat != "none":
        wears.append(article(character.hat))
    return f"{noun}{' with ' + join(has) if has else ''} in {join(wears)}"


def canonical_caption(scene: Scene, shot: Shot) -> str:
    """The full fixed template.

    "<framing> shot, <camera>. INT./EXT. <PLACE> - <TIME>. <weather>. <Name>, <look>, <action>." with a
    sentence for each of the cast, "nobody." for an empty stage, and no weather indoors.
    """
    setting = scene.setting
    parts = [
        f"{shot.framing} shot, {words.CANONICAL_CAMERA[shot.camera]}.",
        f"{'INT.' if setting.interior else 'EXT.'} {setting.place.upper()} - {setting.time.upper()}.",
    ]
    if not setting.interior:
        parts.append(f"{words.CANONICAL_WEATHER[setting.weather]}.")
    for index, action in zip(shot.cast, shot.actions, strict=True):
        who = scene.characters[index]
        parts.append(f"{who.name}, {look(who)}, {words.CANONICAL_VERB[action]}.")
    if not shot.cast:
        parts.append("nobody.")
    return " ".join(parts)


class _Writer:
    """Chooses words for one caption of one shot."""

    def __init__(self, scene: Scene, shot: Shot, rng: np.random.Generator) -> None:
        self.scene, self.shot, self.rng = scene, shot, rng
        self.tense = int(rng.choice(3, p=(0.84, 0.0, 0.16)))
        self.named = bool(rng.random() < 0.55)
        self.usual = float(rng.choice((0.3, 0.55, 0.9)))

    def chance(self, odds: float) -> bool:
        """Throw a coin."""
        return bool(self.rng.random() < odds)

    def pick(self, choices: Sequence[str]) -> str:
        """Choose a word: the usual one, which stands first, more often."""
        return choices[0] if self.chance(self.usual) else choices[int(self.rng.integers(len(choices)))]

    def place(self) -> str:
        """A name of the place."""
        return self.pick(words.PLACE_WORDS[self.scene.setting.place])

    def time(self) -> str:
        """A name of the hour."""
        return self.pick(words.TIME_WORDS[self.scene.setting.time])

    def hour(self) -> str:
        """The hour as an adverb: "at dusk"."""
        return self.pick(words.TIME_PHRASES[self.scene.setting.time])

    def weather(self) -> str | None:
        """The weather, always said when it is seen to fall but for a few times."""
        setting = self.scene.setting
        if setting.interior or self.chance(0.75 if setting.weather == "clear" else 0.12):
            return None
        return self.pick(words.WEATHER_WORDS[setting.weather])

    def framing(self) -> str:
        """A name of the framing."""
        return self.pick(words.FRAMING_WORDS[self.shot.framing])

    def camera(self) -> str | None:
        """A phrase for the camera, or None."""
        if self.chance(0.6 if self.shot.camera == "static" else 0.12):
            return None
        return self.pick(words.CAMERA_WORDS[self.shot.camera])

    def verb(self, action: str, form: int) -> str:
        """A verb for the action: form 0 present, 1 participle, 2 past."""
        return self.pick(words.VERBS[action]).split("|")[form]

    def describe(self, who: Character) -> str:
        """The look of a character, with fields left out."""
        kind = self.pick(words.KIND_WORDS[who.kind])
        hair = self.pick(words.HAIR_ADJECTIVES[who.hair_colour])
        has: list[str] = []
        if who.hair_style == "bald":
            if self.chance(0.85):
                kind = f"bald {kind}"
        elif self.chance(0.68):
            has.append(f"{who.hair_style} {hair} hair" if self.chance(0.6) else f"{hair} hair")
        if who.beard and self.chance(0.85):
            has.append(article(f"{hair} beard") if self.chance(0.6) else "a beard")
        if who.glasses and self.chance(0.8):
            has.append(self.pick(("glasses", "glasses", "round glasses", "spectacles")))
        wears: list[str] = []
        if self.chance(0.9):
            wears.append(article(f"{who.colour} {self.pick(words.GARMENT_WORDS[who.garment])}"))
        if who.garment != "dress" and self.chance(0.18):
            wears.append(f"{who.trousers} trousers")
        if who.hat != "none" and self.chance(0.88):
            wears.append(article(self.pick(words.HAT_WORDS[who.hat])))
        text = article(kind)
        if wears and self.chance(0.3):
            text += f" {self.pick(('in', 'wearing', 'dressed in'))} {join(wears)}" + (
                f" with {join(has)}" if has else ""
            )
            return text
        if has:
            text += f" with {join(has)}"
        return text + (f" {self.pick(('in', 'wearing', 'dressed in'))} {join(wears)}" if wears else "")

    def subject(self, who: Character, shouting: bool = False) -> str:
        """Name, look or both; in screenplays often "MARA (34, red coat)"."""
        name = who.name.upper() if shouting else who.name
        if not self.named:
            return self.describe(who)
        if self.chance(0.10):
            return name
        if shouting and self.chance(0.35):
            young, old = words.AGES[who.kind]
            extra = [str(int(self.rng.integers(young, old + 1)))] if self.chance(0.6) else []
            extra.append(f"{who.colour} {who.garment}")
            if who.hair_style != "bald" and self.chance(0.6):
                extra.append(f"{who.hair_colour} hair")
            return f"{name} ({', '.join(extra)})"
        return f"{name}, {self.describe(who)},"

    def acts(self, shouting: bool = False, form: int | None = None) -> list[str]:
        """A clause for each of the cast: who does what."""
        if not self.shot.cast:
            return [self.pick(words.NOBODY)]
        form = self.tense if form is None else form
        clauses: list[str] = []
        for index, action in zip(self.shot.cast, self.shot.actions, strict=True):
            detail = ""
            if self.chance(0.28):
                options = words.PLACE_DETAILS[self.scene.setting.place]
                detail = " " + options[int(self.rng.integers(len(options)))]
            clauses.append(
                f"{self.subject(self.scene.characters[index], shouting)} {self.verb(action, form)}{detail}"
            )
        return clauses

    def slug(self) -> str:
        """A scene heading."""
        setting = self.scene.setting
        inside = (
            self.pick(("INT.", "INT.", "INT")) if setting.interior else self.pick(("EXT.", "EXT.", "EXT"))
        )
        heading = f"{inside} {self.place().upper()}"
        if self.chance(0.9):
            heading += f" - {self.pick(words.SLUG_TIMES[setting.time])}"
        return heading

    def where(self) -> str:
        """A place with its hour, as a phrase: "a beach at dusk"."""
        setting = self.scene.setting
        text = article(self.place()) if self.chance(0.6) else f"the {self.place()}"
        if self.chance(0.82):
            text += f", {self.time()}" if self.chance(0.3) else f" {self.hour()}"
        if self.chance(0.35):
            text = f"{'interior' if setting.interior else 'exterior'}, {text}"
        return text


def _shot_list(w: _Writer) -> str:
    parts = [w.framing(), w.where(), w.weather()] if w.chance(0.9) else [w.where(), w.weather()]
    head = ", ".join(part for part in parts if part)
    tail = w.camera()
    sentences = [head, *w.acts()]
    if tail:
        sentences.insert(len(sentences) if w.chance(0.6) else 1, tail)
    return ". ".join(sentences)


def _slug(w: _Writer) -> str:
    sentences = [w.slug()]
    optional = [w.framing().upper() if w.chance(0.85) else None, w.weather(), w.camera()]
    sentences += [text for text in optional if text]
    if w.chance(0.25):
        sentences[1:] = [sentences[index] for index in w.rng.permutation(len(sentences) - 1) + 1]
    return ". ".join(sentences + w.acts(shouting=w.chance(0.7))) + "."


def _prose(w: _Writer) -> str:
    inside = "on" if w.scene.setting.place in ("beach", "street") else "in"
    where = f"{inside} {article(w.place())}" + (f" {w.hour()}" if w.chance(0.75) else "")
    weather, camera = w.weather(), w.camera()
    acts = "; ".join(w.acts(form=1))
    text = f"{w.framing()} of {acts}, {where}" if w.chance(0.8) else f"{where}, {acts}"
    for extra in (weather, camera):
        if extra:
            text += f"{', ' if w.chance(0.6) else '. '}{extra}"
    return text


def _tags(w: _Writer) -> str:
    tags = [w.place(), w.time(), *w.acts(form=1)]
    tags += [text for text in (w.framing() if w.chance(0.85) else None, w.weather(), w.camera()) if text]
    return ", ".join(tags[index] for index in w.rng.permutation(len(tags)))


def portrait_caption(who: Character) -> str:
    """The prompt `reel keyframes` writes for a portrait: "Portrait. <Name>, <look>. Plain grey background."."""
    return f"Portrait. {who.name}, {look(who)}. Plain grey background."


def styled(text: str, rng: np.random.Generator) -> str:
    """The caption after a movie's style, as a film's prompts stand; what the style says is never drawn."""
    style = ", ".join(rng.permutation(words.STYLE_WORDS)[: int(rng.integers(1, 4))])
    return f"{style}. {text}"


def caption(scene: Scene, shot: Shot, rng: np.random.Generator, style: str = "random") -> str:
    """Describe a shot, mostly in 10 to 40 words.

    `style` is one of `STYLES` or "random". All but "canonical" use synonyms, vary the order and leave fields
    out.
    """
    if style == "random":
        style = STYLES[int(rng.choice(len(STYLES), p=STYLE_ODDS))]
    if style == "canonical":
        return canonical_caption(scene, shot)
    forms = {"shot list": _shot_list, "slug": _slug, "prose": _prose, "tags": _tags}
    text = forms[style](_Writer(scene, shot, rng)).replace(",,", ",").replace(",.", ".").replace(", ,", ",")
    return text[0].upper() + text[1:] if rng.random() < 0.4 else text
