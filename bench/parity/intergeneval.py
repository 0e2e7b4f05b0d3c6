"""InterGenEval's own score scripts beside ours, on random tables of answers.

    python bench/parity/intergeneval.py CHECKOUT

where CHECKOUT is a clone of cvlab-kaist/MATRIX. Its scripts are run as they are, from files in the form that they read, and
nothing of theirs is replaced, with one exception that the record names: the script of KISA and SGI writes its figures under
other names than the next script reads, so they are handed on under the names that are read. Writes
bench/results/parity-intergeneval.json.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.metrics.interaction import scores

VIDEOS, SEED = 2000, 11
WORDS = ("yes", "yes", "yes", "no", "no (visually implausible)", "Yes", "yes.")
CALCULATE = ("question_verification_scores", "emergence_disappearance_scores", "combined_scores", "model_averages")


def tables() -> list[dict[str, Any]]:
    """Random answers and frames by video; some without interactions, some without frames."""
    chance = random.Random(SEED)
    found = []
    for number in range(VIDEOS):
        answers = [[chance.choice(WORDS) for _ in range(10)] for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
        frames = chance.choice((0, 1, 9, 16, 24, 40))
        rates = chance.choice((0.0, 0.02, 0.3, 1.0)), chance.choice((0.0, 0.02, 0.3, 1.0))
        seen = [[frame for frame in range(frames) if chance.random() < rate] for rate in rates]
        found.append({"id": f"{number:04d}", "answers": answers, "frames": frames, "seen": seen})
    return found


def files(folder: Path, found: list[dict[str, Any]]) -> tuple[Path, Path]:
    """The tables in the form that the reference reads: answers, and what each frame holds."""
    answered = [
        {
            "video_id": each["id"],
            "prompt": "",
            "items": [
                {"question_verification_results": [{"question_id": q, "answer": word} for q, word in enumerate(ten, 1)]}
                for ten in each["answers"]
            ],
        }
        for each in found
    ]
    held = [
        {
            "video_id": each["id"],
            "hallucination_results": [
                {
                    "frame_idx": frame,
                    "emergence": "yes" if frame in each["seen"][0] else "no",
                    "disappearance": "yes" if frame in each["seen"][1] else "no",
                }
                for frame in range(each["frames"])
            ],
        }
        for each in found
    ]
    return write(folder / "answers.json", answered), write(folder / "frames.json", held)


def write(path: Path, content: Any) -> Path:
    """The file, as JSON."""
    path.write_text(json.dumps(content))
    return path


def compared(checkout: Path, folder: Path) -> dict[str, Any]:
    """The largest difference of every figure, and what the reference does otherwise."""
    sys.path.insert(0, str(checkout / "InterGenEval"))
    answering, coming, combining, averaging = (importlib.import_module(f"calculate_{name}") for name in CALCULATE)
    found = tables()
    answers, frames = files(folder, found)
    shares = answering.calculate_video_scores(str(answers))
    presence = coming.calculate_scores_for_file(str(frames), "any")
    as_written = {id: dict(one) for id, one in shares.items()}
    renamed = {
        id: {"KISA_score": one["interaction_score"], "SGA_score": one["grounding_score"]} for id, one in shares.items()
    }
    places = write(folder / "spi.json", {"model": {"any": presence}})
    joined = combining.calculate_combined_scores(write(folder / "kisa.json", {"model": {"any": renamed}}), places)
    unnamed = combining.calculate_combined_scores(write(folder / "raw.json", {"model": {"any": as_written}}), places)
    means = averaging.calculate_model_averages(write(folder / "joined.json", joined))["model"]
    apart: dict[str, float] = dict.fromkeys(("kisa", "sgi", "spi", "kisa_spi", "sgi_spi", "if", "if_unrounded"), 0.0)
    sums = {"kisa_spi": 0.0, "sgi_spi": 0.0, "if": 0.0}
    nothing = {"no_interactions": 0, "no_frames": 0}
    for each in found:
        theirs, kept = shares[each["id"]], joined["model"]["any"][each["id"]]
        kisa, sgi = scores.kisa(each["answers"]), scores.sgi(each["answers"])
        spi = scores.spi(each["seen"][0], each["seen"][1], each["frames"])
        nothing["no_interactions"] += kisa is None
        nothing["no_frames"] += spi is None
        exact = scores.fidelity(kisa, sgi, spi)
        rounded = [round(value or 0.0, 3) for value in (kisa, sgi)]
        known = spi if spi is not None else 0.0
        ours = {
            "kisa": (rounded[0], theirs["interaction_score"]),
            "sgi": (rounded[1], theirs["grounding_score"]),
            "spi": (known, kept["SPI_score"]),
            "kisa_spi": (scores.weighed(rounded[0], known), kept["KISA_SPI"]),
            "sgi_spi": (scores.weighed(rounded[1], known), kept["SGA_SPI"]),
            "if": (scores.fidelity(*rounded, known), kept["IF_score"]),
            "if_unrounded": (exact if exact is not None else 0.0, kept["IF_score"]),
        }
        for name, (mine, other) in ours.items():
            apart[name] = max(apart[name], abs(float(mine or 0.0) - other))
        for name in sums:
            sums[name] += float(ours[name][0] or 0.0) / len(found)
    theirs_mean = {
        "kisa_spi": means["overall_avg_KISA_SPI"],
        "sgi_spi": means["overall_avg_SGA_SPI"],
        "if": means["overall_avg_IF_score"],
    }
    chain = [one["IF_score"] for one in unnamed["model"]["any"].values()]
    return {
        "videos": len(found),
        "largest_difference": apart,
        "largest_difference_of_means": max(abs(sums[name] - theirs_mean[name]) for name in sums),
        "reference_gives_0_and_reelkit_nothing": nothing,
        "reference_rounds": "KISA and SGI to 3 decimals before they are multiplied; if_unrounded is without",
        "reference_if_without_handing_on_names": {"least": min(chain), "most": max(chain)},
    }


def main() -> None:
    """Compare, print and write."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        result = compared(Path(sys.argv[1]), Path(folder))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    write_json(RESULTS / "parity-intergeneval.json", result)


if __name__ == "__main__":
    main()
