"""Where a host is met: who shares one, who must not, and whose folder it is."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from reelkit.errors import UnavailableError
from reelkit.host.place import Place, at, folder, lock, locked, place, process, settings

from .conftest import until

BASE = {"HOME": "/home/mara", "PATH": "/bin", "HF_HOME": "/data/hub"}


@pytest.fixture
def base(nest: Path) -> dict[str, str]:
    return {**BASE, "XDG_RUNTIME_DIR": str(nest)}


@pytest.mark.parametrize(
    "more",
    [
        {"CUDA_VISIBLE_DEVICES": "1"},
        {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"},
        {"ROCR_VISIBLE_DEVICES": "0"},
        {"SLURM_JOB_ID": "7"},
        {"SLURM_STEP_ID": "0"},
        {"SLURM_LOCALID": "1"},
        {"HF_HOME": "/other/hub"},
        {"HF_HUB_OFFLINE": "1"},
        {"HF_HUB_CACHE": "/data/hub/other"},
        {"XDG_CACHE_HOME": "/scratch"},
        {"HOME": "/home/olav"},
        {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"},
        {"OMP_NUM_THREADS": "3"},
        {"LD_LIBRARY_PATH": "/opt/cuda"},
        {"https_proxy": "http://proxy:3128"},
        {"NVIDIA_TF32_OVERRIDE": "0"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_a_host_would_find_or_compute_otherwise_makes_another(base: dict[str, str], more: dict[str, str]) -> None:
    assert place("auto", base | more).socket != place("auto", base).socket


@pytest.mark.parametrize("name", ["REEL_MODEL", "REEL_DTYPE", "REEL_MEDIA", "TERM", "PWD", "SLURM_PROCID", "COLUMNS"])
def test_what_travels_with_requests_or_does_not_matter_makes_none(base: dict[str, str], name: str) -> None:
    assert place("auto", base | {name: "x"}) == place("auto", base)


def test_a_folder_from_here_is_another_from_elsewhere(
    base: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host runs in a folder of its own, so what it is given is a path from anywhere."""
    here = base | {"HF_HOME": "hub", "HF_HUB_OFFLINE": "1"}
    monkeypatch.chdir(tmp_path)
    assert settings(here)["HF_HOME"] == str(tmp_path / "hub")
    assert settings(here)["HF_HUB_OFFLINE"] == "1"
    mine = place("auto", here)
    assert mine == place("auto", here | {"HF_HOME": str(tmp_path / "hub")})
    monkeypatch.chdir("/")
    assert place("auto", here) != mine


def test_devices_are_apart_and_cuda_is_the_first_of_them(base: dict[str, str]) -> None:
    names = [place(device, base).socket.name for device in ("auto", "cpu", "cuda", "cuda:1")]
    assert len(set(names)) == 4
    assert place("cuda:0", base) == place("cuda", base)


def test_kin_are_hosts_of_the_same_device_under_other_settings(base: dict[str, str]) -> None:
    mine = place("auto", base)
    others = [place("auto", base | {"HF_HOME": "/x"}), place("auto", base | {"OMP_NUM_THREADS": "1"})]
    far = place("auto", base | {"CUDA_VISIBLE_DEVICES": "1", "HF_HOME": "/x"})
    for where in (mine, *others, far):
        where.socket.touch()
    assert mine.kin == sorted(where.socket for where in others)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_may_enter_is_refused(nest: Path, mode: int) -> None:
    found = nest / f"reelkit-{os.getuid()}"
    found.mkdir()
    found.chmod(mode)
    with pytest.raises(UnavailableError, match=f"chmod 700 {found}"):
        place("cpu", {"XDG_RUNTIME_DIR": str(nest)})


def test_a_link_that_somebody_laid_is_refused(nest: Path, tmp_path: Path) -> None:
    (nest / f"reelkit-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(UnavailableError, match="folder of your own"):
        folder({"XDG_RUNTIME_DIR": str(nest)})


def test_the_folder_is_closed_when_it_is_made(nest: Path) -> None:
    assert folder({"XDG_RUNTIME_DIR": str(nest)}).stat().st_mode & 0o777 == 0o700


def test_a_runtime_folder_too_deep_for_a_socket_is_passed_over(
    nest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(nest))
    assert folder({"XDG_RUNTIME_DIR": str(deep)}).parent == nest
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(UnavailableError, match="too long for a socket"):
        folder({"XDG_RUNTIME_DIR": str(deep)})


def test_a_lock_is_held_by_one_or_shared_by_many(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path) as mine, locked(path, wait=False) as theirs:
        assert (mine, theirs) == (True, False)
    shared = [lock(path, shared=True) for _ in range(3)]
    assert None not in shared
    assert lock(path, wait=False) is None
    for handle in shared:
        os.close(handle or 0)
    with locked(path, wait=False) as free:
        assert free


def test_a_lock_file_that_was_removed_is_nobodys_lock(tmp_path: Path) -> None:
    """Who waited for it gets the lock of the file that has the name now."""
    path = tmp_path / "lock"
    held = lock(path)
    assert held is not None
    got: list[int | None] = []
    waiting = threading.Thread(target=lambda: got.append(lock(path)))
    waiting.start()
    path.unlink()
    os.close(held)
    waiting.join(10)
    assert got and got[0] is not None
    assert os.path.samestat(os.fstat(got[0]), path.stat())
    os.close(got[0])


def test_the_process_of_a_host_is_known_for_as_long_as_it_lives(base: dict[str, str]) -> None:
    where: Place = at(place("auto", base).socket)
    assert process(where) is None and not where.alive.exists()
    held = lock(where.alive)
    assert held is not None and process(where) == 0
    os.write(held, b"4711")
    assert process(where) == 4711
    os.close(held)
    until(lambda: process(where) is None)
