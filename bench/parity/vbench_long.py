"""VBench-Long's own splitting, branches and fusion beside ours; part of `python bench/parity/vbench.py`.

Its branches run on the networks that VBench itself uses (its choices `dino` and `clip`), fused half and half through a table
that maps each value to itself: so it is what reelkit defines. Its tables of quantiles belong to DINOv2 and DreamSim. The
clips that it cuts are written without loss; it would compress them.
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from bench.parity.vbench import clip_info, write_lossless
from reelkit.metrics.meters import Resources
from reelkit.metrics.passing import measure_clip
from reelkit.metrics.vbench.meters import LONG_BACKGROUND, LONG_SUBJECT, VBenchMeter
from reelkit.models.local import LocalModels
from reelkit.models.measuring.checkout import import_from
from reelkit.theatre.render import render_scene
from reelkit.theatre.world import sample_scene

ABOUT = (
    "VBench-Long's split_video_into_clips, create_video_from_first_frames and fuse_inclip_clip2clip on DINO and CLIP, weights "
    "of a half, each value of the table mapped to itself; takes of 20, 22 and 5 frames at 4 frames a second"
)
LENGTHS = (20, 22, 5)
"""Frames: two clips and a half, nearly three, and less than one."""
SHOTS = 2
"""Different pictures in a take, so that the branches differ."""
SIZE, FPS = (128, 64), 4


def stand_ins(networks: dict[str, Any]) -> None:
    """Modules that VBench-Long imports and does not need here, and what fetches or compresses."""
    for name, attribute in (("dreamsim", "dreamsim"), ("moviepy", "editor"), ("moviepy.editor", "VideoFileClip")):
        sys.modules[name] = ModuleType(name)
        setattr(sys.modules[name], attribute, None)
    import torchvision.io

    def write_video(path: str, frames: torch.Tensor, fps: int) -> None:
        write_lossless(Path(path), frames.numpy().astype(np.uint8), fps)

    torchvision.io.write_video = write_video  # type: ignore[attr-defined]
    torch.hub.load = lambda **_: networks["dino"]  # type: ignore[assignment]
    sys.modules["clip"].load = lambda *_, **__: (networks["ViT-B-32"], None)  # type: ignore[attr-defined]


def compared(vbench: Path, folder: Path, networks: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Theirs and ours of each metric: the mean over takes, and take by take.

    Its reorganize_clips_results looks for a folder that only its flicker has, so no clips are brought together, and its own
    mean is over clips: a long take counts more often. Here its results are brought together by take.
    """
    stand_ins(networks)
    videos = folder / "long"
    videos.mkdir()
    for number, frames in enumerate(LENGTHS):
        scene = sample_scene(950 + number, shots=SHOTS, frames=-(-frames // SHOTS))
        write_lossless(videos / f"take-{number}.mp4", render_scene(scene, *SIZE).frames[:frames], FPS)
    paths = sorted(videos.glob("*.mp4"))
    with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        theirs = _theirs(vbench, videos, paths)
    names = (LONG_SUBJECT, LONG_BACKGROUND)
    resources = Resources(names=frozenset(names), models=LocalModels("cpu", "float32"), weights=folder)
    rows = []
    for path in paths:
        info = clip_info(path)
        rows.append(measure_clip(resources, info, [VBenchMeter(resources, info)])[0].scores)
    found = {}
    for name in names:
        mine = [float(row[name] or 0.0) for row in rows]
        found[name] = (float(np.mean(theirs[name])), float(np.mean(mine)))
        found |= {f"{name}, take {n}": both for n, both in enumerate(zip(theirs[name], mine, strict=True))}
    return found


def _theirs(vbench: Path, videos: Path, paths: list[Path]) -> dict[str, list[float]]:
    import yaml

    utils = import_from(vbench, "vbench2_beta_long.utils")
    for path in paths:
        utils.split_video_into_clips(str(path), str(videos / "split_clip"), 2)
    cut = [str(path) for path in sorted((videos / "split_clip").rglob("*.mp4"))]
    dimensions = ["subject_consistency", "background_consistency"]
    listed = videos / "listed.json"
    utils.save_json([{"prompt_en": "", "dimension": dimensions, "video_list": cut}], str(listed))
    same, weights = videos / "same.yaml", videos / "weights.yaml"
    same.write_text(yaml.safe_dump({0.0: 0.0, 1.0: 1.0}))
    weights.write_text("{}")
    settings: dict[str, Any] = {
        "sb_clip2clip_feat_extractor": "dino", "bg_clip2clip_feat_extractor": "clip", "w_inclip": 0.5, "w_clip2clip": 0.5,
        "dev_flag": False, "slow_fast_eval_config": str(weights), "sb_mapping_file_path": str(same),
        "bg_mapping_file_path": str(same),
    }  # fmt: skip
    cpu = torch.device("cpu")
    subject = import_from(vbench, "vbench2_beta_long.subject_consistency").compute_long_subject_consistency
    background = import_from(vbench, "vbench2_beta_long.background_consistency").compute_long_background_consistency
    results = {
        LONG_SUBJECT: subject(str(listed), cpu, {"read_frame": False}, **settings)[1],
        LONG_BACKGROUND: background(str(listed), cpu, ["", False], **settings)[1],
    }
    return {
        name: [
            float(np.mean([clip["video_results"] for clip in clips if Path(clip["video_path"]).name == path.name]))
            for path in paths
        ]
        for name, clips in results.items()
    }
