"""How a model is loaded and run: quantisation, LoRA, offload, attention, compilation, sharing out, step caches.

One file each. The order is diffusers': load, LoRA, float8 at rest, offload, attention, sharing out, step cache, compile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reelkit.models import files
from reelkit.models.cache import Needs
from reelkit.models.speed import adapters, attention, caches, compiling, offload, parallel, quantisation
from reelkit.models.speed.denoisers import given, loaded
from reelkit.models.speed.offload import arm_text, layered

if TYPE_CHECKING:
    import torch

    from reelkit.models.diffusion import PipelineFamily
    from reelkit.models.requests import GenerateRequest

__all__ = [
    "OPTIONS",
    "arm_text",
    "identity",
    "layered",
    "loading",
    "needs",
    "needs_of_text",
    "prepare",
    "refuse",
    "settle",
    "stepping",
]

OPTIONS = ("quantisation", "lora", "offload", "attention", "compile", "context_parallel", "step_cache")


def refuse(family: PipelineFamily, request: GenerateRequest) -> None:
    """RecordError or UnavailableError, before any weight is read, for what does not go together, with the reason."""
    options = request.options
    if not any(options.get(name) for name in OPTIONS):
        return
    quantisation.refuse(family, options)
    adapters.refuse(family, options)
    offload.refuse(family, options)
    attention.refuse(family, options)
    compiling.refuse(family, options)
    parallel.refuse(family, options)
    caches.refuse(family, request)


def prepare(options: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> None:
    """Refuse what this device cannot do, and meet the other processes; before any weight is read."""
    quantisation.fits(options, device)
    offload.fits(options, device)
    attention.fits(options, device, dtype)
    compiling.fits(options, device)
    parallel.join(options)


def identity(options: Mapping[str, Any]) -> str:
    """What tells a pipeline loaded so from one loaded otherwise; files count by their content."""
    words = []
    for name in OPTIONS:
        value = options.get(name)
        if name != caches.OPTION and value and value != "none":
            texts = value if isinstance(value, list | tuple) else [value]
            words.append(f"{name} {'+'.join(files.keyed(name, str(text)) for text in texts)}")
    return "".join(f", {word}" for word in words)


def needs(
    family: PipelineFamily, options: Mapping[str, Any], parts: Mapping[str, int], device: torch.device
) -> Needs:
    """What a model takes. parts: bytes of one number in each part that is loaded."""
    quantised = given(options, quantisation.OPTION)
    sizes = {
        part: quantisation.part_bytes(quantised if part in family.denoisers else "", part, family.folder, itemsize)
        for part, itemsize in parts.items()
    }
    here, waiting = offload.working_bytes(family, options, sizes, max(parts.values(), default=4))
    return _needs(here, waiting, options, device)


def needs_of_text(
    family: PipelineFamily, options: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> Needs:
    """What the text encoders take."""
    return _needs(*offload.text_bytes(family, options, dtype.itemsize), {**options, "quantisation": "none"}, device)


def loading(
    family: PipelineFamily, options: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> dict[str, Any]:
    """Arguments for `from_pretrained`: parts that are loaded in a way of their own."""
    return quantisation.load(family, options, device, dtype)


def settle(
    pipe: Any, family: PipelineFamily, options: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> None:
    """Bring a loaded pipeline to its device, with what was asked for, in the order that diffusers wants."""
    adapters.settle(pipe, family, options)
    if given(options, quantisation.OPTION) == quantisation.CAST:
        for model in loaded(pipe, family).values():
            quantisation.cast(model, dtype)
    offload.arm(pipe, family, options, device)
    attention.settle(pipe, family, options)
    parallel.settle(pipe, family, options)
    if options.get(compiling.OPTION):
        compiling.settle(pipe, family)


@contextmanager
def stepping(pipe: Any, family: PipelineFamily, request: GenerateRequest) -> Iterator[None]:
    """Run the block with the step cache asked for, and leave the pipeline as it was."""
    try:
        with caches.stepping(pipe, family, request):
            yield
    finally:
        offload.rearm(pipe, request.options)


def _needs(here: int, waiting: int, options: Mapping[str, Any], device: torch.device) -> Needs:
    """Outside of CUDA there is one memory: what waits takes its room in it."""
    if device.type != "cuda":
        here, waiting = max(here, waiting), 0
    return Needs(here, waiting, _advice(options, device))


def _advice(options: Mapping[str, Any], device: torch.device) -> str:
    """What would make it fit, of what was not asked for already."""
    ways = []
    if device.type == "cuda" and given(options, offload.OPTION) in ("", "none"):
        ways.append("--offload group, which keeps the weights in main memory")
    if not given(options, quantisation.OPTION):
        ways.append(f"--quantisation {'nf4' if device.type == 'cuda' else 'int8wo'}, which makes them smaller")
    return f"give {', or '.join(ways)}; or" if ways else ""
