"""PSNR of the embedded autoencoder and R@1 of the encoders on held-out theatre: `python bench/theatre/quality.py`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre import tables
from bench.theatre.clips import reconstruct
from bench.theatre.intervals import Interval, mean_interval
from bench.theatre.paths import AUTOENCODER, EMBEDDED, RESULTS, RESULTS_PAGE, SECOND_ENCODER, write_json
from bench.theatre.scenes import HELD_OUT_SEED, SPAN
from reelkit.models.encoder import Encoder
from reelkit.theatre.captions import canonical_caption, caption
from reelkit.theatre.render import render_shot
from reelkit.theatre.world import sample_scene
from reelkit.weaver.autoencoder import FrameAutoencoder

Frames = NDArray[np.uint8]
PAIRS = 100
"""Pictures that a text is to be told among."""
PAIR_SEED = HELD_OUT_SEED + 50_000


def psnr(made: Frames, true: Frames) -> NDArray[np.float64]:
    """Peak signal to noise of each frame in dB, uint8 [N, H, W, 3] to [N]; equal frames count as 100."""
    error = ((made.astype(np.float64) - true) ** 2).mean(axis=(1, 2, 3))
    return np.where(error > 0, 10 * np.log10(255**2 / np.maximum(error, 1e-12)), 100.0)


def recall_at_one(texts: NDArray[np.float32], images: NDArray[np.float32]) -> float:
    """Share of texts [N, D] whose most similar image [N, D] is their own, in percent."""
    return 100 * float(((texts @ images.T).argmax(axis=1) == np.arange(len(texts))).mean())


def autoencoder_psnr(folder: Path, scenes: int) -> Interval:
    """Mean PSNR over scenes, three frames of each."""
    codec = FrameAutoencoder.from_pretrained(folder).float().eval().requires_grad_(False)
    rows = []
    for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + scenes):
        scene, rng = sample_scene(seed, shots=3, frames=SPAN), np.random.default_rng([seed, 3])
        frames = [render_shot(scene, shot, frames=[int(rng.integers(SPAN))]).frames[0] for shot in scene.shots]
        rows.append(np.stack(frames))
    flat = np.concatenate(rows)
    values = psnr(reconstruct(codec, flat), flat)
    return mean_interval(values.reshape(scenes, -1).mean(axis=1))


def pairs(draw: int) -> tuple[list[Frames], dict[str, list[str]]]:
    """One frame of each of PAIRS scenes, with its canonical and its free caption."""
    pictures: list[Frames] = []
    texts: dict[str, list[str]] = {"canonical": [], "free": []}
    for number in range(PAIRS):
        seed = PAIR_SEED + draw * PAIRS + number
        scene, rng = sample_scene(seed, shots=1, frames=SPAN), np.random.default_rng([seed, 4])
        shot = scene.shots[0]
        pictures.append(render_shot(scene, shot, frames=[int(rng.integers(SPAN))]).frames[0])
        texts["canonical"].append(canonical_caption(scene, shot))
        texts["free"].append(caption(scene, shot, rng))
    return pictures, texts


def retrieval(names: dict[str, Path], draws: int) -> dict[str, dict[str, Interval]]:
    """R@1 of 100 by encoder and kind of caption, mean over draws with an interval over them."""
    encoders = {name: Encoder(str(folder)) for name, folder in names.items()}
    found: dict[str, dict[str, list[float]]] = {name: {"canonical": [], "free": []} for name in names}
    for draw in range(draws):
        pictures, texts = pairs(draw)
        for name, encoder in encoders.items():
            images = encoder.embed_images(pictures)
            for kind, listed in texts.items():
                found[name][kind].append(recall_at_one(encoder.embed_texts(listed), images))
    return {n: {k: mean_interval(np.array(v)) for k, v in kinds.items()} for n, kinds in found.items()}


def main() -> None:
    """Parse, measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--autoencoder", type=Path, default=AUTOENCODER)
    parser.add_argument("--encoder", type=Path, default=EMBEDDED / "text_encoder")
    parser.add_argument("--second", type=Path, default=SECOND_ENCODER)
    parser.add_argument("--scenes", type=int, default=300, help="scenes for PSNR")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--out", type=Path, default=RESULTS / "quality.json")
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    asked = parser.parse_args()
    named = {"embedded": asked.encoder, "second": asked.second}
    there = {name: folder for name, folder in named.items() if (folder / "open_clip_config.json").is_file()}
    figures: dict[str, Any] = {
        "psnr": autoencoder_psnr(asked.autoencoder, asked.scenes),
        "retrieval": retrieval(there, asked.draws),
        "of": PAIRS,
        "draws": asked.draws,
    }
    write_json(asked.out, figures)
    tables.write(asked.out.parent, asked.page)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
