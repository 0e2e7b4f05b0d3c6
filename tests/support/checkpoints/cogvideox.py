"""CogVideoX 2B, 5B and 1.5, text to video and image to video, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, t5

TRANSFORMER: dict[str, Any] = {
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "in_channels": 4,
    "out_channels": 4,
    "time_embed_dim": 2,
    "text_embed_dim": 32,
    "num_layers": 2,
    "sample_width": 2,
    "sample_height": 2,
    "sample_frames": 9,
    "max_text_seq_length": 64,
}
ROTARY = {"use_rotary_positional_embeddings": True}
NEWER = {**ROTARY, "patch_size_t": 2, "patch_bias": False, "sample_width": 300, "sample_height": 300, "sample_frames": 17}
"""1.5: patches over two latents, and a grid that ends at 2400 pixels."""


def vae(**more: Any) -> Any:
    from diffusers import AutoencoderKLCogVideoX

    torch.manual_seed(2)
    return lively(
        AutoencoderKLCogVideoX(
            block_out_channels=(8, 8, 8, 8), latent_channels=4, layers_per_block=1, norm_num_groups=2,
            down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4, **more,
        ),
        1.5,
    )


def scheduler(kind: str) -> Any:
    import diffusers

    return getattr(diffusers, kind)(
        prediction_type="v_prediction", rescale_betas_zero_snr=True, snr_shift_scale=1.0, timestep_spacing="trailing",
        clip_sample=False,
    )


def transformer(**more: Any) -> Any:
    from diffusers import CogVideoXTransformer3DModel

    torch.manual_seed(3)
    return lively(CogVideoXTransformer3DModel(**{**TRANSFORMER, **more}))


def t2v(folder: Path, kind: str = "CogVideoXDPMScheduler", scaling: float = 0.7, **more: Any) -> None:
    """Text to video: 5B as it stands, 2B and 1.5 by their own settings."""
    from diffusers import CogVideoXPipeline

    tokenizer, encoder = t5()
    CogVideoXPipeline(
        tokenizer, encoder, vae(scaling_factor=scaling), transformer(**more), scheduler(kind)
    ).save_pretrained(folder)


def i2v(folder: Path, **more: Any) -> None:
    """Image to video."""
    from diffusers import CogVideoXImageToVideoPipeline

    tokenizer, encoder = t5()
    newer = "patch_size_t" in more
    CogVideoXImageToVideoPipeline(
        tokenizer, encoder, vae(scaling_factor=0.7, invert_scale_latents=newer), transformer(in_channels=8, **more),
        scheduler("CogVideoXDPMScheduler"),
    ).save_pretrained(folder)


def two_b(folder: Path) -> None:
    """2B, with DDIM and computed positions."""
    t2v(folder, "CogVideoXDDIMScheduler", 1.15258426)


def five_b(folder: Path) -> None:
    """5B."""
    t2v(folder, **ROTARY)


def one_five(folder: Path) -> None:
    """1.5-5B."""
    t2v(folder, **NEWER)


def five_b_i2v(folder: Path) -> None:
    """5B-I2V, whose positions were learned."""
    i2v(folder, **ROTARY, use_learned_positional_embeddings=True)


def one_five_i2v(folder: Path) -> None:
    """1.5-5B-I2V."""
    i2v(folder, **{**NEWER, "time_embed_dim": 4, "ofs_embed_dim": 4})


CASES = [
    Case("cogvideox-2b", two_b, modes=(1,), size=(16, 16)),
    Case("cogvideox-5b", five_b, modes=(1,), size=(32, 16)),
    Case("cogvideox-1.5", one_five, modes=(1,), size=(16, 32), opening=17),
    Case("cogvideox-5b-i2v", five_b_i2v, modes=(2, 3), size=(16, 16)),
    Case("cogvideox-1.5-i2v", one_five_i2v, modes=(2, 3), size=(32, 16)),
]
