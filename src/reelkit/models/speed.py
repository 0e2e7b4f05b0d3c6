"""How a model is loaded and run: precision, quantisation, LoRA, offload, attention, compilation, step caches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reelkit.errors import RecordError

if TYPE_CHECKING:
    from reelkit.models.diffusion import PipelineFamily
    from reelkit.models.requests import GenerateRequest

OPTIONS = ("quantisation", "lora", "offload", "attention", "compile", "step_cache")


def refuse(family: PipelineFamily, request: GenerateRequest) -> None:
    """RecordError or UnavailableError, before any weight is read, for what does not go together, with the reason."""
    given = [name for name in OPTIONS if request.options.get(name)]
    if given:
        raise RecordError(f"--{given[0]} is not built yet")


def identity(options: dict[str, Any]) -> str:
    """What tells a pipeline loaded so from one loaded otherwise."""
    return ""


def loading(family: PipelineFamily, options: dict[str, Any], dtype: Any) -> dict[str, Any]:
    """Arguments for `from_pretrained`."""
    return {}


def settle(pipe: Any, family: PipelineFamily, options: dict[str, Any], device: Any) -> None:
    """Bring a loaded pipeline to its device, with what was asked for, in the order that diffusers wants."""
    pipe.to(device)


@contextmanager
def stepping(pipe: Any, family: PipelineFamily, request: GenerateRequest) -> Iterator[None]:
    """Run the block with the step cache asked for, and leave the pipeline as it was."""
    yield
