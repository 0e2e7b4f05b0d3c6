"""Where models run and how much room there is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

from reelkit.errors import UnavailableError, UsageError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
RESERVE = 0.15
"""Share of free memory kept for activations."""


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA, else MPS, else the CPU; UnavailableError for a device that is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
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


def free_memory(device: torch.device) -> int:
    """Bytes free for models: the device's free memory less a working reserve."""
    if device.type == "cuda":
        free = (
            torch.cuda.mem_get_info(device)[0]
            + torch.cuda.memory_reserved(device)
            - torch.cuda.memory_allocated(device)
        )
    else:
        free = _available_memory()
    return int(free * (1 - RESERVE))


def peak_memory(device: torch.device) -> int:
    """Bytes: the device's allocations at their highest, or the process's resident size at its highest."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _available_memory() -> int:
    """Bytes a process may still take: Linux counts the file cache it can drop, elsewhere half of all memory."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _cpu_has_bfloat16() -> bool:
    capability: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capability.get("avx512_bf16") or capability.get("amx_bf16") or capability.get("bf16"))
