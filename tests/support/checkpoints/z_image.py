"""Z-Image and Z-Image-Turbo, a few thousand weights; only their schedulers differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, qwen3

WIDTH = 16


def vae() -> Any:
    """With four levels, so that sizes are multiples of 16 as in life."""
    from diffusers import AutoencoderKL

    torch.manual_seed(2)
    made = AutoencoderKL(
        block_out_channels=(4, 4, 4, 4), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, latent_channels=16, norm_num_groups=1,
        use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1159, scaling_factor=0.3611,
        mid_block_add_attention=False,
    )
    return lively(made).eval()


def base(folder: Path) -> None:
    """Z-Image."""
    _save(folder, shift=6.0)


def turbo(folder: Path) -> None:
    """Z-Image-Turbo."""
    _save(folder, shift=3.0)


def _save(folder: Path, shift: float) -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel

    tokenizer, encoder = qwen3(width=WIDTH)
    torch.manual_seed(3)
    transformer = ZImageTransformer2DModel(
        all_patch_size=(2,), all_f_patch_size=(1,), in_channels=16, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2,
        n_kv_heads=2, cap_feat_dim=WIDTH, rope_theta=256.0, t_scale=1000.0, axes_dims=[8, 4, 4],
        axes_lens=[1024, 32, 32],
    )
    ZImagePipeline(
        FlowMatchEulerDiscreteScheduler(shift=shift), vae(), encoder, tokenizer, lively(transformer)
    ).save_pretrained(folder)


CASES = [
    Case("z-image", base, modes=(1,), size=(32, 32), still=True),
    Case("z-image-turbo", turbo, modes=(1,), size=(32, 32), guidance=None, still=True),
]
