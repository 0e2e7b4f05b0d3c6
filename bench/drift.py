"""How far colour and contrast drift over ten extensions: `python bench/drift.py [--shots 12]`.

Shots of a still camera are drawn by the embedded weaver and extended ten times: with latents handed on, as the weaver
does, and with pictures handed on, as models without a latent cache need it (the last frames are decoded, written in
eight bits and encoded anew at each extension); each without and with the colour match at joins, and with a
re-anchor to the shot's own opening every third extension. Drift is read off the frames: the distance of the mean
colour (CIE 1976 Lab, Delta E) and the ratio of the lightness's standard deviation (in octaves), last chunk against
first; and the step of the mean colour over a join, in steps between frames inside a chunk.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from bench.theatre.intervals import mean_interval, paired_difference
from bench.theatre.paths import EMBEDDED, RESULTS, write_json
from reelkit.media.image import write_png
from reelkit.media.keys import chunk_seed
from reelkit.media.video import read_frames
from reelkit.models import GenerateRequest, ModelCard, Models, open_models
from reelkit.models.matching import matched

Frames = NDArray[np.uint8]
ROWS: dict[str, dict[str, Any]] = {
    "latents": {},
    "latents, matched": {"match": True},
    "latents, anchored": {"anchor": 3},
    "latents, matched, anchored": {"match": True, "anchor": 3},
    "pictures": {"pictures": True},
    "pictures, matched": {"pictures": True, "match": True},
    "pictures, matched, anchored": {"pictures": True, "match": True, "anchor": 3},
}
PLACES = ("EXT. BEACH - DAY", "INT. KITCHEN - NIGHT", "EXT. FOREST - DUSK", "EXT. STREET - DAWN")
PEOPLE = (
    "Mara, a woman with long black hair in a red coat, standing",
    "Olav, a man with short white hair in a blue coat, waving",
    "Ines, a woman with short brown hair in a green shirt, sitting",
)
TAIL = 6
"""Frames handed on as pictures: a chunk of the weaver's."""


class Pictures:
    """Turns the frames of a chunk back into latents, as a model that is handed pictures does."""

    def __init__(self) -> None:
        from bench.theatre.weavers import load_weaver

        self.weaver = load_weaver(EMBEDDED)

    def encode(self, frames: Frames, path: Path) -> None:
        """Write the latents of frames uint8 [T, H, W, 3]."""
        from safetensors.torch import save_file

        with self.weaver.pipeline._autocast():
            latents = self.weaver.pipeline.codec.encode(frames)
        save_file({"latents": latents.contiguous().cpu()}, path)


def lab(frames: Frames) -> NDArray[np.float64]:
    """CIE 1976 L*a*b* of frames uint8 [T, H, W, 3]; D65."""
    linear = frames.astype(np.float64) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = linear @ matrix.T / np.array([0.9505, 1.0, 1.089])
    curved = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(curved, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def drift(chunks: list[Frames]) -> dict[str, float]:
    """Of the last chunk against the first, and the step of the mean colour over the joins (Delta E)."""
    first, last = lab(chunks[0]), lab(chunks[-1])
    joins = [delta(lab(one[-1:]), lab(other[:1])) for one, other in pairwise(chunks)]
    inside = [delta(lab(c[i : i + 1]), lab(c[i + 1 : i + 2])) for c in chunks for i in range(len(c) - 1)]
    return {
        "colour": delta(first, last),
        "contrast": abs(float(np.log2(last[..., 0].std() / max(first[..., 0].std(), 1e-6)))),
        "join": float(np.mean(joins)) / max(float(np.mean(inside)), 1e-6),
    }


def delta(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Distance of two mean colours."""
    return float(np.linalg.norm(one.mean((0, 1, 2)) - other.mean((0, 1, 2))))


def shoot(
    models: Models, card: ModelCard, pictures: Pictures, row: dict[str, Any], prompt: str, index: int, count: int,
    folder: Path,
) -> list[Frames]:
    """A first chunk and `count` extensions; its chunks as shown."""
    width, height = card.native or (128, 64)
    chunks: list[Frames] = []
    files: list[Path] = []
    for number in range(count + 1):
        opening = not number
        handed = [str(path) for path in files[-4:]]
        anchored = bool(row.get("anchor")) and number and number % row["anchor"] == 0
        out = folder / str(number)
        seed = chunk_seed(1, "drift", f"s{index}", 0, number)
        request = GenerateRequest(
            model="embedded", prompt=prompt, width=width, height=height, frames=card.chunk_frames[0 if opening else 1],
            seed=seed, history=handed, references=[str(folder / "opening.png")] if anchored else [], out=str(out),
            options={"match": True} if row.get("match") and not row.get("pictures") else {},
        )
        models.generate(request)
        frames = np.stack(list(read_frames(out.with_suffix(".mp4"))))
        if row.get("match") and row.get("pictures") and chunks:
            frames = matched(frames, chunks[-1][-1])
        if row.get("pictures"):
            pictures.encode(frames[-TAIL:], out.with_suffix(".safetensors"))
        if opening:
            write_png(folder / "opening.png", frames[0])
        chunks.append(frames)
        files.append(out.with_suffix(".safetensors"))
    return chunks


def main() -> None:
    """Draw, read the drift, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=12)
    parser.add_argument("--extensions", type=int, default=10)
    parser.add_argument("--out", type=Path, default=RESULTS / "drift.json")
    asked = parser.parse_args()
    models, pictures = open_models(), Pictures()
    card = models.describe("embedded", "video")
    found: dict[str, list[dict[str, float]]] = {row: [] for row in ROWS}
    for index in range(asked.shots):
        prompt = f"Full shot, static camera. {PLACES[index % len(PLACES)]}. {PEOPLE[index % len(PEOPLE)]}."
        for name, row in ROWS.items():
            with tempfile.TemporaryDirectory() as folder:
                chunks = shoot(models, card, pictures, row, prompt, index, asked.extensions, Path(folder))
            found[name].append(drift(chunks))
        sys.stderr.write(f"shot {index + 1} of {asked.shots}" + "\n")
    values = {row: {m: [one[m] for one in rows] for m in rows[0]} for row, rows in found.items()}
    against = {row: row.split(",")[0] for row in ROWS if "," in row}
    figures = {
        "command": f"python bench/drift.py --shots {asked.shots} --extensions {asked.extensions}",
        "weights": card.revision[:12],
        "rows": {row: {m: mean_interval(v) for m, v in each.items()} for row, each in values.items()},
        "changes": {
            row: {m: paired_difference(values[row][m], values[base][m]) for m in values[row]}
            for row, base in against.items()
        },
    }
    write_json(asked.out, figures)
    for row, each in figures["rows"].items():
        sys.stdout.write(f"{row:28s} " + "  ".join(f"{m} {v.text(2)}" for m, v in each.items()) + "\n")


if __name__ == "__main__":
    main()
