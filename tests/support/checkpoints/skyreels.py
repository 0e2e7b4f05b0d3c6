"""SkyReels-V2, with diffusion forcing and without, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, t5
from tests.support.checkpoints.wan import TRANSFORMER, vae


def scheduler() -> Any:
    """As released: without a shift."""
    from diffusers import UniPCMultistepScheduler

    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True)


def transformer(**more: Any) -> Any:
    from diffusers import SkyReelsV2Transformer3DModel

    torch.manual_seed(3)
    return lively(SkyReelsV2Transformer3DModel(**{**TRANSFORMER, **more}))


def forcing(folder: Path, kind: str = "SkyReelsV2DiffusionForcingPipeline", **more: Any) -> None:
    """Diffusion forcing; all three pipelines have the same parts."""
    import diffusers

    tokenizer, encoder = t5()
    getattr(diffusers, kind)(tokenizer, encoder, transformer(**more), vae(), scheduler()).save_pretrained(folder)


def forcing_small(folder: Path) -> None:
    """As the 1.3B, which is told its rate."""
    forcing(folder, "SkyReelsV2DiffusionForcingImageToVideoPipeline", inject_sample_info=True)


def forcing_video(folder: Path) -> None:
    forcing(folder, "SkyReelsV2DiffusionForcingVideoToVideoPipeline")


def t2v(folder: Path) -> None:
    """Without diffusion forcing."""
    from diffusers import SkyReelsV2Pipeline

    tokenizer, encoder = t5()
    SkyReelsV2Pipeline(tokenizer, encoder, transformer(), vae(), scheduler()).save_pretrained(folder)


def i2v(folder: Path) -> None:
    """Without diffusion forcing; it sees its picture through CLIP too."""
    from diffusers import SkyReelsV2ImageToVideoPipeline
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    tokenizer, encoder = t5()
    torch.manual_seed(5)
    eye = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=4, projection_dim=4, num_hidden_layers=2, num_attention_heads=2, image_size=32,
            intermediate_size=16, patch_size=1,
        )
    ).eval()
    processor = CLIPImageProcessor(crop_size=32, size=32)
    SkyReelsV2ImageToVideoPipeline(
        tokenizer, encoder, eye, processor, transformer(in_channels=36, image_dim=4, added_kv_proj_dim=24), vae(),
        scheduler(),
    ).save_pretrained(folder)


CASES = [
    Case("skyreels-v2-df", forcing, modes=(1, 2, 3), size=(16, 16)),
    Case("skyreels-v2-df-1.3b-i2v", forcing_small, modes=(1, 2, 3), size=(32, 16)),
    Case("skyreels-v2-df-v2v", forcing_video, modes=(1, 2, 3), size=(16, 16)),
    Case("skyreels-v2-t2v", t2v, modes=(1,), size=(16, 16)),
    Case("skyreels-v2-i2v", i2v, modes=(2, 3), size=(32, 16)),
]
