"""What a writer asks of the camera: `[[shot: close-up, 3s, dolly in]]` notes, and `CLOSE ON` and its kin in
action."""

from __future__ import annotations

import re

import msgspec

from reelkit.errors import UnreadableError

FRAMINGS = ("wide", "full", "medium", "close-up", "extreme close-up")
CAMERAS = ("static", "pan left", "pan right", "dolly in", "dolly out")

_FRAMING = {
    "wide": "wide", "long": "wide", "extreme wide": "wide", "ws": "wide", "ls": "wide", "ews": "wide",
    "aerial": "wide",
    "establishing": "wide", "full": "full", "fs": "full", "medium": "medium", "mid": "medium", "ms": "medium",
    "two-shot": "medium", "two": "medium", "over the shoulder": "medium", "ots": "medium", "cowboy": "medium",
    "close": "close-up", "close-up": "close-up", "closeup": "close-up", "cu": "close-up", "mcu": "close-up",
    "medium close-up": "close-up", "tight": "close-up", "extreme close-up": "extreme close-up",
    "extreme close": "extreme close-up", "ecu": "extreme close-up", "xcu": "extreme close-up",
    "insert": "extreme close-up", "detail": "extreme close-up",
}  # fmt: skip
_CAMERA = {
    "static": "static", "locked": "static", "locked off": "static", "still": "static", "fixed": "static",
    "pan": "pan right", "pan right": "pan right", "pan left": "pan left", "tracking": "pan right",
    "track": "pan right",
    "track right": "pan right", "track left": "pan left", "follow": "pan right", "following": "pan right",
    "dolly in": "dolly in", "dolly": "dolly in", "push in": "dolly in", "push-in": "dolly in",
    "zoom in": "dolly in",
    "dolly out": "dolly out", "pull out": "dolly out", "pull back": "dolly out", "pull-back": "dolly out",
    "zoom out": "dolly out",
}  # fmt: skip
_SECONDS = re.compile(r"^(\d{1,5}(?:\.\d{1,3})?)\s*(?:s|sec|secs|second|seconds)$")
_NOTE = re.compile(r"^shot\b\s*:?\s*(?P<items>.*)$", re.IGNORECASE | re.DOTALL)
_SHOTS = (
    r"EXTREME CLOSE[- ]?UP|EXTREME CLOSE|CLOSE[- ]?UP|CLOSE|C\.?U\.?|ECU|INSERT|TIGHT|"
    r"(?:EXTREME )?(?:WIDE|LONG)|FULL|MEDIUM|TWO[- ]SHOT|OVER THE SHOULDER|AERIAL|ESTABLISHING|ANGLE|REVERSE|"
    r"TRACKING|PAN(?: LEFT| RIGHT)?|PUSH IN|PULL (?:BACK|OUT)|DOLLY (?:IN|OUT)|ZOOM "
    r"(?:IN|OUT)|TRACK(?: LEFT| RIGHT)?"
)
_CALL = re.compile(
    rf"^(?P<slow>SLOW(?:LY)?\s+)?(?P<call>{_SHOTS})(?:\s+(?:SHOT|ANGLE|VIEW))?"
    r"(?:\s+(?P<link>(?i:ON|OF|TO|WITH|UPON|FROM|ACROSS|OVER|THROUGH)))?\s*(?P<colon>[:.]|--?|–|—)?(?:\s+|$)"
)
_SPOKEN = re.compile(
    r"^(?P<call>Close|Tight|Wide|Angle) on(?: |:\s*)|^(?P<insert>Insert)(?::| on | of | - )\s*", re.IGNORECASE
)
_MOVE = re.compile(
    r"^(?:(?:and|as|then)\s+)?(?:we|(?:the )?camera)\s+(?:slowly |now |gently )*"
    r"(?P<move>push(?:es)? in|pull(?:s)? (?:back|out)|pans?(?: left| right)?|tracks?(?: "
    r"left| right)?|follows?|"
    r"doll(?:y|ies) (?:in|out)|zooms? (?:in|out)|moves? (?:in|closer)|closes? in|drifts? "
    r"(?:left|right)|retreats?)"
    r"(?:\s+(?:on|to|with|across|over|onto|toward|towards|from|off))?(?:\s+|$)",
    re.IGNORECASE,
)
_POV = re.compile(
    r"^(?P<who>.*?)['’]?S?\s+(?:POV|P\.O\.V\.|POINT OF VIEW)\b\s*(?:SHOT)?\s*(?:[:.-]+)?\s*", re.IGNORECASE
)


class Direction(msgspec.Struct, frozen=True):
    """What is asked of a shot; what is empty or None is left to the rules."""

    framing: str = ""
    camera: str = ""
    seconds: float | None = None
    point_of_view: str = ""
    """Whose view the shot is, in the writer's words."""

    def over(self, other: Direction) -> Direction:
        """This direction, completed by `other` where it says nothing."""
        return Direction(
            self.framing or other.framing,
            self.camera or other.camera,
            other.seconds if self.seconds is None else self.seconds,
            self.point_of_view or other.point_of_view,
        )


def read_note(text: str, where: str) -> Direction | None:
    """A `[[shot: ...]]` note's direction, or None for a note to people. Raises `UnreadableError` on an
    unknown word."""
    match = _NOTE.match(text)
    if not match or not (":" in text or "," in text):
        return None
    direction = Direction()
    for item in re.split(r"[,;]", match.group("items")):
        words = " ".join(item.lower().split())
        bare = words.removesuffix(" shot").removesuffix(" on")
        if not words:
            continue
        if length := _SECONDS.match(words):
            seconds = float(length.group(1))
            if not 0.1 <= seconds <= 3600:
                raise UnreadableError(f"{where}: [[{text}]]: a shot lasts 0.1 to 3600 seconds, not {words}")
            direction = Direction(seconds=seconds).over(direction)
        elif bare in _FRAMING:
            direction = Direction(framing=_FRAMING[bare]).over(direction)
        elif words in _CAMERA:
            direction = Direction(camera=_CAMERA[words]).over(direction)
        else:
            raise UnreadableError(
                f"{where}: [[{text}]]: {item.strip()!r} is not a framing ({', '.join(FRAMINGS)}), "
                f"a camera move ({', '.join(CAMERAS)}) or a length such as 3s"
            )
    return direction


def take_direction(sentence: str) -> tuple[Direction, str]:
    """The direction a sentence of action opens with, and the rest of the sentence."""
    direction, rest = Direction(), sentence
    for _ in range(3):
        found = _CALL.match(rest)
        spoken = None if found else _SPOKEN.match(rest)
        move = None if found or spoken else _MOVE.match(rest)
        view = _POV.match(rest) if not (found or spoken or move) and _POV_WORD.search(rest) else None
        if found and not (
            found.group("link") or found.group("colon") or found.end() == len(rest) or rest.isupper()
        ):
            break
        if found:
            call = found.group("call").lower().replace("closeup", "close-up").replace("close up", "close-up")
            call = call.replace(".", "").replace("two shot", "two-shot")
            direction = direction.over(Direction(_FRAMING.get(call, ""), _CAMERA.get(call, "")))
            rest = rest[found.end() :]
        elif spoken:
            call = (spoken.group("call") or spoken.group("insert")).lower()
            direction = direction.over(Direction(_FRAMING.get(call, "")))
            rest = rest[spoken.end() :]
        elif move:
            direction = direction.over(Direction(camera=_move(move.group("move").lower())))
            rest = rest[move.end() :]
        elif view and len(view.group("who").split()) <= 4:
            direction = direction.over(Direction(point_of_view=view.group("who").strip(" -:") or "someone"))
            rest = rest[view.end() :]
        else:
            break
    return direction, re.sub(r"\bto reveal\b", "and", rest) if direction.camera else rest


_POV_WORD = re.compile(r"\b(?:POV|P\.O\.V\.|POINT OF VIEW)", re.IGNORECASE)


def _move(words: str) -> str:
    if re.match(r"push|dolly in|dollies in|zooms? in|moves?|closes?", words):
        return "dolly in"
    if re.match(r"pull|dolly out|dollies out|zooms? out|retreat", words):
        return "dolly out"
    return "pan left" if words.endswith("left") else "pan right"
