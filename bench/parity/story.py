"""The story metrics beside their references, on the same random inputs and the same stand-ins for networks.

`python bench/parity/story.py --vistorybench CHECKOUT --entitybench CHECKOUT` runs the references' own functions: CIDS, on-stage
match, copy-paste rate and CSD of ViStoryBench; grounding, gate and cross-shot consistency of EntityBench. Networks are stood
in for by functions of the pixels, but for CSD, which has random weights. Every pair of numbers, and the greatest
difference, goes to bench/results/parity-story.json; it exits 1 where one is greater than TOLERANCE.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import types
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre.paths import RESULTS, write_json
from reelkit.manifest.kinds import Shot
from reelkit.metrics.meters import ClipInfo, Reading, Resources, ShotReading
from reelkit.metrics.passing import measure_frames

TOLERANCE = 1e-4
"""The references round to four decimals."""
WIDTH, HEIGHT = 128, 64
"""Powers of two, so that shares of them are pixels without rounding."""
STORIES = 4
Pictures = Sequence[NDArray[np.uint8]]
Box = tuple[int, int, int, int]


def embed(pictures: Pictures) -> NDArray[np.float32]:
    """A stand-in for an embedding network: a projection of the picture's block means, centred."""
    grid = [np.asarray(Image.fromarray(each).resize((6, 6), Image.Resampling.BOX), np.float32).ravel() for each in pictures]
    projection = np.random.default_rng(99).normal(size=(108, 24)).astype(np.float32)
    return (np.stack(grid) / 255 - 0.5) @ projection


def nearness(picture: NDArray[np.uint8], text: str) -> float:
    """A stand-in for CLIP's cosine of picture and text: about .1 to .4."""
    return 0.1 + 0.3 * float((picture.mean() * (1 + len(text) % 7)) % 64) / 64


def drawing(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A frame of coarse and fine noise."""
    coarse = rng.integers(0, 200, (4, 8, 3)).repeat(16, 0).repeat(16, 1)
    return (coarse + rng.integers(0, 56, coarse.shape)).astype(np.uint8)


def boxes(rng: np.random.Generator, most: int) -> list[tuple[float, Box]]:
    """Up to `most` boxes of even sides, by falling scores."""
    found = []
    for score in sorted(rng.uniform(0.3, 0.9, rng.integers(0, most + 1)), reverse=True):
        wide, tall = 2 * int(rng.integers(4, 24)), 2 * int(rng.integers(4, 20))
        left, top = int(rng.integers(0, WIDTH - wide)), int(rng.integers(0, HEIGHT - tall))
        found.append((float(score), (left, top, left + wide, top + tall)))
    return found


class Detector:
    """Boxes by the picture's pixels and the text; the same for whoever asks."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, picture: NDArray[np.uint8], text: str) -> list[tuple[float, Box]]:
        seed = int(picture.astype(np.int64).sum()) + sum(map(ord, text))
        return boxes(np.random.default_rng(seed), self.most)

    def row(self, picture: NDArray[np.uint8], text: str) -> NDArray[np.float32]:
        """As reelkit's network gives them."""
        row = np.zeros((32, 5), np.float32)
        for place, (score, (left, top, right, bottom)) in enumerate(self(picture, text)):
            row[place] = (score, left / WIDTH, top / HEIGHT, right / WIDTH, bottom / HEIGHT)
        return row.reshape(-1)


class StandIns:
    """`Looks` by the functions above."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    def embed_texts(self, texts: Sequence[str], encoder: str | None = None) -> NDArray[np.float32]:
        raise NotImplementedError

    embed_images = embed_texts

    def measure(self, network: str, inputs: Sequence[Any], weights: Path | None = None, options: Any = None) -> Any:
        """See `Looks`."""
        text = (options or {}).get("text", "")
        if network == "grounding-dino":
            return np.stack([self.detector.row(each, text) for each in inputs])
        if network == "clip-b32-text":
            return np.array([[nearness(each, text)] for each in inputs])
        return embed(inputs)


def measured(family: Any, resources: Resources, frames: Pictures, **about: Any) -> Reading:
    """A take through one family's meter."""
    info = ClipInfo(
        path=Path("take"), frames=len(frames), fps=8, width=WIDTH, height=HEIGHT, seconds=1, used=len(frames), **about
    )
    [reading] = measure_frames(resources, frames, [family.clip(resources, info)])
    return reading


def story(family: Any, resources: Resources, readings: Sequence[Reading]) -> Mapping[str, float | None]:
    """The story's scores."""
    meter = family.movie(resources)
    for reading in readings:
        meter.add(ShotReading(shot=Shot(id="s", movie="m"), scores={}, material=reading.material))
    values: Mapping[str, float | None] = meter.values()
    return values


def stub(*names: str) -> None:
    """Stand in for packages that the reference imports and these functions do not use."""

    class Anything(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (), {})

    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            module = Anything(name)
            module.__path__ = []
            module.__spec__ = ModuleSpec(name, None)
            sys.modules[name] = module


def mean(values: Sequence[float | None]) -> float:
    """Of those that are there."""
    return float(np.mean([value for value in values if value is not None]))


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vistorybench", type=Path)
    parser.add_argument("--entitybench", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "parity-story.json")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []

    def compare(what: str, theirs: float, ours: float) -> None:
        rows.append({"what": what, "theirs": theirs, "ours": ours, "difference": abs(theirs - ours)})

    from bench.parity import story_entitybench, story_vistorybench

    parts: list[tuple[Path | None, Callable[..., None]]] = [
        (asked.vistorybench, story_vistorybench.run),
        (asked.entitybench, story_entitybench.run),
    ]
    for checkout, run in parts:
        if checkout is not None:
            with tempfile.TemporaryDirectory() as folder:
                run(checkout, Path(folder), compare)
    worst = max((row["difference"] for row in rows), default=0.0)
    written = [{**row, "difference": f"{row['difference']:.1e}"} for row in rows]
    head = {"tolerance": f"{TOLERANCE:.0e}", "greatest difference": f"{worst:.1e}", "compared": len(rows)}
    write_json(asked.out, {**head, "rows": written})
    for row in rows:
        print(f"{row['difference']:.1e}  {row['theirs']:.6f}  {row['ours']:.6f}  {row['what']}")  # noqa: T201
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.modules["bench.parity.story"] = sys.modules["__main__"]
    sys.exit(main())
