"""How long `reel plan` takes for a feature: a made-up screenplay of 120 pages, read, broken down and encoded.

    python bench/plan.py [--pages 120] [--keep FILE]

Prints one JSON line with the figures.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import textwrap
import time
from pathlib import Path

LINES_A_PAGE = 55
PLACES = (
    "KITCHEN",
    "HARBOUR",
    "POLICE STATION",
    "LIGHTHOUSE",
    "BAR",
    "FOREST ROAD",
    "BEDROOM",
    "OFFICE",
    "BEACH",
)
TIMES = ("DAY", "NIGHT", "DUSK", "DAWN", "CONTINUOUS", "LATER")
NAMES = ("MARA", "THEO", "ZOË", "INSPECTOR HALE", "OLD SAILOR", "NINA", "TOM", "DR. WEST", "WAITRESS", "RENÉ")
LOOKS = (
    "a woman with black hair in a red coat",
    "a tall man in a grey suit",
    "30s, tired",
    "an old man with a white beard",
    "a girl in a yellow dress",
)
VERBS = (
    "walks along the wall and stops at the door.",
    "picks up the letter and reads it slowly, twice.",
    "looks at the sea.",
    "runs into the water, soaked to the skin.",
    "sits down. A long beat.",
    "takes off the coat and leaves.",
    "is silent. Rain falls on the window.",
)
WORDS = [
    "the",
    "light",
    "was",
    "never",
    "yours",
    "to",
    "keep",
    "and",
    "you",
    "know",
    "it",
    "so",
    "why",
    "do",
    "you",
    "come",
    "back",
    "here",
    "every",
    "night",
    "to",
    "ask",
    "me",
]


def screenplay(pages: int, seed: int = 1) -> str:
    """A screenplay of so many pages of 55 lines."""
    chance = random.Random(seed)
    lines = ["Title: A Long Night", "Author: Nobody", ""]
    known: set[str] = set()
    while len(lines) < pages * LINES_A_PAGE:
        place, hour = chance.choice(PLACES), chance.choice(TIMES)
        lines += [f"{chance.choice(('INT.', 'EXT.'))} {place} - {hour}", ""]
        cast = chance.sample(NAMES, 3)
        for name in cast:
            look = f", {chance.choice(LOOKS)}," if name not in known else ""
            known.add(name)
            shown = name if look else name.title()
            lines += [*textwrap.wrap(f"{shown}{look} {chance.choice(VERBS)}", 60), ""]
        for _ in range(chance.randint(4, 16)):
            name = chance.choice(cast)
            lines.append(name + chance.choice(("", "", "", " (V.O.)", " (CONT'D)")))
            if chance.random() < 0.3:
                lines.append(f"({chance.choice(('quietly', 'beat', 'into phone', 'smiling'))})")
            speech = " ".join(chance.choices(WORDS, k=chance.randint(1, 30)))
            lines += [*textwrap.wrap(speech.capitalize() + ".", 35), ""]
            if chance.random() < 0.4:
                lines += [
                    f"{chance.choice(cast).title()} {chance.choice(VERBS)} He turns to {cast[0].title()}.",
                    "",
                ]
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=120)
    options.add_argument("--keep", type=Path, help="also write the screenplay here")
    asked = options.parse_args()
    text = screenplay(asked.pages)
    if asked.keep:
        asked.keep.write_text(text, encoding="utf-8")
    began = time.perf_counter()
    from reelkit.stages.plan import plan

    imported = time.perf_counter()
    entries = list(plan(text))
    encoded = sum(len(entry.encode()) for entry in entries)
    ended = time.perf_counter()
    shots = [entry.shot() for entry in entries if entry.kind == "shot"]
    figures = {
        "pages": asked.pages,
        "lines": text.count("\n") + 1,
        "scenes": sum(entry.kind == "scene" for entry in entries),
        "shots": len(shots),
        "film_minutes": round(sum(shot.seconds for shot in shots) / 60, 1),
        "bytes": encoded,
        "import_seconds": round(imported - began, 3),
        "plan_seconds": round(ended - imported, 3),
        "heavy_imports": sorted({"torch", "numpy"} & set(sys.modules)),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
