"""How much room models have."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from reelkit.errors import RecordError
from reelkit.models import GenerateRequest, ModelCard
from reelkit.models import device as devices
from reelkit.models.catalogue import EMBEDDED_FOLDER
from reelkit.models.family import Clip
from reelkit.models.local import LocalModels


def test_room_on_a_cpu_is_part_of_its_memory():
    every = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < devices.free_memory(torch.device("cpu")) < every


def test_room_on_a_cpu_is_what_the_tightest_control_group_leaves(monkeypatch, tmp_path):
    def group(path: str, **files: object) -> None:
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (tmp_path / path / f"memory.{name}").write_text(f"{text}\n")

    own = tmp_path / "own"
    own.write_text("0::/job/step\n")
    monkeypatch.setattr(devices, "CGROUPS", tmp_path)
    monkeypatch.setattr(devices, "OWN_CGROUP", own)
    machine = devices._available_memory()
    assert machine > 2**20
    group("job/step", max="max", current=700, stat="anon 1\ninactive_file 300")
    assert devices._cgroup_room() is None
    group("job", max=1000, current=700, stat="anon 1\ninactive_file 200\nactive_file 100")
    assert devices._available_memory() == 1000 - 700 + 300
    group("", max=500, current=600, stat="anon 1")
    assert devices._available_memory() == 0


@pytest.mark.skipif(devices._anonymous_memory() is None, reason="needs /proc")
def test_what_a_process_holds_by_itself_grows_by_copies_and_not_by_mapped_files(tmp_path):
    size = 2**26  # beyond what malloc takes from its own heap
    held = torch.ones(size // 4)  # kept, so that the copy cannot take its place
    save_file({"w": held}, tmp_path / "w.safetensors")
    before = devices._anonymous_memory()
    mapped = load_file(tmp_path / "w.safetensors")["w"]
    assert float(mapped.sum()) == size // 4
    between = devices._anonymous_memory()
    copied = mapped.clone()
    after = devices._anonymous_memory()
    assert between - before < size // 4 < size // 2 < after - between and copied.equal(held)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_freed_memory_of_a_gpu_goes_back_to_the_system():
    memory = devices.memories(torch.device("cuda"))[0]
    before = memory.used()
    large = torch.empty(2**26, dtype=torch.uint8, device="cuda")
    assert memory.used() - before == 2**26
    del large
    devices.release_memory()
    assert memory.used() == before and torch.cuda.memory_reserved() - torch.cuda.memory_allocated() < 2**26


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_the_peak_on_a_gpu_is_of_one_run():
    device = torch.device("cuda")
    large = torch.empty(2**24, device=device)
    assert devices.peak_memory(device) >= 2**26
    del large
    devices.reset_peak_memory(device)
    assert devices.peak_memory(device) < 2**24


def test_models_that_fit_beside_one_another_stay(monkeypatch):
    memory, taken = 100, {"a": 40, "b": 40, "c": 40}
    models = LocalModels("cpu", "float32")

    def free(_: torch.device) -> int:
        held = models._cache.held if models._cache is not None else []
        return memory - sum(taken[name] for name in held)

    monkeypatch.setattr(devices, "free_memory", free)
    monkeypatch.setattr(devices, "_anonymous_memory", lambda: None)
    for name in ("a", "b"):
        with models.lend(name, taken[name], object):
            pass
    assert models._cache is not None and models._cache.held == ["a", "b"]
    with models.lend("c", taken["c"], object):
        pass
    assert models._cache.held == ["b", "c"]


class FakeFamily:
    """Notes in which precision it was loaded; a request of more than one frame does not fit."""

    def __init__(self) -> None:
        self.dtypes: list[torch.dtype] = []

    def check(self, request: GenerateRequest) -> None:
        return

    def card(self) -> ModelCard:
        return ModelCard(name="fake", fps=8.0)

    def generate(self, shelf: LocalModels, request: GenerateRequest, on_step: object) -> Clip:
        _, dtype = shelf.place(request.options.get("dtype"))
        with shelf.lend(f"fake in {dtype}", 1, lambda: self.dtypes.append(dtype)):
            if request.frames > 1:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return Clip(frames=np.zeros((1, 8, 8, 3), np.uint8))


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> FakeFamily:
    fake = FakeFamily()
    monkeypatch.setattr(LocalModels, "_family", lambda self, folder: fake)
    return fake


def ask(models: LocalModels, out: Path, frames: int = 1, **options: str) -> None:
    asked = {"prompt": "x", "width": 8, "height": 8, "seed": 1, "out": str(out / "x")}
    models.generate(GenerateRequest(model=str(EMBEDDED_FOLDER), frames=frames, options=options, **asked))


def test_a_request_is_computed_in_the_precision_it_asks_for(family: FakeFamily, tmp_path: Path):
    models = LocalModels("cpu", "float32")
    for options in ({}, {"dtype": "bfloat16"}, {"dtype": "float32"}):
        ask(models, tmp_path, **options)
    assert family.dtypes == [torch.float32, torch.bfloat16]


def test_a_request_that_does_not_fit_is_no_bug(family: FakeFamily, tmp_path: Path):
    with pytest.raises(RecordError, match="too small for 6 frames of 8x8"):
        ask(LocalModels("cpu"), tmp_path, frames=6)
