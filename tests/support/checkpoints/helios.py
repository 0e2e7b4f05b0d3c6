"""Helios Base, Mid and Distilled, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, t5
from tests.support.checkpoints.wan import vae


def transformer() -> Any:
    from diffusers import HeliosTransformer3DModel

    torch.manual_seed(3)
    return lively(
        HeliosTransformer3DModel(
            patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
            text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, rope_dim=(4, 4, 4),
        )
    )


def coarse() -> Any:
    """An autoencoder that makes a quarter of the pixels, because a pyramid needs large latents."""
    return vae(temperal_downsample=[True, True], dim_mult=[1, 1, 1], scale_factor_spatial=4)


def base(folder: Path) -> None:
    """Helios-Base: one size."""
    from diffusers import HeliosPipeline, HeliosScheduler

    tokenizer, encoder = t5()
    steps = HeliosScheduler(stage_range=[0, 1], stages=1, use_dynamic_shifting=True)
    HeliosPipeline(tokenizer, encoder, vae(), steps, transformer()).save_pretrained(folder)


def mid(folder: Path, coder: Any = None) -> None:
    """Helios-Mid: three sizes, guidance."""
    from diffusers import HeliosPyramidPipeline, HeliosScheduler

    tokenizer, encoder = t5()
    HeliosPyramidPipeline(
        tokenizer, encoder, coder or coarse(), HeliosScheduler(), transformer(), is_cfg_zero_star=True
    ).save_pretrained(folder)


def distilled(folder: Path) -> None:
    """Helios-Distilled: three sizes, few steps, no guidance."""
    from diffusers import HeliosDMDScheduler, HeliosPyramidPipeline

    tokenizer, encoder = t5()
    HeliosPyramidPipeline(
        tokenizer, encoder, coarse(), HeliosDMDScheduler(), transformer(), is_distilled=True
    ).save_pretrained(folder)


PYRAMID: dict[str, Any] = {"modes": (1, 2, 3, 4), "size": (64, 32), "opening": 33, "later": 33, "steps": 3}
CASES = [
    Case("helios-base", base, modes=(1, 2, 3, 4), size=(16, 16), opening=33, later=33),
    Case("helios-mid", mid, **PYRAMID, wrong_size=(48, 48)),
    Case("helios-distilled", distilled, **PYRAMID, guidance=None),
]
