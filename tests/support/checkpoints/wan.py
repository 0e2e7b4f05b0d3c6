"""Wan 2.1, 2.2 A14B, TI2V-5B and VACE, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, t5

TRANSFORMER: dict[str, Any] = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 32,
    "freq_dim": 256,
    "ffn_dim": 32,
    "num_layers": 2,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 32,
}


def vae(**more: Any) -> Any:
    from diffusers import AutoencoderKLWan

    sizes = {"base_dim": 3, "z_dim": 16, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1}
    torch.manual_seed(2)
    return lively(AutoencoderKLWan(**{**sizes, "temperal_downsample": [False, True, True], **more}))


def unipc(shift: float = 3.0) -> Any:
    from diffusers import UniPCMultistepScheduler

    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift)


def transformer(seed: int = 3, **more: Any) -> Any:
    from diffusers import WanTransformer3DModel

    torch.manual_seed(seed)
    return lively(WanTransformer3DModel(**{**TRANSFORMER, **more}))


def wan21(folder: Path) -> None:
    """Wan 2.1 T2V."""
    from diffusers import WanPipeline

    tokenizer, encoder = t5()
    WanPipeline(tokenizer, encoder, vae(), unipc(), transformer()).save_pretrained(folder)


def wan22(folder: Path) -> None:
    """Wan 2.2 T2V-A14B."""
    from diffusers import WanPipeline

    tokenizer, encoder = t5()
    WanPipeline(
        tokenizer, encoder, vae(), unipc(), transformer(), transformer(4), boundary_ratio=0.875
    ).save_pretrained(folder)


def ti2v(folder: Path) -> None:
    """Wan 2.2 TI2V-5B."""
    from diffusers import WanPipeline

    tokenizer, encoder = t5()
    wide = vae(
        z_dim=48, in_channels=12, out_channels=12, is_residual=True, patch_size=2, latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48, scale_factor_spatial=16, scale_factor_temporal=4,
    )
    WanPipeline(
        tokenizer, encoder, wide, unipc(5.0), transformer(in_channels=48, out_channels=48), expand_timesteps=True
    ).save_pretrained(folder)


def i2v21(folder: Path) -> None:
    """Wan 2.1 I2V, which sees its picture through CLIP too."""
    from diffusers import WanImageToVideoPipeline
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

    tokenizer, encoder = t5()
    torch.manual_seed(5)
    eye = CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=4, projection_dim=4, num_hidden_layers=2, num_attention_heads=2, image_size=32,
            intermediate_size=16, patch_size=1,
        )
    ).eval()
    processor = CLIPImageProcessor(crop_size=32, size=32)
    WanImageToVideoPipeline(
        tokenizer, encoder, vae(), unipc(), processor, eye, transformer(in_channels=36, image_dim=4)
    ).save_pretrained(folder)


def i2v22(folder: Path) -> None:
    """Wan 2.2 I2V-A14B."""
    from diffusers import WanImageToVideoPipeline

    tokenizer, encoder = t5()
    WanImageToVideoPipeline(
        tokenizer, encoder, vae(), unipc(), transformer=transformer(in_channels=36),
        transformer_2=transformer(4, in_channels=36), boundary_ratio=0.9,
    ).save_pretrained(folder)


def vace(folder: Path) -> None:
    """Wan VACE."""
    from diffusers import WanVACEPipeline, WanVACETransformer3DModel

    tokenizer, encoder = t5()
    torch.manual_seed(3)
    controlled = WanVACETransformer3DModel(**{**TRANSFORMER, "num_layers": 3}, vace_layers=[0, 2], vace_in_channels=96)
    for name, weight in controlled.named_parameters():  # a control that begins at zero would control nothing
        if "proj_out" in name or "proj_in" in name:
            torch.nn.init.normal_(weight, std=0.2)
    WanVACEPipeline(tokenizer, encoder, vae(), unipc(), lively(controlled)).save_pretrained(folder)


CASES = [
    Case("wan-2.1-t2v", wan21, modes=(1,), size=(16, 16)),
    Case("wan-2.2-t2v-a14b", wan22, modes=(1,), size=(16, 16)),
    Case("wan-2.2-ti2v-5b", ti2v, modes=(1, 2, 3), size=(32, 32)),
    Case("wan-2.1-i2v", i2v21, modes=(2, 3), size=(32, 16)),
    Case("wan-2.2-i2v-a14b", i2v22, modes=(2, 3), size=(16, 16)),
    Case("wan-vace", vace, modes=(1, 2, 3, 4), size=(16, 16)),
]
