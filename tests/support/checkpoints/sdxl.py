"""Stable Diffusion XL, its Turbo and consistency kinds, and IP-Adapters of both forms, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import clip_two, lively

WIDTH = 32
PATCHES = {"hidden_size": 16, "projection_dim": 24, "image_size": 32, "patch_size": 8}
"""Of the image encoder."""
NOISE: dict[str, Any] = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
    "timestep_spacing": "leading",
}


def unet(**more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    torch.manual_seed(3)
    return lively(
        UNet2DConditionModel(
            block_out_channels=(4, 8), layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4), use_linear_projection=True,
            addition_embed_type="text_time", addition_time_embed_dim=8, transformer_layers_per_block=(1, 2),
            projection_class_embeddings_input_dim=6 * 8 + WIDTH, cross_attention_dim=2 * WIDTH, norm_num_groups=1,
            **more,
        )
    )


def vae() -> Any:
    """By a factor of 8, and held by its settings to decode in float32, as the real one."""
    from diffusers import AutoencoderKL

    torch.manual_seed(2)
    made = AutoencoderKL(
        block_out_channels=(4, 4, 4, 4), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=1, latent_channels=4, norm_num_groups=1,
        scaling_factor=0.13025, force_upcast=True,
    )
    return lively(made).eval()


def base(folder: Path, scheduler: Any = None, **more: Any) -> None:
    """SDXL 1.0."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    tokenizer, encoder, tokenizer_2, encoder_2 = clip_two(WIDTH)
    StableDiffusionXLPipeline(
        vae(), encoder, encoder_2, tokenizer, tokenizer_2, unet(**more),
        scheduler or EulerDiscreteScheduler(**NOISE), add_watermarker=False,
    ).save_pretrained(folder)


def turbo(folder: Path) -> None:
    """SDXL-Turbo, which only its scheduler tells apart."""
    from diffusers import EulerAncestralDiscreteScheduler

    base(folder, EulerAncestralDiscreteScheduler(**{**NOISE, "timestep_spacing": "trailing"}))


def consistency(folder: Path) -> None:
    """LCM-SDXL."""
    from diffusers import LCMScheduler

    base(folder, LCMScheduler(**NOISE), time_cond_proj_dim=16)


def eye(folder: Path, **more: int) -> None:
    """The image encoder of an adapter."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(5)
    sizes = {**PATCHES, **more}
    config = CLIPVisionConfig(intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, **sizes)
    lively(CLIPVisionModelWithProjection(config), 4.0).eval().save_pretrained(folder)


def adapter(file: Path, plus: bool = False) -> None:
    """Its weights as the authors save them: those that make tokens, and keys and values for each attention."""
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(8)

    def matrix(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator) * 0.5

    model, weights = unet(), {}
    crossing = [name for name in model.attn_processors if "attn2" in name]
    for index, name in enumerate(crossing):
        query = model.get_submodule(name.removesuffix(".processor")).to_q
        for letter in "kv":
            weights[f"ip_adapter.{2 * index + 1}.to_{letter}_ip.weight"] = matrix(query.out_features, 2 * WIDTH)
    made = resampler(matrix) if plus else whole(matrix)
    weights |= {f"image_proj.{name}": weight for name, weight in made.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, file)


def whole(matrix: Any) -> dict[str, torch.Tensor]:
    """Four tokens of the encoder's one vector."""
    tokens = 4 * 2 * WIDTH
    return {
        "proj.weight": matrix(tokens, PATCHES["projection_dim"]), "proj.bias": matrix(tokens),
        "norm.weight": torch.ones(2 * WIDTH), "norm.bias": torch.zeros(2 * WIDTH),
    }


def resampler(matrix: Any) -> dict[str, torch.Tensor]:
    """Two tokens of the encoder's patches, by attention in heads of 64."""
    inner, outer = 64, 2 * WIDTH
    made = {
        "latents": matrix(1, 2, inner), "proj_in.weight": matrix(inner, PATCHES["hidden_size"]),
        "proj_in.bias": matrix(inner), "proj_out.weight": matrix(outer, inner), "proj_out.bias": matrix(outer),
        "norm_out.weight": torch.ones(outer), "norm_out.bias": torch.zeros(outer),
    }
    for layer in range(4):
        for name in ("0.norm1", "0.norm2", "1.0"):
            made |= {f"layers.{layer}.{name}.weight": torch.ones(inner), f"layers.{layer}.{name}.bias": torch.zeros(inner)}
        made |= {
            f"layers.{layer}.0.to_q.weight": matrix(inner, inner),
            f"layers.{layer}.0.to_kv.weight": matrix(2 * inner, inner),
            f"layers.{layer}.0.to_out.weight": matrix(inner, inner),
            f"layers.{layer}.1.1.weight": matrix(4 * inner, inner),
            f"layers.{layer}.1.3.weight": matrix(inner, 4 * inner),
        }
    return made


def adapted(folder: Path) -> None:
    """SDXL with an adapter and its encoder beside the parts."""
    base(folder)
    adapter(folder / "ip-adapter_sdxl.safetensors")
    eye(folder / "image_encoder")


def adapted_plus(folder: Path) -> None:
    """SDXL with an adapter of the Plus form, laid out as its authors publish it."""
    base(folder)
    adapter(folder / "sdxl_models" / "ip-adapter-plus_sdxl_vit-h.safetensors", plus=True)
    eye(folder / "sdxl_models" / "image_encoder")


CASES = [
    Case("sdxl", base, modes=(1,), size=(64, 32), still=True, wrong_frames=2),
    Case("sdxl-turbo", turbo, modes=(1,), size=(32, 32), still=True, wrong_frames=2, guidance=None),
    Case("sdxl-lcm", consistency, modes=(1,), size=(32, 32), still=True, wrong_frames=2, guidance=None),
    Case("sdxl-ip-adapter", adapted, modes=(1, 3), size=(64, 32), still=True, wrong_frames=2),
    Case("sdxl-ip-adapter-plus", adapted_plus, modes=(1, 3), size=(32, 32), still=True, wrong_frames=2),
]
