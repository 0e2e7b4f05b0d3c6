"""The one way to weights: a request in, files out. Importing this package reads no weights and imports no torch."""

from __future__ import annotations

from reelkit.models.requests import FrameRule, GenerateReply, GenerateRequest, ModelCard, Models

__all__ = ["FrameRule", "GenerateReply", "GenerateRequest", "ModelCard", "Models", "open_models"]


def open_models(device: str = "auto", dtype: str = "auto") -> Models:
    """The loader, in process. Weights and torch load at the first request that needs them.

    device: `auto` (CUDA, else MPS, else CPU) or a torch device. dtype: `auto`, `float32`, `bfloat16` or `float16`.
    """
    from reelkit.models.local import LocalModels

    return LocalModels(device, dtype)
