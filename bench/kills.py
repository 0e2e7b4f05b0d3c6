"""Kill stages at random steps of their writing, run them again, and compare with a run nobody disturbed.

    python bench/kills.py [--kills 200] [--seed 0]

Each trial runs keyframes, shot and extend as processes over a short film with a small stand-in model, alone
or as a pipe, kills one of them by SIGKILL before or after a random rename, fsync or generation, runs the pipe
again and compares the manifest and every file byte for byte. Then one edit with jq is made to the finished
manifest, and the outputs that a rerun makes are held against those that `reel why` foretold. Figures go to
bench/results/kills.json.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reelkit.stages.options import ExtendOptions, KeyframesOptions, ShotOptions, WhyOptions  # noqa: E402
from reelkit.stages.why import why  # noqa: E402
from tests.support.film import dump, film, load, media_hashes  # noqa: E402
from tests.support.kills import TAKES, VERBS, run, steps  # noqa: E402
from tests.support.tiny import TinyModels  # noqa: E402

EDIT = """if .id == "s01-002"
then .beats = [{prompt: .prompt, seconds: 1}, {prompt: "Olav sings.", seconds: 1.5}] else . end"""


def main() -> int:
    """Print a line; 1 if a trial differed or the foretelling failed."""
    arguments = argparse.ArgumentParser(description="Kill and resume.")
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.kills, random.Random(options.seed))
    figures["seed"] = options.seed
    figures["seconds"] = round(time.perf_counter() - begin, 1)
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "kills.json").write_text(json.dumps(figures, indent=2) + "\n")
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if figures["different"] == 0 and figures["edit"]["as_foretold"] else 1


def measure(folder: Path, kills: int, dice: random.Random) -> dict[str, Any]:
    """Trials by verb and way of running, how many ended otherwise than the quiet run, and the edit."""
    quiet = folder / "quiet"
    quiet.mkdir()
    plan = quiet / "plan.jsonl"
    plan.write_bytes(dump(film()[:-1]))
    source, counts = plan, {}
    for verb in VERBS:
        counts[verb] = steps(verb, source, quiet / f"{verb}.jsonl", quiet / "media", TinyModels)
        source = quiet / f"{verb}.jsonl"
    expected = (source.read_bytes(), media_hashes(quiet / "media"))
    trials: dict[str, int] = {}
    different = survived = 0
    for number in range(kills):
        place = folder / "trial"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        victim, piped = VERBS[number % len(VERBS)], number % 2 == 0
        step = dice.randint(1, counts[victim])
        before = () if piped else VERBS[: VERBS.index(victim)]
        given = plan
        for verb in before:
            run((verb,), given, place / f"{verb}.jsonl", place / "media", TinyModels)
            given = place / f"{verb}.jsonl"
        verbs = VERBS if piped else (victim,)
        survived += run(verbs, given, place / "out.jsonl", place / "media", TinyModels, victim, step)
        name = f"{victim}, {'pipe' if piped else 'alone'}"
        trials[name] = trials.get(name, 0) + 1
        lived = run(VERBS, plan, place / "out.jsonl", place / "media", TinyModels)
        result = ((place / "out.jsonl").read_bytes(), media_hashes(place / "media"))
        different += not lived or result != expected
    return {
        "kills": kills - survived,
        "trials": trials,
        "steps": counts,
        "different": different,
        "edit": edit(quiet, source),
    }


def edit(quiet: Path, finished: Path) -> dict[str, Any]:
    """One jq edit: what `why` foretells, and what a rerun makes."""
    changed = quiet / "changed.jsonl"
    changed.write_bytes(subprocess.run(["jq", "-c", EDIT, finished], check=True, capture_output=True).stdout)
    media = quiet / "media"
    options = WhyOptions(
        keyframes=KeyframesOptions(media=media, portraits=True),
        shot=ShotOptions(media=media, takes=TAKES),
        extend=ExtendOptions(media=media),
    )
    foretold = {stale.new_key for stale in why(load(changed.read_bytes()), options, TinyModels())}
    before = generated(media)
    run(VERBS, changed, quiet / "edited.jsonl", media, TinyModels)
    made = generated(media) - before
    return {
        "jq": EDIT,
        "foretold": len(foretold),
        "made": len(made),
        "as_foretold": made == foretold != set(),
    }


def generated(media: Path) -> set[str]:
    """Keys of every still and chunk on disk."""
    sidecars = (path for path in media.rglob("*.json") if len(path.stem) == 64)
    texts = {path.stem: json.loads(path.read_bytes()) for path in sidecars}
    return {key for key, text in texts.items() if text["request"]["output"] in ("still", "chunk")}


if __name__ == "__main__":
    sys.exit(main())
