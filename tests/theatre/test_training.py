"""The weaver's trainer, a few steps of it: it stops, goes on, and saves weights that load."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from reelkit.theatre.training.pool import FRAMES, SHOTS, SceneStream
from reelkit.theatre.training.weaver import train
from reelkit.weaver.transformer import WeaverTransformer

WEIGHTS = Path(__file__).parents[2] / "src/reelkit/theatre/weights"


def run(folder: Path, steps: int, **more) -> None:
    options = {"batch": 2, "scenes": 3, "width": 32, "layers": 1, "heads": 1, "compiled": 0} | more
    train(folder, folder / "final", steps, str(WEIGHTS / "vae"), str(WEIGHTS / "text_encoder"), **options)


@pytest.mark.parametrize("stills", [0, 1])
def test_a_run_goes_on_where_it_stopped_and_its_weights_load(stills: int, tmp_path: Path) -> None:
    run(tmp_path, 2, stills=stills)
    run(tmp_path, 4, stills=stills)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["step"] == 4
    begun = [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert begun == [0]
    loaded = WeaverTransformer.from_pretrained(tmp_path / "final", torch_dtype=torch.float32)
    drift = max(float((loaded.state_dict()[k] - v).abs().max()) for k, v in state["average"].items())
    assert drift < 0.02


def test_a_run_may_begin_with_finished_weights(tmp_path: Path) -> None:
    run(tmp_path / "stills", 1, stills=1)
    run(tmp_path / "chunks", 0, start_from=str(tmp_path / "stills" / "final"), stage_one=0)
    first, second = (
        WeaverTransformer.from_pretrained(tmp_path / name / "final").state_dict()
        for name in ("stills", "chunks")
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_stills_are_single_frames_from_anywhere_in_a_shot() -> None:
    still, whole = next(iter(SceneStream(7, stills=True))), next(iter(SceneStream(7)))
    assert still.frames.shape[:2] == (SHOTS, 1)
    assert whole.frames.shape[:2] == (SHOTS, FRAMES)
    places = [
        np.flatnonzero((whole.frames[shot] == still.frames[shot, 0]).all(axis=(1, 2, 3)))
        for shot in range(SHOTS)
    ]
    assert all(len(found) for found in places)
    assert len({int(found[0]) for found in places}) > 1
