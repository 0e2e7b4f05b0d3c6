"""FLUX.1 Kontext, a few thousand weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import clip_pooled, lively, t5

WIDTH = 32


def vae() -> Any:
    """With four levels, so that sizes are multiples of 16 as in life; it sees a megapixel for each reference."""
    from diffusers import AutoencoderKL

    torch.manual_seed(2)
    made = AutoencoderKL(
        block_out_channels=(4, 4, 4, 4), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, latent_channels=1, norm_num_groups=1,
        use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5035,
        mid_block_add_attention=False,
    )
    return lively(made).eval()


def dev(folder: Path) -> None:
    """FLUX.1 Kontext [dev]."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxKontextPipeline, FluxTransformer2DModel

    tokenizer, encoder = clip_pooled(WIDTH)
    tokenizer_2, encoder_2 = t5(WIDTH)
    torch.manual_seed(3)
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH, axes_dims_rope=(4, 4, 8), guidance_embeds=True,
    )
    FluxKontextPipeline(
        FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True), vae(), encoder, tokenizer, encoder_2,
        tokenizer_2, lively(transformer),
    ).save_pretrained(folder)


CASES = [Case("flux-kontext", dev, modes=(1, 3), size=(64, 32), still=True)]
