"""One picture on several GPUs: attention over the sequence shared out (Ulysses, arXiv 2309.14509) among processes.

Every process that torchrun starts makes the same requests in the same order and writes the same files. Not one of
reelkit's tests runs this: it takes two GPUs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reelkit.errors import RecordError, UnavailableError
from reelkit.models.speed.denoisers import denoisers, given, kind, loaded

if TYPE_CHECKING:
    from reelkit.models.diffusion import PipelineFamily

OPTION = "context_parallel"
APART = ("quantisation", "offload", "compile", "step_cache")
"""Untried together with it; a step cache may even decide differently in each process, and wait for ever."""
KERNELS = ("", "native", "_native_cudnn", "_native_flash", "flash", "sage")


def size(options: Mapping[str, Any]) -> int:
    """How many processes share a picture; 1 is none."""
    return int(options.get(OPTION) or 1)


def refuse(family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """RecordError or UnavailableError where there is no plan for the model, or not as many processes."""
    processes = size(options)
    if processes == 1:
        return
    for part, name in denoisers(family).items():
        if not getattr(kind(name), "_cp_plan", None):
            raise RecordError(f"diffusers has no plan for sharing out a {name}: leave --context-parallel out")
        heads = int(family.config(part).get("num_attention_heads") or processes)
        if heads % processes:
            raise RecordError(f"{heads} heads of attention do not divide among {processes}: give a number that divides them")
    for other in APART:
        if given(options, other) not in ("", "none"):
            raise RecordError(f"--context-parallel and --{other.replace('_', '-')} are untried together: give one of them")
    if given(options, "attention") not in KERNELS:
        raise RecordError(f"--context-parallel takes --attention {', '.join(filter(None, KERNELS))} only")
    import torch

    if not torch.cuda.is_available():
        raise UnavailableError("--context-parallel needs several GPUs and there is none: leave it out")
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world != processes:
        raise UnavailableError(
            f"--context-parallel {processes} needs {processes} processes and this is one of {world}: start it with "
            f"`torchrun --nproc-per-node {processes} --no-python reel ...`"
        )


def join(options: Mapping[str, Any]) -> None:
    """Take this process's own GPU and meet the others; before anything is put on a device."""
    if size(options) == 1:
        return
    import torch

    torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl")


def settle(pipe: Any, family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """Share out every part that runs once a step."""
    if size(options) == 1:
        return
    from diffusers import ContextParallelConfig

    for model in loaded(pipe, family).values():
        model.enable_parallelism(config=ContextParallelConfig(ulysses_degree=size(options)))
