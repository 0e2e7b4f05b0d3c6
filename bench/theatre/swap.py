"""Swap the shot cache for another scene's, same prompt and seed: `python bench/theatre/swap.py`.

For each of N scenes a twin is drawn: another scene whose prompts read the same and whose unstated values (shade,
build, skin, layout) differ, so that either scene's stills are a fair cache for the prompt. (A scene with other words
would ask the weaver to ignore its cache, which negative sampling taught it to.) The last shot's first chunk is
drawn from its own scene's real stills and from the twin's, the same shots and frames of both, and the detector
reads what the prompt did not state.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre import detector, tables
from bench.theatre.detector import Readings, read_clips
from bench.theatre.intervals import Interval, bootstrap_fields
from bench.theatre.memory import remembered
from bench.theatre.network import HIDDEN, LAYOUT, LAYOUT_VALUES
from bench.theatre.paths import DETECTOR, EMBEDDED, GENERATED, RESULTS, RESULTS_PAGE, write_json
from bench.theatre.sampler import sample_chunks
from bench.theatre.scenes import CHUNK, SIZE, Film, swap_set
from bench.theatre.scores import Swap, swap_score
from bench.theatre.store import Store
from bench.theatre.weavers import Weaver, load_weaver
from reelkit.media.keys import chunk_seed
from reelkit.weaver.pipeline import Ask

Frames = NDArray[np.uint8]
Values = NDArray[np.float64]
RESAMPLES = 1000
ATTRIBUTES = (*HIDDEN, *LAYOUT_VALUES)


def caches(weaver: Weaver, pair: tuple[Film, Film]) -> tuple[tuple[Frames, ...], tuple[Frames, ...]]:
    """The stills of the pair's earlier shots that are most like the last shot's prompt, from each scene."""
    own = pair[0]
    last = len(own.prompts) - 1
    mine, theirs = ([film.truth(shot, 1).frames for shot in range(last)] for film in pair)
    places, stills = remembered(weaver.encoder, [mine], CHUNK)[0].retrieve(own.prompts[last])
    return stills, tuple(theirs[shot][frame] for shot, frame in places)


def draw(store: Store, weaver: Weaver, pairs: list[tuple[Film, Film]]) -> None:
    """Draw each last shot from both caches, and keep the real one of both scenes; what is there stays."""
    if store.has("swap", 0):
        return
    last = len(pairs[0][0].prompts) - 1
    shown = [caches(weaver, pair) for pair in pairs]
    kept = {}
    for place, name in enumerate(("own", "swapped")):
        asks = [
            Ask(own.prompts[last], chunk_seed(own.scene.seed, "swap", "last", 0, 0), stills[place])
            for (own, _), stills in zip(pairs, shown, strict=True)
        ]
        made = sample_chunks(weaver.pipeline, asks, CHUNK, SIZE, weaver.sampling(clean=False))
        kept[name] = np.stack([chunk.frames for chunk in made])
        kept[f"true_{name}"] = np.stack([pair[place].truth(last, 1).frames for pair in pairs])
    store.save("swap", 0, kept)


def hidden_values(read: Readings) -> Values:
    """Readings of ATTRIBUTES, [N, 7]."""
    return np.concatenate([read.hidden, read.layout], axis=1)


def true_values(films: list[Film]) -> Values:
    """The truth of ATTRIBUTES in each film's last shot, [N, 7]."""
    rows = []
    for film in films:
        known = film.labels(len(film.prompts) - 1)
        layout = known["layout"]
        assert isinstance(layout, tuple) and len(layout) == LAYOUT
        rows.append([*(known[name] for name in HIDDEN), *layout])
    return np.array(rows, np.float64)


def scored(before: Values, after: Values, own: Values, other: Values) -> dict[str, dict[str, Interval]]:
    """`swap_score` of each attribute and of all of them together (their columns stacked), with intervals over pairs."""
    figures = {}
    columns = {name: [place] for place, name in enumerate(ATTRIBUTES)} | {"all": list(range(len(ATTRIBUTES)))}
    for name, chosen in columns.items():
        values = [rows[:, chosen] for rows in (before, after, own, other)]
        figures[name] = bootstrap_fields(len(own), _statistic(values), RESAMPLES)
    return figures


def _statistic(values: list[Values]) -> Callable[[NDArray[np.int64]], Swap]:
    return lambda pairs: swap_score(*(rows[pairs].ravel() for rows in values))


def measure(store: Store, pairs: list[tuple[Film, Film]], detector_folder: Path, out: Path) -> None:
    """Read the drawn shots and write the scores, those of the real shots (the most that can be read) beside them."""
    network = detector.load(detector_folder)
    kept = store.load("swap", 0)
    read = {name: hidden_values(read_clips(network, kept[name])) for name in kept}
    own, other = true_values([pair[0] for pair in pairs]), true_values([pair[1] for pair in pairs])
    figures = {
        "pairs": len(pairs),
        "made_with": store.made_with,
        "weaver": scored(read["own"], read["swapped"], own, other),
        "truth": scored(read["true_own"], read["true_swapped"], own, other),
    }
    write_json(out, figures)


def run(weights: Path, pairs: int, shots: int, folder: Path, detector_folder: Path, out: Path, steps: int | None) -> None:
    """Draw what is missing, then measure."""
    weaver = load_weaver(weights, steps)
    chosen = swap_set(pairs, shots)
    store = Store(folder, weaver.identity | {"pairs": pairs, "shots": shots})
    draw(store, weaver, chosen)
    measure(store, chosen, detector_folder, out)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--weights", type=Path, default=EMBEDDED)
    parser.add_argument("--steps", type=int, help="sampling steps; the checkpoint's own by default")
    parser.add_argument("--films", type=Path, default=GENERATED.with_name("theatre-swap"), help="folder of drawn shots")
    parser.add_argument("--detector", type=Path, default=DETECTOR)
    parser.add_argument("--out", type=Path, default=RESULTS / "swap.json")
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    asked = parser.parse_args()
    run(asked.weights, asked.pairs, asked.shots, asked.films, asked.detector, asked.out, asked.steps)
    tables.write(asked.out.parent, asked.page)


if __name__ == "__main__":
    main()
