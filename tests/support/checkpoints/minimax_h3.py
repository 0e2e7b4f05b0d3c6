"""MiniMax-H3: both transformers, both autoencoders and a conditioner of 51 layers, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, qwen3_vl

HUB = "MiniMaxAI/MiniMax-H3"
"""Where the real index says that every part lies."""
LATENTS, SOUND_LATENTS = 4, 4
RATE = 3200
"""Hz."""
CANVAS = {"canvas_short_edge": 32, "canvas_max_pixels": 32 * 128, "reference_image_short_edge": 32}
"""The pipeline's own settings, which stand in the folder's index."""


def vae() -> Any:
    """Not enlarged: of rougher pictures H.264 would take more than colours differ by."""
    from diffusers import AutoencoderKLMiniMaxH3

    torch.manual_seed(2)
    return AutoencoderKLMiniMaxH3(
        latent_channels=LATENTS, block_out_channels=(8, 8, 8, 8), layers_per_block=1,
        spatial_downsample_factors=(2, 2, 2, 2), temporal_downsample_factors=(1, 2, 2, 1), norm_num_groups=2,
        decoder_num_layers=1, decoder_num_attention_heads=2, decoder_attention_head_dim=8,
        decoder_num_register_tokens=2, decoder_ffn_mult=2, latents_mean=(0.0,) * LATENTS, latents_std=(1.0,) * LATENTS,
    )


def audio_vae() -> Any:
    """Forty latents a second, as the real one, of a tenth of its samples."""
    from diffusers import AutoencoderKLMiniMaxH3Audio

    torch.manual_seed(4)
    return AutoencoderKLMiniMaxH3Audio(
        encoder_dim=2, encoder_rates=(8, 10), latent_dim=8, latent_channels=SOUND_LATENTS, num_attention_heads=2,
        decoder_dim=4, decoder_rates=(8, 10), decoder_kernel_sizes=(8, 10), resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1,),), sampling_rate=RATE, latents_mean=[0.0] * SOUND_LATENTS,
        latents_std=[1.0] * SOUND_LATENTS,
    )


def transformer(seed: int) -> Any:
    from diffusers import MiniMaxH3Transformer3DModel

    torch.manual_seed(seed)
    return lively(
        MiniMaxH3Transformer3DModel(
            num_attention_heads=2, attention_head_dim=16, hidden_size=24, num_layers=2, num_refiner_layers=1,
            ffn_dim=32, in_channels=LATENTS, audio_in_channels=SOUND_LATENTS, patch_size=(1, 2, 2), text_dim=16,
            freq_dim=8, time_embed_hidden_dim=24, time_embed_dim=16, rope_freq_dim=2,
        )
    )


def h3(folder: Path) -> None:
    """Both partitions of one repository, as the hub keeps them: an index that names the hub for every part."""
    from diffusers import MiniMaxH3Scheduler

    tokenizer, encoder, processor = qwen3_vl(layers=51)
    parts = {
        "text_encoder": encoder, "tokenizer": tokenizer, "processor": processor, "vae": vae(), "audio_vae": audio_vae(),
        "scheduler": MiniMaxH3Scheduler(shift=12.0), "audio_scheduler": MiniMaxH3Scheduler(shift=3.0),
        "transformer": transformer(3), "transformer_ref": transformer(5),
    }
    index: dict[str, Any] = {
        "_class_name": "MiniMaxH3ModularPipeline", "_blocks_class_name": "MiniMaxH3Blocks", **CANVAS
    }
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        kind = ["diffusers" if "diffusers" in type(part).__module__ else "transformers", type(part).__name__]
        where = {"pretrained_model_name_or_path": HUB, "subfolder": name, "variant": None, "revision": None}
        index[name] = [*kind, {"type_hint": kind, **where}]
    (folder / "modular_model_index.json").write_bytes(msgspec.json.encode(index))


CASES = [
    Case(
        "minimax-h3", h3, modes=(1, 2, 3, 4), size=(32, 32), opening=124, later=123, steps=1, guidance=None,
        wrong_frames=125,
    ),
]
