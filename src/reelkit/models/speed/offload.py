"""Weights that wait in main memory: which kinds there are, arming one of them, and what stays on the device.

Sources: diffusers' model offload, sequential offload and group offload. Never two at once. Group offload to disk is not
offered: diffusers names its files by the place in a model alone, so that two parts would overwrite each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import catalogue
from reelkit.models.speed import quantisation
from reelkit.models.speed.denoisers import denoisers, given, loaded

if TYPE_CHECKING:
    import torch

    from reelkit.models.diffusion import PipelineFamily

OPTION = "offload"
Offload = Literal["none", "model", "group", "leaf", "sequential"]
KINDS = get_args(Offload)
GROUPED = ("group", "leaf")
BLOCK = re.compile(r"^(\w*(?:blocks|layers)\.\d+)\.")
"""Begins a weight's name that belongs to one of a model's repeated blocks."""
AHEAD = 2
"""Blocks on the device at a time: the one that computes and the next, on its way."""


def refuse(family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """RecordError for an unknown kind and for weights that cannot be moved so."""
    kind, quantised = given(options, OPTION), given(options, quantisation.OPTION)
    if kind and kind not in KINDS:
        raise RecordError(f"there is no offload {kind!r}: give one of {', '.join(KINDS)}")
    if kind == "sequential" and quantised:
        raise RecordError(
            "--offload sequential moves bare weights, and --quantisation packs them: give --offload group or model"
        )
    if kind in GROUPED and quantised == "int8":
        raise RecordError("the scales of --quantisation int8 do not move in groups: give --offload model, or int8wo")
    if kind not in ("", "none") and quantised == "int4wo":
        raise RecordError("weights packed by --quantisation int4wo do not leave the GPU: give nf4, or no --offload")


def fits(options: Mapping[str, Any], device: torch.device) -> None:
    """UnavailableError where there is nothing to offload from."""
    kind = given(options, OPTION)
    if kind in ("model", "sequential") and device.type == "cpu":
        raise UnavailableError(f"--offload {kind} moves weights to a GPU and this is the CPU: leave --offload out")


def arm(pipe: Any, family: PipelineFamily, options: Mapping[str, Any], device: torch.device) -> None:
    """Bring a loaded pipeline to the device, or its parts to where they wait."""
    kind = given(options, OPTION)
    if kind == "model":
        pipe.enable_model_cpu_offload(device=device)
    elif kind == "sequential":
        pipe.enable_sequential_cpu_offload(device=device)
    elif kind in GROUPED:
        models = loaded(pipe, family)
        for model in models.values():
            _group(model, device, blocks=kind == "group")
        others = [part for name, part in pipe.components.items() if name not in models]
        _rest(others, device, leaf=kind == "leaf")
    else:
        pipe.to(device)


def arm_text(pipe: Any, device: torch.device) -> None:
    """Let the layers of text encoders, which were loaded into main memory, come to the device one by one."""
    _rest(pipe.components.values(), device, leaf=True)


def layered(options: Mapping[str, Any]) -> bool:
    """Whether layers come to the device one by one, so that even a text encoder need not fit."""
    return given(options, OPTION) in (*GROUPED, "sequential")


def rearm(pipe: Any, options: Mapping[str, Any]) -> None:
    """After a request: another pipeline of the same parts may have run and left the last on the device."""
    if given(options, OPTION) == "model":
        pipe.maybe_free_model_hooks()


def working_bytes(
    family: PipelineFamily, options: Mapping[str, Any], sizes: Mapping[str, int], itemsize: int
) -> tuple[int, int]:
    """Bytes on the device while it runs, and bytes in main memory; of parts that take `sizes` bytes each."""
    kind, whole = given(options, OPTION), sum(sizes.values())
    if kind in ("", "none"):
        return whole, 0
    if kind == "model":
        return max(sizes.values(), default=0), whole
    parts = denoisers(family)
    blocks = sum(_block_bytes(family.folder / part, itemsize, largest=kind != "group") for part in parts)
    if kind == "group":
        return min(whole, blocks + sum(size for part, size in sizes.items() if part not in parts)), whole
    return min(whole, AHEAD * blocks), whole


def text_bytes(family: PipelineFamily, options: Mapping[str, Any], itemsize: int) -> tuple[int, int]:
    """Likewise for the text parts."""
    folders = [family.folder / part for part in family.text_parts]
    whole = sum(catalogue.weight_bytes(folder, itemsize) for folder in folders)
    if not layered(options):
        return whole, 0
    return min(whole, AHEAD * sum(_block_bytes(folder, itemsize, largest=True) for folder in folders)), whole


def _group(model: Any, device: torch.device, *, blocks: bool) -> None:
    """A stream of its own fetches the next while one computes, where the device has streams."""
    import torch

    streams = device.type == "cuda"
    form = {"offload_type": "block_level", "num_blocks_per_group": 1} if blocks else {"offload_type": "leaf_level"}
    model.enable_group_offload(
        onload_device=device, offload_device=torch.device("cpu"), use_stream=streams, **form
    )


def _rest(parts: Iterable[Any], device: torch.device, *, leaf: bool) -> None:
    """Parts that run once: on the device, or layer by layer without a stream, which tiled decoding cannot bear."""
    import torch
    from diffusers.hooks import apply_group_offloading

    for part in parts:
        if not isinstance(part, torch.nn.Module):
            continue
        if leaf and getattr(part, "_supports_group_offloading", True):
            apply_group_offloading(
                part, onload_device=device, offload_device=torch.device("cpu"), offload_type="leaf_level"
            )
        else:
            part.to(device)


def _block_bytes(folder: Path, itemsize: int, *, largest: bool) -> int:
    """Bytes of a model's blocks that are on the device together with what belongs to none, or its largest weight."""
    sizes: dict[str, int] = {}
    for path in folder.glob("*.safetensors"):
        sizes |= catalogue.tensor_bytes(path, itemsize)
    if largest:
        return max(sizes.values(), default=0)
    blocks: dict[str, int] = {}
    for name, size in sizes.items():
        block = BLOCK.match(name)
        key = block[1] if block else ""
        blocks[key] = blocks.get(key, 0) + size
    loose = blocks.pop("", 0)
    return loose + AHEAD * max(blocks.values(), default=0)
