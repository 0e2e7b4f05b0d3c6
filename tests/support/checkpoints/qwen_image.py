"""Qwen-Image, Qwen-Image-Edit and Edit-Plus (2509, 2511), a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, qwen25_vl


def vae() -> Any:
    """By a factor of 8, as the real one is: references come to it as a megapixel."""
    from diffusers import AutoencoderKLQwenImage

    torch.manual_seed(2)
    return lively(
        AutoencoderKLQwenImage(
            base_dim=4, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
        )
    )


def transformer(**more: Any) -> Any:
    from diffusers import QwenImageTransformer2DModel

    torch.manual_seed(3)
    return lively(
        QwenImageTransformer2DModel(
            patch_size=2, in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=16, axes_dims_rope=(8, 4, 4), **more,
        )
    )


def sampler() -> Any:
    """With the shift of times by length that the real repositories have."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, shift=1.0)


def words(folder: Path) -> None:
    """Qwen-Image."""
    from diffusers import QwenImagePipeline

    tokenizer, encoder, _ = qwen25_vl()
    QwenImagePipeline(sampler(), vae(), encoder, tokenizer, transformer()).save_pretrained(folder)


def edit(folder: Path) -> None:
    """Qwen-Image-Edit."""
    from diffusers import QwenImageEditPipeline

    tokenizer, encoder, processor = qwen25_vl()
    QwenImageEditPipeline(sampler(), vae(), encoder, tokenizer, processor, transformer()).save_pretrained(folder)


def plus(folder: Path, **more: Any) -> None:
    """Qwen-Image-Edit-2509."""
    from diffusers import QwenImageEditPlusPipeline

    tokenizer, encoder, processor = qwen25_vl()
    QwenImageEditPlusPipeline(
        sampler(), vae(), encoder, tokenizer, processor, transformer(**more)
    ).save_pretrained(folder)


def plus_2511(folder: Path) -> None:
    """Qwen-Image-Edit-2511, whose references stand at time zero."""
    plus(folder, zero_cond_t=True)


def small(area: int, ratio: float) -> tuple[int, int, None]:
    """In place of a megapixel of any aspect."""
    return (96, 64, None) if ratio > 1 else (64, 64, None)


SOURCE = "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit"
ONE = {f"{SOURCE}.calculate_dimensions": small}
SEVERAL = {f"{SOURCE}_plus.VAE_IMAGE_SIZE": 64 * 64, f"{SOURCE}_plus.CONDITION_IMAGE_SIZE": 64 * 64}
"""The pipelines bring each reference to a megapixel, whatever is drawn: seconds on a CPU, for the smallest model too."""

CASES = [
    Case("qwen-image", words, modes=(1,), size=(32, 32), still=True, wrong_frames=2),
    Case("qwen-image-edit", edit, modes=(1, 3), size=(32, 32), still=True, wrong_frames=2, constants=ONE),
    Case("qwen-image-edit-2509", plus, modes=(1, 3), size=(32, 32), still=True, wrong_frames=2, constants=SEVERAL),
    Case("qwen-image-edit-2511", plus_2511, modes=(1, 3), size=(32, 32), still=True, wrong_frames=2, constants=SEVERAL),
]
