"""torch.compile for the blocks that a model repeats: minutes at the first call of a size, faster steps after it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from reelkit.errors import RecordError, UnavailableError
from reelkit.models.speed.denoisers import denoisers, given, kind, loaded

if TYPE_CHECKING:
    import torch

    from reelkit.models.diffusion import PipelineFamily

OPTION = "compile"


def refuse(family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """RecordError for a model without such blocks, and for what compiled blocks would not notice."""
    if not options.get(OPTION):
        return
    for name in denoisers(family).values():
        if not getattr(kind(name), "_repeated_blocks", None):
            raise RecordError(f"diffusers names no repeated blocks of a {name} to compile: leave --compile out")
    if given(options, "step_cache"):
        raise RecordError(
            "compiled blocks do not notice a step cache that comes and goes: give --compile or --step-cache"
        )
    if given(options, "offload") == "sequential":
        raise RecordError("--offload sequential moves weights inside compiled blocks: give --offload group or model")


def fits(options: Mapping[str, Any], device: torch.device) -> None:
    """UnavailableError where what compiles is missing."""
    if not options.get(OPTION):
        return
    if device.type == "cuda" and find_spec("triton") is None:
        raise UnavailableError("--compile needs triton on a GPU: pip install triton, or leave --compile out")
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(compiler) is None and shutil.which("clang++") is None:
        raise UnavailableError(f"--compile needs a C++ compiler and there is no {compiler}: install one, or leave it out")


def settle(pipe: Any, family: PipelineFamily) -> None:
    """Last of all: it fixes whatever else was done to the blocks."""
    for model in loaded(pipe, family).values():
        model.compile_repeated_blocks()
