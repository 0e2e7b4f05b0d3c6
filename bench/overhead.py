"""What `reel shot` costs over the diffusers call: `python bench/overhead.py [--size 1.3b] [--video 416x240x9] [--steps 4]`.

The same shots, in turn, by `reel`'s stage over its loader and by the diffusers pipeline called directly on a pipeline of
its own, both warm, with the same prompt embeddings, seeds, steps and size; `reel`'s part includes keys, the clip and
what is handed on, written and synchronised to disk. Weights are random at the published shapes. On a card: `--device cuda
--size 14b --video 832x480x81 --steps 20 --options` adds a row for every way to go faster, as a ratio to the plain call of
the same run, VACE with both caches against plain T2V, and the share of the card's measured matrix rate.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from bench.checkpoints import wan
from bench.theatre.paths import RESULTS, write_json
from reelkit.manifest.records import Entry
from reelkit.manifest.streams import read_entries
from reelkit.media.image import write_png
from reelkit.models import GenerateRequest, open_models
from reelkit.models.device import matrix_rate, pick_device, pick_dtype
from reelkit.models.facts import describe
from reelkit.models.pictures import generator
from reelkit.models.projection import Chunk, flops
from reelkit.stages.options import ShotOptions
from reelkit.stages.shot import shot

PROMPT = "Wide shot, static camera. A woman in a red coat walks along a beach at dusk."
WAYS: dict[str, dict[str, Any]] = {
    "compile": {"compile": True},
    "attention _native_cudnn": {"attention": "_native_cudnn"},
    "attention _native_flash": {"attention": "_native_flash"},
    "step cache fbc": {"step_cache": "fbc"},
    "step cache taylorseer": {"step_cache": "taylorseer"},
    "quantisation fp8-cast": {"quantisation": "fp8-cast"},
    "offload group": {"offload": "group"},
    "offload model": {"offload": "model"},
}


def entries(seed: int, width: int, height: int, seconds: float) -> list[Entry]:
    """A film of one shot."""
    import io
    import json

    lines = [
        {"kind": "movie", "id": "bench", "title": "Bench", "width": width, "height": height, "fps": 16, "seed": seed},
        {"kind": "shot", "id": "s01", "movie": "bench", "scene": None, "order": 1, "prompt": PROMPT, "seconds": seconds},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return list(read_entries(io.BytesIO(text.encode()), "bench", lambda reject: sys.exit(str(reject))))


def by_reel(models: Any, folder: Path, asked: argparse.Namespace, seed: int) -> float:
    """Seconds of the stage for one shot; it runs to the end and its record is checked."""
    width, height, frames = asked.video
    options = ShotOptions(media=folder / "media", model=str(asked.weights), steps=asked.steps, guidance=asked.guidance)
    manifest = entries(seed, width, height, (frames - 1) / 16 + 0.01)
    started = time.perf_counter()
    done = list(shot(manifest, options, models))
    seconds = time.perf_counter() - started
    take = done[-1].shot().takes[0]
    assert done[-1].error is None and (take.frames, take.width, take.height) == (frames, width, height), done[-1].error
    return seconds


def by_diffusers(pipe: Any, embeds: torch.Tensor, asked: argparse.Namespace, seed: int) -> float:
    """Seconds of one call of the pipeline."""
    width, height, frames = asked.video
    started = time.perf_counter()
    with torch.inference_mode():
        pipe(
            prompt_embeds=embeds, negative_prompt_embeds=torch.zeros_like(embeds), width=width, height=height,
            num_frames=frames, num_inference_steps=asked.steps, guidance_scale=asked.guidance,
            generator=generator(seed), output_type="np",
        )
    return time.perf_counter() - started


def options_rows(models: Any, folder: Path, asked: argparse.Namespace, plain: float) -> dict[str, Any]:
    """Each way to go faster, as a ratio to the plain diffusers call; what is refused says why."""
    rows: dict[str, Any] = {}
    width, height, frames = asked.video
    for name, options in WAYS.items():
        request = GenerateRequest(
            model=str(asked.weights), prompt=PROMPT, width=width, height=height, frames=frames, seed=1,
            steps=asked.steps, guidance=asked.guidance, out=str(folder / "way"), options=options,
        )
        try:
            models.generate(request)
            seconds = min(models.generate(request).wall_seconds for _ in range(2))
            rows[name] = {"ratio": seconds / plain}
        except Exception as error:  # noqa: BLE001 - a way that this machine lacks is a row that says so
            rows[name] = {"refused": f"{type(error).__name__}: {error}"[:200]}
        sys.stderr.write(f"{name}: {rows[name]}\n")
    return rows


def caches_row(models: Any, folder: Path, asked: argparse.Namespace, plain: float) -> dict[str, float]:
    """VACE with both caches full against plain T2V of as many new frames."""
    vace = wan(asked.folder / f"vace-{asked.size}", asked.size, vace=True)
    width, height, frames = asked.video
    for shade in range(3):
        write_png(folder / f"{shade}.png", np.full((height, width, 3), 60 + 60 * shade, np.uint8))
    stills = [str(folder / f"{shade}.png") for shade in range(3)]
    fields = {"model": str(vace), "prompt": PROMPT, "width": width, "height": height, "steps": asked.steps,
              "guidance": asked.guidance, "references": stills}
    models.generate(GenerateRequest(frames=frames, seed=1, out=str(folder / "first"), **fields))
    later = GenerateRequest(frames=frames - 1, seed=2, out=str(folder / "later"),
                            history=[str(folder / "first.safetensors")], **fields)
    seconds = min(models.generate(later).wall_seconds for _ in range(2))
    return {"ratio": seconds / plain, "seconds": seconds}


def main() -> None:
    """Run and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1.3b")
    parser.add_argument("--video", default="416x240x9", type=lambda text: tuple(map(int, text.split("x"))))
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--options", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "reelkit-bench")
    parser.add_argument("--out", type=Path, default=RESULTS / "overhead.json")
    asked = parser.parse_args()
    import diffusers

    os.environ["XDG_CACHE_HOME"] = str(asked.folder / "cache")
    asked.weights = wan(asked.folder / f"wan-{asked.size}", asked.size)
    device = pick_device(asked.device)
    dtype = pick_dtype("auto", device)
    models = open_models(device=asked.device)
    kinds = {"vae": torch.float32, "default": dtype}
    pipe = diffusers.WanPipeline.from_pretrained(asked.weights, dtype=kinds).to(device)
    pipe.set_progress_bar_config(disable=True)
    embeds, _ = pipe.encode_prompt(PROMPT, do_classifier_free_guidance=False, max_sequence_length=512, device=device)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        by_reel(models, folder, asked, 0), by_diffusers(pipe, embeds, asked, 0)  # both warm
        pairs = [(by_diffusers(pipe, embeds, asked, n), by_reel(models, folder, asked, n)) for n in range(1, asked.runs + 1)]
        direct = statistics.median(pair[0] for pair in pairs)
        width, height, frames = asked.video
        work = flops(describe(str(asked.weights), dtype.itemsize).facts, Chunk(frames, width, height, asked.steps))
        passes = 2 if asked.guidance > 1 else 1
        figures: dict[str, Any] = {
            "command": "python bench/overhead.py " + " ".join(sys.argv[1:]),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu, {torch.get_num_threads()} threads",
            "transformer": asked.size, "video": list(asked.video), "steps": asked.steps, "dtype": str(dtype),
            "diffusers_seconds": [pair[0] for pair in pairs], "reel_seconds": [pair[1] for pair in pairs],
            "overhead": statistics.median(b / a - 1 for a, b in pairs),
            "share_of_matrix_rate": work * passes / 2 / direct / matrix_rate(device, dtype),
        }
        sys.stderr.write(f"{figures}\n")
        if asked.options:
            figures["ways"] = options_rows(models, folder, asked, direct)
            figures["both caches, VACE"] = caches_row(models, folder, asked, direct)
    write_json(asked.out, figures)


if __name__ == "__main__":
    main()
