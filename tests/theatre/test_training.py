"""The weaver's trainer, a few steps of it: it stops, goes on, and saves weights that load."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from reelkit.theatre.training.__main__ import main
from reelkit.theatre.training.pool import FRAMES, SHOTS, SceneStream
from reelkit.theatre.training.runs import Average
from reelkit.theatre.training.weaver import train
from reelkit.weaver.transformer import WeaverTransformer

WEIGHTS = Path(__file__).parents[2] / "src/reelkit/theatre/weights"


def run(folder: Path, steps: int, **more) -> None:
    options = {"batch": 2, "scenes": 3, "width": 32, "layers": 1, "heads": 1, "compiled": 0} | more
    train(folder, folder / "final", steps, str(WEIGHTS / "vae"), str(WEIGHTS / "text_encoder"), **options)


@pytest.mark.parametrize("stills", [0, 50, 100])
def test_a_run_goes_on_where_it_stopped_and_its_weights_load(stills: int, tmp_path: Path) -> None:
    run(tmp_path, 2, stills=stills)
    run(tmp_path, 4, stills=stills, peak=0.5)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["step"] == 4
    begun = [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert begun == [0]
    loaded = WeaverTransformer.from_pretrained(tmp_path / "final", torch_dtype=torch.float32)
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, state["average"][name].bfloat16().float())
    assert any(not torch.equal(state["average"][name], value) for name, value in state["network"].items())


def test_an_average_goes_on_where_it_was() -> None:
    network = torch.nn.Linear(2, 2)
    first, second = Average(network), Average(torch.nn.Linear(2, 2))
    for value in second.values.values():
        value.fill_(3.0)
    tensors = list(first.values.values())
    first.load_state_dict(second.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(first.values.values(), second.values.values(), strict=True))
    assert all(a is b for a, b in zip(first.values.values(), tensors, strict=True))


@pytest.mark.parametrize(
    ("setting", "said"),
    [("scenes", "NAME=VALUE"), ("scene=3", "scenes"), ("noise=nnoe", "asymmetric"), ("scenes=few", "whole number")],
)
def test_a_wrong_setting_is_refused_by_name(setting: str, said: str, tmp_path: Path, capsys) -> None:
    fixed = ["--set", f"autoencoder={WEIGHTS / 'vae'}", "--set", f"encoder={WEIGHTS / 'text_encoder'}"]
    with pytest.raises(SystemExit) as stopped:
        main(["weaver", "--run", str(tmp_path), "--out", str(tmp_path), "--steps", "1", *fixed, "--set", setting])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_a_run_may_begin_with_finished_weights(tmp_path: Path) -> None:
    run(tmp_path / "stills", 1, stills=100)
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
