"""Measure the drawn films: `python bench/theatre/measure.py`. Draws nothing; run generate.py (and swap.py) first.

Writes bench/results/theatre.json and the tables of docs/results.md. Every figure is a mean over scenes with a
95 % bootstrap interval over scenes; differences are paired.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre import detector, tables
from bench.theatre.film_metrics import scene_metrics
from bench.theatre.generate import VARIANTS
from bench.theatre.intervals import Interval, bootstrap, mean_interval, paired_difference
from bench.theatre.network import CLASSES, HIDDEN
from bench.theatre.paths import DETECTOR, GENERATED, RESULTS, RESULTS_PAGE, SECOND_ENCODER, write_json
from bench.theatre.readings import FilmReadings
from bench.theatre.scenes import CHUNK, Film, boxes_of, test_set
from bench.theatre.scores import Differences, agreement, extrapolation_error
from bench.theatre.store import Store
from reelkit.models.encoder import Encoder

Values = NDArray[np.float64]
LATER = slice(1, None)
"""Shots that have a past to retrieve from."""
EXTENSION, EXTENSION_FRAMES = slice(1, None), slice(CHUNK, None)
HIDDEN_NAMES = ("layout", *HIDDEN)
RESAMPLES = 1000


@dataclass(frozen=True)
class Measured:
    """A variant's figures, each one value a scene [S]; `hidden` holds what `agreement` resamples."""

    readings: FilmReadings
    scenes: dict[str, Values]
    hidden: dict[str, Differences]


def measure_variant(
    films: Sequence[Film], frames: NDArray[np.uint8], true: NDArray[np.uint8], network: Any, encoder: Encoder
) -> Measured:
    """All figures of one variant's films, frames uint8 [S, shots, T, H, W, 3]."""
    readings = FilmReadings(films, frames, network)
    scenes = {name: readings.accuracy(name) for name in CLASSES}
    scenes |= scene_metrics(films, frames, readings.boxes, readings.present, encoder)
    scenes |= {"jump": readings.jumps(), "track": readings.track_errors(), "motion": readings.motion_errors(true)}
    return Measured(readings, scenes, {name: readings.hidden(name) for name in HIDDEN_NAMES})


def hidden_agreement(apart: Differences) -> Interval:
    """`agreement` with its interval over scenes."""
    return bootstrap(len(apart.within), lambda chosen: agreement(apart, chosen), RESAMPLES)


def hidden_change(first: Differences, second: Differences) -> Interval:
    """First variant's agreement less the second's, the same scenes resampled in both."""
    return bootstrap(
        len(first.within), lambda chosen: agreement(first, chosen) - agreement(second, chosen), RESAMPLES
    )


def exact_track_errors(films: Sequence[Film]) -> Values:
    """`extrapolation_error` of the renderer's own boxes, mean over a scene's shots, [S]."""
    rows = []
    for film in films:
        errors = []
        for number, shot in enumerate(film.scene.shots):
            corners = boxes_of(film.truth(number), shot)
            if not np.isnan(corners).any():
                errors.append(extrapolation_error((corners[:, :2] + corners[:, 2:]) / 2, CHUNK))
        rows.append(float(np.mean(errors)) if errors else float("nan"))
    return np.array(rows)


def comparisons(found: dict[str, Measured], true: NDArray[np.uint8]) -> dict[str, dict[str, Interval]]:
    """The weaver less each baseline; for `motion` lower is better, for the others higher."""
    made: dict[str, dict[str, Interval]] = {}
    full = found["full"]
    cases = {
        "paste": {"shots": LATER, "chunks": slice(None), "frames": slice(None)},
        "hold": {"shots": slice(None), "chunks": EXTENSION, "frames": EXTENSION_FRAMES},
    }
    for name, part in cases.items():
        if name not in found:
            continue
        other = found[name]

        def difference(figure: Any, other: Measured = other) -> Interval:
            return paired_difference(figure(full), figure(other))

        shots, chunks, frames = part["shots"], part["chunks"], part["frames"]
        made[name] = {
            "prompt": difference(lambda m, s=shots, c=chunks: m.readings.prompt_accuracy(s, c)),
            "framing": difference(lambda m, s=shots, c=chunks: m.readings.accuracy("framing", s, c)),
            "action": difference(lambda m, s=shots, c=chunks: m.readings.accuracy("action", s, c)),
            "motion": difference(lambda m, s=shots, f=frames: m.readings.motion_errors(true, s, f)),
            "all_alignment": difference(lambda m: m.scenes["all_alignment"]),
        }
    return made


def require(detector_folder: Path, encoder_name: str) -> None:
    """Exit, with what to do, where the detector or the second encoder is missing."""
    if not (detector_folder / detector.WEIGHTS).is_file():
        raise SystemExit(f"{detector_folder} holds no detector: run `python bench/theatre/detector.py train`")
    if not any(Path(encoder_name).glob("*.safetensors")) and ":" not in encoder_name:
        raise SystemExit(f"{encoder_name} holds no encoder: run `python bench/theatre/encoder2.py`")


def measure(
    folder: Path, variants: Sequence[str], detector_folder: Path, encoder_name: str
) -> tuple[dict[str, Any], dict[str, Measured]]:
    """Measure the variants that the folder holds whole; the figures as they go to JSON, and the values behind them."""
    store = Store(folder)
    made_with = store.made_with
    shots = int(made_with["shots"])
    films = test_set(len(made_with["seeds"]), shots)
    network, encoder = detector.load(detector_folder), Encoder(encoder_name)
    true = np.stack([np.stack([film.truth(shot).frames for shot in range(shots)]) for film in films])
    found: dict[str, Measured] = {}
    for variant in variants:
        if variant == "truth" or store.complete(variant, shots):
            frames = true if variant == "truth" else store.film(variant, shots)
            found[variant] = measure_variant(films, frames, true, network, encoder)
            sys.stderr.write(f"measured {variant}\n")
    figures: dict[str, Any] = {
        "scenes": len(films), "shots": shots, "made_with": made_with, "encoder": Path(encoder_name).name,
        "exact_track": mean_interval(exact_track_errors(films)),
        "variants": {
            name: {column: mean_interval(values) for column, values in m.scenes.items()}
            | {f"hidden_{what}": hidden_agreement(apart) for what, apart in m.hidden.items()}
            for name, m in found.items()
        },
    }  # fmt: skip
    if "full" in found:
        figures["changes"] = {
            name: {column: paired_difference(m.scenes[column], found["full"].scenes[column]) for column in m.scenes}
            | {f"hidden_{w}": hidden_change(apart, found["full"].hidden[w]) for w, apart in m.hidden.items()}
            for name, m in found.items()
            if name != "full"
        }
        figures["comparisons"] = comparisons(found, true)
    return figures, found


def main() -> None:
    """Parse, measure, write the results and the page's tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, default=GENERATED, help="folder that generate.py filled")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS, metavar="NAME")
    parser.add_argument("--detector", type=Path, default=DETECTOR)
    parser.add_argument("--encoder", default=str(SECOND_ENCODER), help="the encoder that scores; conditioning never saw it")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON results")
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    asked = parser.parse_args()
    require(asked.detector, asked.encoder)
    figures, _ = measure(asked.films, asked.variants, asked.detector, asked.encoder)
    write_json(asked.results / "theatre.json", figures)
    tables.write(asked.results, asked.page)


if __name__ == "__main__":
    main()
