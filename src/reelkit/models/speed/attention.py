"""How attention is computed: torch's own kernels, flash attention, sage attention, xformers.

Source: diffusers' attention_dispatch. Kernels that it would fetch from a hub are not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from reelkit.errors import RecordError, UnavailableError
from reelkit.models.speed.denoisers import denoisers, given, loaded

if TYPE_CHECKING:
    import torch

    from reelkit.models.diffusion import PipelineFamily

OPTION = "attention"
NATIVE = "native"
PACKAGES = {
    NATIVE: "",
    "_native_math": "",
    "_native_cudnn": "",
    "_native_efficient": "",
    "_native_flash": "",
    "flash": "flash_attn",
    "flash_varlen": "flash_attn",
    "_flash_3": "flash_attn_interface",
    "_flash_varlen_3": "flash_attn_interface",
    "sage": "sageattention",
    "sage_varlen": "sageattention",
    "xformers": "xformers",
}
"""diffusers' names, and the package that each one needs."""
ANYWHERE = (NATIVE, "_native_math")
LOSSY = ("sage", "sage_varlen")
"""They quantise what they multiply: the picture is another, so they count in its key."""
MASKLESS = ("_native_flash", "flash", "_flash_3", "sage")
HALF = ("_native_cudnn", "_native_flash", "flash", "flash_varlen", "_flash_3", "_flash_varlen_3", "sage", "sage_varlen")
"""Kernels that take no float32."""
MASKED = (
    "HunyuanVideoFramepackTransformer3DModel",
    "HunyuanVideoTransformer3DModel",
    "HunyuanVideo15Transformer3DModel",
    "LTXVideoTransformer3DModel",
    "LTX2VideoTransformer3DModel",
    "ZImageTransformer2DModel",
)
"""They mask the padding of their prompts."""
CHOOSING = (
    *MASKED,
    "ChronoEditTransformer3DModel",
    "FluxTransformer2DModel",
    "Flux2Transformer2DModel",
    "HeliosTransformer3DModel",
    "QwenImageTransformer2DModel",
    "SkyReelsV2Transformer3DModel",
    "WanTransformer3DModel",
    "WanAnimateTransformer3DModel",
    "WanVACETransformer3DModel",
)
"""Those whose attention asks which kernel to use; the others would pass a choice over in silence."""


def refuse(family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """RecordError or UnavailableError for a kernel that this model or this installation does not have."""
    name = given(options, OPTION)
    if not name:
        return
    if name not in PACKAGES:
        raise RecordError(f"there is no attention {name!r}: give one of {', '.join(PACKAGES)}")
    for each in denoisers(family).values():
        if each not in CHOOSING:
            raise RecordError(f"a {each} always computes attention in its own way: leave --attention out")
        if name in MASKLESS and each in MASKED:
            raise RecordError(
                f"--attention {name} takes no mask, and a {each} masks the padding of its prompts: "
                f"give {'flash_varlen' if 'flash' in name else 'sage_varlen'} or {NATIVE}"
            )
    package = PACKAGES[name]
    if package and find_spec(package) is None:
        raise UnavailableError(f"--attention {name} needs {package}: install it for your GPU, or give {NATIVE}")


def fits(options: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> None:
    """UnavailableError for what this device, or this precision, has no kernel for."""
    import torch

    name = given(options, OPTION)
    if name and name not in ANYWHERE and device.type != "cuda":
        raise UnavailableError(f"--attention {name} runs on CUDA only: give {NATIVE}, or another --device")
    if name in HALF and dtype == torch.float32:
        raise RecordError(f"--attention {name} computes in half precision: give --dtype bfloat16, or {NATIVE}")


def settle(pipe: Any, family: PipelineFamily, options: Mapping[str, Any]) -> None:
    """Set the kernel on this pipeline alone: diffusers would also make it the default of every other model."""
    from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

    before, _ = _AttentionBackendRegistry.get_active_backend()
    # A default set by the environment would change pictures behind their keys.
    name = given(options, OPTION) or (NATIVE if before != AttentionBackendName.NATIVE else "")
    if not name:
        return
    try:
        for model in loaded(pipe, family).values():
            model.set_attention_backend(name)
    except RuntimeError as error:  # a version of the package that is too old
        raise UnavailableError(f"--attention {name}: {error}") from error
    finally:
        _AttentionBackendRegistry.set_active_backend(before)
