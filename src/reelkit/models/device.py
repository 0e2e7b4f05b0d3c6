"""Where models run and how much room there is."""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch

from reelkit.errors import UnavailableError, UsageError
from reelkit.models.cache import Memory
from reelkit.models.projection import Machine

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
RESERVE = 0.15
"""Share of a memory kept for activations."""
CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA, else MPS, else the CPU; UnavailableError for a device that is not there."""
    if name in ("auto", "cuda") and torch.cuda.is_available() and os.environ.get("LOCAL_RANK"):
        name = f"cuda:{os.environ['LOCAL_RANK']}"  # torchrun gave this process a GPU of its own
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
        if device.type == "cuda" and device.index is not None:
            torch.cuda.set_device(device)  # libraries that ask for no device take the current one
    except (RuntimeError, AssertionError) as error:
        raise UnavailableError(f"device {name!r} is not usable here: {str(error).splitlines()[0]}") from error
    return device


def pick_dtype(name: str, device: torch.device) -> torch.dtype:
    """`auto` is bfloat16 where the device computes in it natively, else float32."""
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" or _cpu_has_bfloat16() else torch.float32
    if name not in DTYPES:
        raise UsageError(f"--dtype {name!r} is not known: give auto, {', '.join(DTYPES)}")
    return DTYPES[name]


def memories(device: torch.device) -> tuple[Memory, ...]:
    """The device's memory, and main memory where that is another."""
    main = Memory(lambda: free_memory(torch.device("cpu")), _anonymous_memory, reserve=RESERVE)
    if device.type != "cuda":
        return (main,)
    own = Memory(
        lambda: free_memory(device), lambda: torch.cuda.memory_allocated(device), exact=True, reserve=RESERVE
    )
    return own, main


def free_memory(device: torch.device) -> int:
    """Bytes that nobody holds: what CUDA says and what torch keeps for later, or what the system has available."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    return _available_memory()


def release_memory() -> None:
    """Collect what nothing refers to, and give CUDA's share of it back to the other processes."""
    gc.collect()
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def reset_peak_memory(device: torch.device) -> None:
    """Count the device's highest allocation from here; a process's own high mark cannot be taken back."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> int:
    """Bytes: the device's allocations at their highest, or the process's resident size at its highest."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _available_memory() -> int:
    """Bytes a process may still take: Linux counts the file cache it can drop, elsewhere half of all memory.

    The limit of a container or a batch job counts where it is lower.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                machine = int(line.split()[1]) * 1024
    except OSError:
        pass
    room = _cgroup_room()
    return machine if room is None else min(machine, room)


def _anonymous_memory() -> int | None:
    """Bytes that this process holds by itself, mapped files apart; None where the system does not say."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return None


def _cgroup_room() -> int | None:
    """Bytes left under the tightest memory limit of the process's control groups (cgroup v2); None without one.

    Source: the kernel's Documentation/admin-guide/cgroup-v2.rst, `memory.max`, `memory.current`, `memory.stat`.
    """
    own = ""
    with suppress(OSError):
        lines = OWN_CGROUP.read_text().splitlines()
        own = next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
    rooms = []
    for group in (Path(own), *Path(own).parents):
        folder = CGROUPS / group
        with suppress(OSError, ValueError):  # no limit is the word `max`
            limit = int((folder / "memory.max").read_text())
            used = int((folder / "memory.current").read_text())
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            files = int(stat.get("inactive_file", 0)) + int(stat.get("active_file", 0))  # the kernel can drop both
            rooms.append(max(0, limit - used + files))
    return min(rooms, default=None)


def _cpu_has_bfloat16() -> bool:
    capability: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capability.get("avx512_bf16") or capability.get("amx_bf16") or capability.get("bf16"))


def machine(name: str, dtype: str) -> tuple[Machine, int]:
    """What the device has free and how fast it multiplies matrices now, and the bytes of a number in `dtype`."""
    device = pick_device(name)
    kind = pick_dtype(dtype, device)
    shared = device.type != "cuda"
    host = int(_available_memory() * (1 - RESERVE))
    label = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    found = Machine(
        device=label,
        device_free=int(free_memory(device) * (1 - RESERVE)),
        host_free=host,
        rate=matrix_rate(device, kind),
        shared=shared,
    )
    return found, kind.itemsize


def matrix_rate(device: torch.device, dtype: torch.dtype, side: int = 2048) -> float:
    """FLOP/s of square matrix products of `side`, the best of three after one to warm up."""
    one = torch.ones(side, side, device=device, dtype=dtype)
    best = 0.0
    for _ in range(4):
        started = time.perf_counter()
        product = one @ one
        float(product[0, 0])  # waits for the device
        best = max(best, 2 * side**3 / (time.perf_counter() - started))
    return best
