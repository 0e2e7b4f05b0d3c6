"""Where the camera stands and how it moves when the script does not say: rules on the words of the action."""

from __future__ import annotations

import re

_OBJECTS = re.compile(
    r"\b(?:letter|phone|screen|photo\w*|picture|knife|gun|key|keys|watch|clock|ring|"
    r"note|envelope|book|page|button|"
    r"glass|cup|bottle|beers?|candle|match|lighter|coin|card|map|door handle|doorknob|"
    r"lock|trigger|hand|hands|finger\w*|"
    r"eye|eyes|foot|feet|boots?|money|drugs|props|wallet|badge|bullet|lamp|radio|tape|"
    r"ticket|necklace|doll)\b",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(
    r"\b(?:sun|sky|sea|ocean|waves?|beach|street|road|city|town|village|forest|woods|"
    r"trees?|mountains?|hills?|field|"
    r"desert|river|lake|rain|snow|fog|mist|storm|wind|clouds?|moon|stars|building|house|"
    r"room|crowd|traffic|horizon|"
    r"landscape|skyline|station|harbou?r|lighthouse|tower|castle|church|garden|party|"
    r"day|night|home|cars?|train|ship|"
    r"boat|plane|dawn|dusk|rocks?|cliffs?|light)\b",
    re.IGNORECASE,
)
_FOLK = re.compile(
    r"\b(?:children|people|kids|men|women|cops|soldiers|guests|dancers|passers-?by|villagers|customers|crowds?|"
    r"everyone|a (?:man|woman|boy|girl)|van|trucks?|buses|horses?|dogs?|birds?)\b",
    re.IGNORECASE,
)
_FACE = re.compile(
    r"\b(?:smiles?|grins?|frowns?|nods?|blinks?|winks?|sighs?|gasps?|stares?|glares?|"
    r"cries|weeps?|tears|blush\w*|"
    r"hesitates?|realiz\w+|realis\w+|eyes|face|listens?|thinks?|whispers?|smirks?|winces?|"
    r"swallows?|shares? a look|"
    r"look(?:s|ing)? (?:at|straight|up|down|into)|looks|watch(?:es)?)\b",
    re.IGNORECASE,
)
_HANDS = re.compile(
    r"\b(?:picks? up|holds?|opens?|reads?|writes?|pours?|drinks?|eats?|lights?|dials?|"
    r"types?|takes? (?:out|off|the|a)|"
    r"puts?|hands?|gives?|touch\w*|grabs?|pulls?|pushes|cuts?|counts?|counting|raises?|"
    r"sips?|leans?|kiss\w*|hugs?)\b",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:sits?|sitting|stands?|standing|waves?|waving|turns?|jumps?|danc\w+|kneels?|"
    r"lies|falls?|enters?|emerges?|"
    r"smacks?|punch\w*|kicks?|fights?|slammed|throws?|get(?:s)? (?:in|into|up|out)|climbs?|stops?)\b",
    re.IGNORECASE,
)
_TRAVEL = re.compile(
    r"\b(?:walk(?:s|ing)?|run(?:s|ning)?|cross(?:es|ing)|driv(?:es?|ing)|rid(?:es?|ing)|"
    r"chas(?:es?|ing)|march\w*|"
    r"stroll\w*|wander\w*|hurr(?:y|ies|ying)|rush\w*|pass(?:es)? (?:by|along)|sprint\w*|"
    r"jog\w*|race[sd]?|pac(?:es|ing)|"
    r"flees?|follow(?:s|ing)?|swims?|sails?|flies|rattles past|heads? (?:to|for|down|up|along))\b",
    re.IGNORECASE,
)
_LEAVING = re.compile(
    r"\b(?:leaves?(?! (?:the|a|an|his|her|it|them)\b(?! (?:room|house|bar|office|building|"
    r"place|shop|kitchen|street)\b))|"
    r"exits?|departs?|disappears?|vanish\w*|speed(?:s)? (?:off|away)|"
    r"(?:walk|run|drive|ride|sail|stride|storm|hurrie|move|limp|swim|head)s? (?:off|"
    r"out|away)|walks? out|alone)\b",
    re.IGNORECASE,
)
_CLOSING_IN = re.compile(
    r"\b(?:approach(?:es|ing)?|realiz\w+|realis\w+|notices?|sees|spots?|discovers?|recogni[sz]es?|leans? in|"
    r"freezes?|stops dead|stares?|nears|creeps?|walks? (?:up )?(?:to(?:ward)?s? (?:us|"
    r"camera|the camera))|comes? closer|"
    r"reveal\w*|understand\w*)\b",
    re.IGNORECASE,
)
_BACK = re.compile(r"\b(?:returns?|back|comes? back|the other way|to the left|leftwards?)\b", re.IGNORECASE)
_REACTION = re.compile(
    r"^\S+ (?:smiles|grins|frowns|nods|blinks|winks|sighs|gasps|stares|hesitates|freezes|"
    r"listens|smirks|winces|"
    r"shrugs|swallows|laughs|weeps|cries|reacts|waits)\W*$",
    re.IGNORECASE,
)
SUBTLE = {
    "wide": "full",
    "full": "medium",
    "medium": "close-up",
    "close-up": "medium",
    "extreme close-up": "close-up",
}
"""What a second shot of the same people is, where the rules would repeat the framing and so make a jump
cut."""

SUBTLE_GROUP = {**SUBTLE, "medium": "full", "close-up": "medium"}
"""The same for several people."""

WEATHERS = (
    (
        re.compile(
            r"\b(?:rain stops|rain has stopped|storm (?:passes|is over)|snow stops|fog lifts|clears up)\b",
            re.I,
        ),
        "",
    ),
    (re.compile(r"\b(?:rain(?:s|ing|y)?|downpour|drizzl\w+|pouring|thunderstorm|storm)\b", re.I), "rain"),
    (re.compile(r"\b(?:snow(?:s|ing|y|fall)?|blizzard)\b", re.I), "snow"),
    (re.compile(r"\b(?:fog(?:gy)?|mist(?:y)?|haze)\b", re.I), "fog"),
)


def weather_of(text: str) -> str | None:
    """`rain`, `snow`, `fog`, an empty text where it ends, None where there is no word of it."""
    return next((name for pattern, name in WEATHERS if pattern.search(text)), None)


def frame_action(words: str, people: int, introduction: bool) -> str:
    """The framing for a sentence of action about so many people."""
    if not people:
        if _detail(words):
            return "extreme close-up"
        return "wide" if _ENVIRONMENT.search(words) or _FOLK.search(words) else "close-up"
    if people > 3:
        return "wide"
    if _LEAVING.search(words):
        return "wide"
    if _TRAVEL.search(words):
        return "full" if introduction or people > 1 else "wide"
    if _BODY.search(words):
        return "full"
    if introduction:
        return "full" if people == 1 else "medium"
    if _FACE.search(words):
        return "close-up" if people == 1 else "medium"
    return "medium" if _HANDS.search(words) or people > 1 else "full"


def move_camera(words: str, framing: str, leftward: bool = False) -> str:
    """The camera move for a sentence. `leftward` is the screen direction the scene's travel has."""
    if framing == "extreme close-up":
        return "static"
    if _LEAVING.search(words):
        return "dolly out"
    if _CLOSING_IN.search(words):
        return "dolly in"
    if _TRAVEL.search(words):
        back = bool(_BACK.search(words))
        return "pan left" if back != leftward else "pan right"
    return "static"


def is_reaction(words: str) -> bool:
    """`Mara smiles.`: nothing but a look on a face."""
    return bool(_REACTION.match(words))


def _detail(words: str) -> bool:
    """Whether the subject of a sentence without people is a thing one can hold."""
    return bool(_OBJECTS.search(" ".join(words.split()[:4])))
