"""Remarks that libraries print when they are imported or used as intended: known by logger and text, and kept back.

Only these: any other warning of the same libraries is shown.
"""

from __future__ import annotations

import logging
import re

REMARKS = {
    # torchao registers enums with torch in a way that torch calls outdated.
    "torch.utils._pytree": r"<enum '\w+'> is an Enum subclass and is now natively supported",
    # It looks for kernels that the hub has, and does without.
    "bitsandbytes.backends.cpu.ops": r"Failed to load CPU gemm_4bit_forward from kernels-community",
    # Of checkpoints that torchao's earlier versions wrote by pickling; pickled weights are not read here.
    "diffusers.quantizers.torchao.torchao_quantizer": r"Unable to import `torchao` Tensor objects",
    # A part of another class than the pipeline's authors used: that is for the folder's index to say.
    "diffusers.pipelines.pipeline_utils": r"Expected types for \w+: ",
    # The loader looks itself whether a LoRA fits any part, and raises where it fits none.
    "diffusers.loaders.peft": r"No LoRA keys associated to \w+",
    "diffusers.loaders.lora_base": r"No LoRA keys associated to \w+",
    # What was asked for by name needs no warning that it is new.
    "diffusers.models.modeling_utils": r"(Attention backends are an|`enable_parallelism` is an) experimental feature",
    # A guider says so each time that one is made, which is once a request.
    "diffusers.guiders.guider_utils": r"Guiders are currently an experimental feature",
    # LTX's pipeline gives no sigmas, and its scheduler shifts nothing.
    "diffusers.schedulers.scheduling_flow_match_euler_discrete": r"`timesteps` were passed without `sigmas`",
    # Compilation on a machine with CUDA's tools and no GPU.
    "torch.utils.cpp_extension": r"No CUDA runtime is found",
}


class _Known(logging.Filter):
    def __init__(self, pattern: str) -> None:
        super().__init__()
        self.pattern = re.compile(pattern)

    def filter(self, record: logging.LogRecord) -> bool:
        return self.pattern.search(record.getMessage()) is None


def hush() -> None:
    """Keep these back from now on; once is enough, and again does no harm."""
    for name, pattern in REMARKS.items():
        logger = logging.getLogger(name)
        if not any(isinstance(each, _Known) for each in logger.filters):
            logger.addFilter(_Known(pattern))
