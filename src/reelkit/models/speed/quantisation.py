"""Weights in fewer bits, of the parts that run once a step: by bitsandbytes, torchao, a GGUF file, or float8 at rest.

Text encoders run once a prompt and autoencoders decide how a picture looks: neither is quantised.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import files
from reelkit.models.speed.denoisers import denoisers, given, kind

if TYPE_CHECKING:
    import torch

    from reelkit.models.diffusion import PipelineFamily

OPTION = "quantisation"
BITSANDBYTES = ("nf4", "int8")
TORCHAO = ("int8wo", "int8dq", "int4wo", "float8wo", "float8dq")
"""`wo` keeps activations as they are, `dq` quantises them as they come."""
CAST = "fp8-cast"
GGUF = "gguf"
NAMES = (*BITSANDBYTES, *TORCHAO, f"{GGUF}:PATH", CAST)
CUDA_ONLY = (*BITSANDBYTES, "int4wo", "float8dq")
BYTES = {"nf4": 0.57, "int4wo": 0.57}
"""A weight with its share of the scales; a byte in the other kinds."""
INT4_GROUP = 128
"""Weights that share a scale: torchao's own."""
FLOAT8_CAPABILITY = (8, 9)
"""CUDA's first that multiplies in float8."""


def refuse(family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """RecordError or UnavailableError for what cannot be quantised so, or not here."""
    name = given(options, OPTION)
    if not name:
        return
    if name not in NAMES and not name.startswith(f"{GGUF}:"):
        raise RecordError(f"it knows no quantisation {name!r}: give one of {', '.join(NAMES)}")
    parts = denoisers(family)
    own = next((part for part in parts if family.config(part).get("quantization_config")), None)
    if own is not None:
        raise RecordError(f"its {own} is quantised already: leave --quantisation out, or name a model that is not")
    if name.startswith(f"{GGUF}:"):
        _refuse_files(parts, name)
    if name in CUDA_ONLY:
        import torch

        if not torch.cuda.is_available():
            raise UnavailableError(_elsewhere(name))
    package = "bitsandbytes" if name in BITSANDBYTES else "torchao" if name in TORCHAO else GGUF
    if name != CAST and find_spec(package) is None:
        raise UnavailableError(f"--quantisation {name} needs {package}: pip install 'reelkit[quantisation]'")


def fits(options: Mapping[str, Any], device: torch.device) -> None:
    """UnavailableError for what this device cannot compute."""
    name = given(options, OPTION)
    if name in CUDA_ONLY and device.type != "cuda":
        raise UnavailableError(_elsewhere(name))
    if name == "float8dq":
        import torch

        if torch.cuda.get_device_capability(device) < FLOAT8_CAPABILITY:
            raise UnavailableError("--quantisation float8dq needs a GPU that multiplies in float8: give float8wo")


def sources(name: str, parts: Mapping[str, str]) -> dict[str, Path]:
    """The GGUF file of each part, empty for another quantisation."""
    found = files.named(OPTION, name)
    if found is None:
        return {}
    path = Path(found.path)
    return {part: path / f"{part}.gguf" if path.is_dir() else path for part in parts}


def part_bytes(name: str, part: str, folder: Path, itemsize: int) -> int:
    """Bytes of a part's weights once they are loaded: a guess, for the budget."""
    from reelkit.models.catalogue import weight_bytes

    source = sources(name, {part: ""}).get(part)
    if source is not None:
        return source.stat().st_size
    return weight_bytes(folder / part, BYTES.get(name, 1.0) if name else itemsize)


def load(
    family: PipelineFamily, options: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> dict[str, Any]:
    """The quantised parts, to be handed to the pipeline; none where it loads its own. Errors are diffusers'."""
    name = given(options, OPTION)
    if not name or name == CAST:
        return {}
    parts = denoisers(family)
    paths = sources(name, parts)
    made = {}
    for part, kind_name in parts.items():
        common = {"dtype": dtype, "quantization_config": _config(name, dtype), "local_files_only": True}
        if paths:
            source = str(paths[part])
            made[part] = kind(kind_name).from_single_file(source, config=str(family.folder), subfolder=part, **common)
        else:
            # Without a place bitsandbytes takes the first GPU, and torchao cannot pack four bits outside of one.
            place = {"device_map": {"": device}} if name in CUDA_ONLY else {}
            made[part] = kind(kind_name).from_pretrained(
                family.folder, subfolder=part, use_safetensors=True, **place, **common
            )
    return made


def cast(model: Any, dtype: torch.dtype) -> None:
    """Keep the weights in float8 and compute in `dtype`, layer by layer; norms and embeddings stay as they are."""
    import torch

    model.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)


def _refuse_files(parts: Mapping[str, str], name: str) -> None:
    path = Path(name.partition(":")[2])
    if path.is_file() and len(parts) > 1:
        raise RecordError(
            f"it has {len(parts)} experts and {path} is one file: give a folder with "
            f"{' and '.join(f'{part}.gguf' for part in parts)}"
        )
    for part, source in sources(name, parts).items():
        if not source.is_file():
            raise UnavailableError(f"--quantisation {name}: there is no file {source} for its {part}; mend the path")
        with source.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise UnavailableError(f"{source} is no GGUF file: give one, or another --quantisation")
    from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES

    unable = next((each for each in parts.values() if each not in SINGLE_FILE_LOADABLE_CLASSES), None)
    if unable is not None:
        raise RecordError(f"diffusers reads no GGUF file for a {unable}: give --quantisation int8wo or {CAST}")


def _elsewhere(name: str) -> str:
    return f"--quantisation {name} runs on CUDA only: give int8wo, {GGUF}:PATH or {CAST}, or another --device"


def _config(name: str, dtype: torch.dtype) -> Any:
    """A fresh one each time: diffusers extends the lists that it holds."""
    import diffusers

    if name == "nf4":
        return diffusers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
        )
    if name == "int8":
        return diffusers.BitsAndBytesConfig(load_in_8bit=True)
    if name.startswith(f"{GGUF}:"):
        return diffusers.GGUFQuantizationConfig(compute_dtype=dtype)
    import torchao.quantization as ao

    # By default they set torch's own precision of float32 products, which would change the other models' pictures.
    alone = {"set_inductor_config": False}
    kinds = {
        "int8wo": lambda: ao.Int8WeightOnlyConfig(**alone),
        "int8dq": lambda: ao.Int8DynamicActivationInt8WeightConfig(**alone),
        "int4wo": lambda: ao.Int4WeightOnlyConfig(
            group_size=INT4_GROUP, int4_packing_format="tile_packed_to_4d", **alone
        ),
        "float8wo": lambda: ao.Float8WeightOnlyConfig(**alone),
        "float8dq": lambda: ao.Float8DynamicActivationFloat8WeightConfig(granularity=ao.PerRow(), **alone),
    }
    return diffusers.TorchAoConfig(kinds[name]())
