"""Draw the test set in every variant: `python bench/theatre/generate.py [--variants full without-shot ...]`.

Films are drawn in film order, as the paper does: shot 1 in mode 1, its extension in mode 2, each later shot in
mode 3 with the three stills of earlier shots that are most like its prompt, its extension in mode 4. All variants
share prompts and seeds. One npz file a shot and variant (frames uint8 [scenes, 12, H, W, 3]) under --out; what is
there is not drawn again.

  full              the embedded weaver
  without-shot      w/o S: the same weights, the shot cache always empty
  without-temporal  w/o T: the same weights, the temporal cache emptied at each extension
  without-noise     w/o A: weights trained with clean caches (bench/weights/weaver-clean), sampled with clean caches
  equal-steps       the full recipe at w/o A's number of steps (bench/weights/weaver-equal), if they differ
  truth, recon      the real frames; those through the autoencoder
  paste             the top retrieved still of the full film, repeated (shot 1 is the full film's)
  hold              the full film's first chunk, then its last frame repeated
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.memory import FilmMemory, remembered
from bench.theatre.paths import CLEAN_WEAVER, EMBEDDED, EQUAL_WEAVER, GENERATED
from bench.theatre.sampler import Sampling, sample_chunks
from bench.theatre.scenes import CHUNK, CHUNKS, SIZE, Film, test_set
from bench.theatre.store import Store
from bench.theatre.weavers import Weaver, load_weaver
from reelkit.media.keys import chunk_seed
from reelkit.weaver.pipeline import Ask

Frames = NDArray[np.uint8]
DRAWN = ("full", "without-shot", "without-temporal", "without-noise", "equal-steps")
DERIVED = ("truth", "recon", "paste", "hold")
VARIANTS = DRAWN + DERIVED
FOLDERS = {"without-noise": CLEAN_WEAVER, "equal-steps": EQUAL_WEAVER}
"""Variants with weights of their own; the others use the embedded ones."""


def draw_film(store: Store, variant: str, films: Sequence[Film], weaver: Weaver) -> None:
    """Draw a variant's shots that are not in the store yet, all scenes at once."""
    sampling = weaver.sampling(clean=variant == "without-noise")
    memories = [FilmMemory(weaver.encoder, CHUNK) for _ in films]
    for shot in range(len(films[0].prompts)):
        if variant == "without-shot" and shot == 0 and store.has("full", 0):
            store.save(variant, 0, store.load("full", 0))
        if not store.has(variant, shot):
            started = time.monotonic()
            borrowed = _borrowed(store, variant, shot)
            references, places = _references(variant, memories, films, shot)
            first = _first_chunks(weaver, films, shot, references, sampling) if borrowed is None else borrowed
            again = _extensions(weaver, variant, films, shot, references, first, sampling)
            store.save(variant, shot, {
                "frames": np.stack([np.concatenate(pair) for pair in zip(first[0], again, strict=True)]),
                "latents": first[1], "references": places,
            })  # fmt: skip
            _say(f"{variant} shot {shot + 1}: {time.monotonic() - started:.0f} s")
        for memory, frames in zip(memories, store.frames(variant, shot), strict=True):
            memory.add(shot, frames[:CHUNK])


def _references(
    variant: str, memories: Sequence[FilmMemory], films: Sequence[Film], shot: int
) -> tuple[list[tuple[Frames, ...]], NDArray[np.int64]]:
    if variant == "without-shot":
        return [() for _ in films], np.zeros((len(films), 0, 2), np.int64)
    found = [memory.retrieve(film.prompts[shot]) for memory, film in zip(memories, films, strict=True)]
    return [stills for _, stills in found], np.stack([places for places, _ in found])


def _borrowed(store: Store, variant: str, shot: int) -> tuple[Frames, NDArray[np.float32]] | None:
    """First chunks that the full film has already: w/o T differs only in extensions."""
    if variant != "without-temporal" or not store.has("full", shot):
        return None
    kept = store.load("full", shot)
    return kept["frames"][:, :CHUNK], kept["latents"]


def _first_chunks(
    weaver: Weaver, films: Sequence[Film], shot: int, references: Sequence[tuple[Frames, ...]], sampling: Sampling
) -> tuple[Frames, NDArray[np.float32]]:
    asks = [
        Ask(film.prompts[shot], seed_of(film, shot, 0), stills)
        for film, stills in zip(films, references, strict=True)
    ]
    made = sample_chunks(weaver.pipeline, asks, CHUNK, SIZE, sampling)
    return np.stack([chunk.frames for chunk in made]), np.stack([chunk.latents.numpy() for chunk in made])


def _extensions(
    weaver: Weaver,
    variant: str,
    films: Sequence[Film],
    shot: int,
    references: Sequence[tuple[Frames, ...]],
    first: tuple[Frames, NDArray[np.float32]],
    sampling: Sampling,
) -> list[Frames]:
    import torch

    asks = [
        Ask(
            film.prompts[shot],
            seed_of(film, shot, 1),
            stills,
            None if variant == "without-temporal" else torch.from_numpy(latents),
        )
        for film, stills, latents in zip(films, references, first[1], strict=True)
    ]
    return [chunk.frames for chunk in sample_chunks(weaver.pipeline, asks, CHUNK, SIZE, sampling)]


def seed_of(film: Film, shot: int, chunk: int) -> int:
    """The chunk's seed by reelkit's own rule; the same in every variant."""
    return chunk_seed(film.scene.seed, "theatre", f"shot-{shot}", 0, chunk)


def derive(store: Store, variant: str, films: Sequence[Film], weaver: Weaver) -> None:
    """Make a variant that needs no sampling; `paste` and `hold` need the full film."""
    shots = range(len(films[0].prompts))
    missing = [shot for shot in shots if not store.has(variant, shot)]
    if not missing:
        return
    if variant == "paste":
        _paste(store, films, weaver, len(shots))
        return
    for shot in missing:
        if variant == "hold":
            full = store.frames("full", shot)
            store.save(variant, shot, {"frames": np.concatenate([full[:, :CHUNK], _still(full[:, CHUNK - 1])], axis=1)})
        else:
            true = np.stack([film.truth(shot).frames for film in films])
            if variant == "recon":
                true = np.stack([weaver.reconstruct(frames) for frames in true])
            store.save(variant, shot, {"frames": true})
    _say(variant)


def _paste(store: Store, films: Sequence[Film], weaver: Weaver, shots: int) -> None:
    store.save("paste", 0, {"frames": store.frames("full", 0)})
    for shot in range(1, shots):
        past = [[store.frames("full", n)[scene] for n in range(shot)] for scene in range(len(films))]
        memories = remembered(weaver.encoder, past, CHUNK)
        top = [memory.nearest(film.prompts[shot]) for memory, film in zip(memories, films, strict=True)]
        store.save("paste", shot, {"frames": np.repeat(np.stack(top)[:, None], CHUNK * CHUNKS, axis=1)})
    _say("paste")


def _still(frames: Frames) -> Frames:
    return np.repeat(frames[:, None], CHUNK, axis=1)


def generate(
    out: Path, scenes: int, shots: int, variants: Sequence[str], weights: Path, steps: int | None = None,
    folders: dict[str, Path] | None = None,
) -> list[str]:  # fmt: skip
    """Make what is missing of the variants; those whose weights are absent are named on stderr and left out.

    Returns the variants that are there.
    """
    folders = FOLDERS if folders is None else folders
    films = test_set(scenes, shots)
    embedded = load_weaver(weights, steps)
    store = Store(out, embedded.identity | {"seeds": [film.scene.seed for film in films], "shots": shots})
    ready = []
    for variant in [name for name in VARIANTS if name in variants]:
        weaver = embedded
        if variant in folders:
            if not (folders[variant] / "config.json").is_file() and not (folders[variant] / "transformer").is_dir():
                _say(f"{variant}: left out, {folders[variant]} has no weights")
                continue
            weaver = load_weaver(weights, steps, transformer=folders[variant])
            store.guard(variant, weaver.identity)
        (draw_film if variant in DRAWN else derive)(store, variant, films, weaver)
        ready.append(variant)
    return ready


def _say(text: Any) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=GENERATED)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS, metavar="NAME")
    parser.add_argument("--weights", type=Path, default=EMBEDDED)
    parser.add_argument("--steps", type=int, help="sampling steps; the checkpoint's own by default")
    asked = parser.parse_args()
    generate(asked.out, asked.scenes, asked.shots, asked.variants, asked.weights, asked.steps)


if __name__ == "__main__":
    main()
