"""Train the detector, and measure its own error on truth: `python bench/theatre/detector.py train|evaluate`.

Training resumes where it stopped. Weights are float16 safetensors in bench/weights/detector; the error goes to
bench/results/detector.json, and `measure.py` puts it beside every figure that the detector reads.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.theatre import tables
from bench.theatre.clips import DETECTOR_SEEDS, ClipPool, Drawn, draw_clip, reconstruct
from bench.theatre.intervals import correlation
from bench.theatre.network import (
    CLASSES,
    FRAMES,
    HEIGHT,
    HIDDEN,
    LAYOUT_VALUES,
    WIDTH,
    Detector,
    detector_loss,
)
from bench.theatre.paths import AUTOENCODER, DETECTOR, RESULTS, RESULTS_PAGE, ROOT, write_json
from bench.theatre.scenes import HELD_OUT_SEED, SPAN
from reelkit.theatre.training.runs import Average, Run, one_cycle
from reelkit.theatre.world import sample_scene
from reelkit.weaver.autoencoder import FrameAutoencoder

WEIGHTS = "detector.safetensors"
Array = NDArray[Any]


class Readings(NamedTuple):
    """What the detector reads in N clips of six frames."""

    classes: dict[str, Array]
    """Class numbers [N] by name."""
    hidden: Array
    """[N, 3]: shade, build, skin of the first character, in [0, 1]."""
    layout: Array
    """[N, 4], in [0, 1]."""
    boxes: Array
    """The first character's box, (x0, y0, x1, y1) in pixels [N, 6, 4]."""
    present: Array
    """bool [N, 6]."""

    @property
    def centres(self) -> Array:
        """Box centres in pixels [N, 6, 2]."""
        return (self.boxes[..., :2] + self.boxes[..., 2:]) / 2


def train(folder: Path, out: Path, autoencoder: Path, steps: int, batch: int = 48, peak: float = 2.5e-3,
          clips: int = 1500, fresh: int = 14, workers: int = 1) -> None:  # fmt: skip
    """Train for `steps` batches, or go on where the folder's checkpoint stopped, then save the averaged weights."""
    from safetensors.torch import save_file

    torch.manual_seed(2)
    network = Detector().to(memory_format=torch.channels_last)
    average = Average(network, decay=0.995)
    optimizer = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=0.02, betas=(0.9, 0.98))
    run = Run(folder, steps, save_seconds=60.0, log_every=20)
    parts = {"network": network, "average": average, "optimizer": optimizer}
    run.resume(parts)
    codec = FrameAutoencoder.from_pretrained(autoencoder).float().eval().requires_grad_(False)
    pool = ClipPool(clips, codec, DETECTOR_SEEDS + run.step * (fresh + 1), workers)
    while len(pool.clips) < clips and run.step < steps:
        pool.add(min(64, clips - len(pool.clips)))
    network.train()
    for step in run.iterate(parts):
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(step, steps, peak, 30, floor=0.01)
        frames, answers = pool.batch(batch)
        with torch.autocast("cpu", torch.bfloat16):
            read = network(frames, answers)
        loss = detector_loss(read, answers)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        average.update(network, step)
        if step % run.log_every == 0:
            right = {n: (read.classes[n].argmax(1) == answers.classes[n]).float().mean().item() for n in CLASSES}
            run.log(loss=loss.item(), **right)
        pool.add(fresh)
    out.mkdir(parents=True, exist_ok=True)
    kept = {k: v.half().contiguous() if v.is_floating_point() else v for k, v in average.values.items()}
    save_file(kept, out / WEIGHTS)
    write_json(out / "config.json", {"steps": steps, "batch": batch, "clips": clips, "fresh": fresh, "peak": peak})


def load(folder: Path = DETECTOR) -> Detector:
    """The trained detector; exits with what to do where there is none."""
    from safetensors.torch import load_file

    path = folder / WEIGHTS
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run `python bench/theatre/detector.py train`")
    network = Detector()
    try:
        network.load_state_dict(load_file(path))
    except RuntimeError:
        raise SystemExit(f"{path} is of another network: train again with `detector.py train --run NEW`") from None
    return network.float().eval().requires_grad_(False)


@torch.inference_mode()
def read_clips(network: Detector, clips: NDArray[np.uint8], batch: int = 32) -> Readings:
    """Read clips uint8 [N, 6, H, W, 3]."""
    parts = [
        network(torch.from_numpy(clips[begin : begin + batch]).permute(0, 1, 4, 2, 3))
        for begin in range(0, len(clips), batch)
    ]
    box = torch.cat([part.box for part in parts]).double().numpy() * (WIDTH, HEIGHT, WIDTH, HEIGHT)
    centre, half = box[..., :2], box[..., 2:] / 2
    return Readings(
        classes={name: torch.cat([part.classes[name] for part in parts]).argmax(1).numpy() for name in CLASSES},
        hidden=torch.cat([part.hidden for part in parts]).double().numpy(),
        layout=torch.cat([part.layout for part in parts]).double().numpy(),
        boxes=np.concatenate([centre - half, centre + half], axis=-1),
        present=(torch.cat([part.present for part in parts]) > 0).numpy(),
    )


def own_error(read: Readings, clips: list[Drawn]) -> dict[str, Any]:
    """The detector's error against truth: accuracies, mean absolute errors and correlations, pixels of position."""
    classes = np.stack([clip.classes for clip in clips])
    accuracy, confusion = {}, {}
    for place, name in enumerate(CLASSES):
        known = classes[:, place] >= 0
        true, made = classes[known, place], read.classes[name][known]
        accuracy[name] = float((true == made).mean())
        table = np.zeros((CLASSES[name], CLASSES[name]), int)
        np.add.at(table, (true, made), 1)
        confusion[name] = table.tolist()
    values = {}
    truths = np.concatenate([np.stack([c.hidden for c in clips]), np.stack([c.layout for c in clips])], axis=1)
    made_values = np.concatenate([read.hidden, read.layout], axis=1)
    for place, name in enumerate([*HIDDEN, *LAYOUT_VALUES]):
        known = truths[:, place] >= 0
        true, made = truths[known, place].astype(float), made_values[known, place]
        values[name] = {"mean_absolute_error": float(np.abs(true - made).mean()), "r": correlation(true, made)}
    box = np.stack([clip.box for clip in clips]).astype(float)
    there = box[..., 0] >= 0
    apart = np.linalg.norm(read.centres - box[..., :2] * (WIDTH, HEIGHT), axis=-1)[there]
    return {
        "accuracy": accuracy,
        "hidden": values,
        "centre_pixels": {"mean": float(apart.mean()), "median": float(np.median(apart))},
        "present_accuracy": float((read.present == there).mean()),
        "confusion": confusion,
    }


def held_out(count: int) -> list[Drawn]:
    """Clips of scenes that nothing was trained on, one of each shot."""
    clips: list[Drawn] = []
    seed = HELD_OUT_SEED
    while len(clips) < count:
        scene, rng = sample_scene(seed, shots=3, frames=SPAN), np.random.default_rng([seed, 2])
        clips += [draw_clip(scene, shot, int(rng.integers(SPAN - FRAMES + 1))) for shot in scene.shots]
        seed += 1
    return clips[:count]


def evaluate(folder: Path, autoencoder: Path, out: Path, count: int) -> dict[str, Any]:
    """Write the detector's own error on truth, clean and through the autoencoder."""
    network, clips = load(folder), held_out(count)
    frames = np.stack([clip.frames for clip in clips])
    codec = FrameAutoencoder.from_pretrained(autoencoder).float().eval().requires_grad_(False)
    soft = reconstruct(codec, frames.reshape(-1, *frames.shape[2:])).reshape(frames.shape)
    figures = {
        "clips": count,
        "clean": own_error(read_clips(network, frames), clips),
        "reconstructed": own_error(read_clips(network, soft), clips),
    }
    write_json(out, figures)
    return figures


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "evaluate"))
    parser.add_argument("--run", type=Path, default=ROOT / "runs/detector", help="folder of the training run")
    parser.add_argument("--weights", type=Path, default=DETECTOR, help="folder of the detector's weights")
    parser.add_argument("--autoencoder", type=Path, default=AUTOENCODER)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--clips", type=int, default=1500, help="clips held for training, or judged")
    parser.add_argument("--fresh", type=int, default=14, help="new clips each step")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "detector.json")
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    asked = parser.parse_args()
    if asked.what == "train":
        train(asked.run, asked.weights, asked.autoencoder, asked.steps, asked.batch, clips=asked.clips,
              fresh=asked.fresh, workers=asked.workers)  # fmt: skip
        return
    figures = evaluate(asked.weights, asked.autoencoder, asked.out, asked.clips)
    tables.write(asked.out.parent, asked.page)
    short = {k: {n: v for n, v in figures[k].items() if n != "confusion"} for k in ("clean", "reconstructed")}
    sys.stdout.write(json.dumps(short, indent=1) + "\n")


if __name__ == "__main__":
    main()
