"""Train the embedded weaver: stage 1 with the temporal cache alone, stage 2 in all four modes (FilmWeaver, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from reelkit.models.encoder import Encoder
from reelkit.theatre.training.pool import DrawnScene, ScenePool, SceneStream
from reelkit.theatre.training.runs import Average, Muon, Run, SettingError, level_then_cosine
from reelkit.weaver.autoencoder import FrameAutoencoder
from reelkit.weaver.caches import BASE_PATCH, CHUNK_LATENTS
from reelkit.weaver.codec import FrameCodec, to_pixels
from reelkit.weaver.layers import patches
from reelkit.weaver.training import CLEAN, NoiseRanges, flow_loss, visible_directions
from reelkit.weaver.transformer import WeaverTransformer

STAGE_ONE = 20
"""Percent of the steps with the temporal cache alone (the paper gives both stages 10k steps on a model that can already draw)."""
MEASURED, CELL = 120, 4
"""Scenes from which `visible_in` learns what moves the mean colours of cells, and the cells' side in pixels."""
WARMUP = 150
"""Steps until the learning rate is at its peak."""
DECAY_FROM, FLOOR = 0.4, 0.02
"""Where on the way the learning rate begins to fall, and to what share of its peak."""
MODES_ONE = {1: 0.35, 2: 0.65}
MODES_TWO = {1: 0.12, 2: 0.2, 3: 0.36, 4: 0.32}
MODES_STILLS = {1: 0.6, 3: 0.4}
STILLS = 60
"""Percent of the steps on stills."""
STILLS_MORE, STILLS_FRESH = 3, 4
"""How many times a batch of chunks a batch of stills is, and new scenes with each."""
STILLS_HELD, FIRST_STILLS = 18, 3
"""How many times the scenes of chunks are held as stills, and how many before training begins; the rest join as it goes."""
NOISES = {"asymmetric": NoiseRanges(), "none": CLEAN}


def draw_mode(rng: np.random.Generator, odds: Mapping[int, float]) -> tuple[int, int]:
    """A mode and how many latents to make: mostly a whole chunk, a fifth of first chunks a still, else any number."""
    mode = int(rng.choice(list(odds), p=list(odds.values())))
    if mode in (1, 3):
        kind = rng.random()
        return mode, CHUNK_LATENTS if kind < 0.7 else 1 if kind < 0.92 else int(
            rng.integers(2, CHUNK_LATENTS)
        )
    return mode, CHUNK_LATENTS if rng.random() < 0.92 else int(rng.integers(1, CHUNK_LATENTS))


def visible_in(codec: FrameCodec, scenes: Iterator[DrawnScene]) -> Tensor:
    """`visible_directions` of a codec, from the first frames of MEASURED scenes and cells of CELL pixels."""
    frames = np.concatenate([scene.frames[:, 0] for scene in islice(scenes, MEASURED)])
    with torch.inference_mode():
        latents = codec.encode(frames).transpose(0, 1)[:, :, None]
        pixels = to_pixels(frames)[0].transpose(0, 1)
        cells = F.pixel_unshuffle(F.avg_pool2d(pixels, CELL), codec.spatial * BASE_PATCH[1] // CELL)
    return visible_directions(
        patches(latents.cpu(), BASE_PATCH).flatten(0, 1), cells.flatten(2).transpose(1, 2).flatten(0, 1)
    )


def train(folder: Path, out: Path, steps: int, autoencoder: str, encoder: str, batch: int = 32, peak: float = 1.0e-3,
          device: str = "cpu", noise: str = "asymmetric", scenes: int = 500, fresh: int = 1, width: int = 256,
          layers: int = 6, heads: int = 4, compiled: int = 1, start_from: str = "", first_scene: int = 0,
          minutes: int = 0, stage_one: int = STAGE_ONE, stills: int = STILLS, weighted: int = 1) -> None:  # fmt: skip
    """Train for `steps` batches, or go on where the folder's checkpoint stopped, then save the averaged weights to `out`.

    `noise` is `asymmetric` or `none` (the ablation). `scenes` are held encoded; `fresh` new ones replace the oldest each
    step. `start_from` is a folder of finished weights to begin with; `first_scene` is the number of the first scene that
    is drawn, so that a run on such weights sees new ones. `minutes` of training, those before a resume included, end the
    run where they come before `steps`: stages and learning rate then follow the clock. `stage_one` is the percent of the
    way with the temporal cache alone; 0 goes on from weights that have been through it. `stills` is the percent of steps
    on single latents without a past, from STILLS_MORE times as many scenes a batch: a chunk's frames are nearly alike, so
    a still teaches what things look like for a sixth of the work, and chunks alone unteach it. 100 trains on stills
    only, 0 on chunks only. `weighted` 0 counts all latent directions alike.
    """
    if noise not in NOISES:
        raise SettingError(f"noise is one of {', '.join(NOISES)}, not {noise!r}")
    torch.manual_seed(1)
    ranges = NOISES[noise]
    text = Encoder(encoder, device)
    network = WeaverTransformer(
        width=width, layers=layers, heads=heads, text_width=text.model.transformer.width
    ).to(device)
    if start_from:
        begun = WeaverTransformer.from_pretrained(start_from, torch_dtype=torch.float32)
        network.load_state_dict(begun.state_dict())
    average = Average(network, decay=0.998)
    optimizer = Muon(network, peak, weight_decay=0.02)
    run = Run(folder, steps, save_seconds=180.0, log_every=25)
    parts = {"network": network, "average": average, "optimizer": optimizer}
    run.resume(parts)
    torch.manual_seed(1 + run.step)
    rng = np.random.default_rng([run.step, 1])
    codec = FrameCodec(FrameAutoencoder.from_pretrained(autoencoder).float().to(device))
    visible = visible_in(codec, iter(SceneStream(0, stills=True))).to(device) if weighted else None
    begin = first_scene + run.step * STILLS_FRESH
    still_pool = chunk_pool = None
    if stills:
        still_pool = _filled(STILLS_HELD * scenes, FIRST_STILLS * scenes, SceneStream(begin, stills=True), codec, text, run.step)
    if stills < 100:
        chunk_pool = _filled(scenes, scenes, SceneStream(begin), codec, text, run.step)
    if compiled:
        torch._dynamo.config.recompile_limit = 128
        for block in network.blocks:
            block.compile(dynamic=False)
    losses: dict[str, float] = {}
    for step in run.iterate(parts):
        way = max(step / steps, run.seconds / (60 * minutes) if minutes else 0.0)
        if way >= 1:
            break
        optimizer.set_rate(peak * min((step + 1) / WARMUP, level_then_cosine(way, DECAY_FROM, FLOOR)))
        if still_pool and 100 * rng.random() < stills:
            mode, targets = int(rng.choice(list(MODES_STILLS), p=list(MODES_STILLS.values()))), 1
            samples = still_pool.draw(STILLS_MORE * batch, mode, targets, device)
            still_pool.add(STILLS_FRESH)
        else:
            assert chunk_pool is not None
            mode, targets = draw_mode(rng, MODES_ONE if 100 * way < stage_one else MODES_TWO)
            samples = chunk_pool.draw(batch, mode, targets, device)
            chunk_pool.add(fresh)
        with torch.autocast(device, torch.bfloat16):
            loss = flow_loss(network, samples, ranges, visible)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network, step)
        if targets in (1, CHUNK_LATENTS):
            name = f"still{mode}" if targets == 1 else f"mode{mode}"
            losses[name] = 0.95 * losses.get(name, loss.item()) + 0.05 * loss.item()
        if step % run.log_every == 0:
            run.log(**dict(sorted(losses.items())))
    run.save(parts)
    network.load_state_dict(average.values)
    network.to("cpu", torch.bfloat16).save_pretrained(out)


def _filled(size: int, first: int, stream: SceneStream, codec: FrameCodec, text: Encoder, seed: int) -> ScenePool:
    """A pool with its first scenes in it, drawn by a worker of its own."""
    drawn = iter(DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=8))
    pool = ScenePool(size, codec, text, drawn, seed)
    pool.add(min(size, first))
    return pool
