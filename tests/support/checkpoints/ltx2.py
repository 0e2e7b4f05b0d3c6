"""LTX-2, 2.3 and 2.5, full and distilled, a few thousand weights each, with sound at the real rates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import gemma3, gemma4, lively

WIDTH = 16
"""Of the text encoder."""
LAYERS = 2


def transformer(**more: Any) -> Any:
    from diffusers import LTX2VideoTransformer3DModel

    torch.manual_seed(3)
    sizes = {
        "in_channels": 4, "out_channels": 4, "num_attention_heads": 2, "attention_head_dim": 8,
        "cross_attention_dim": 16, "audio_in_channels": 4, "audio_out_channels": 4, "audio_num_attention_heads": 2,
        "audio_attention_head_dim": 4, "audio_cross_attention_dim": 8, "num_layers": 1, "caption_channels": WIDTH,
        "rope_double_precision": False, "rope_type": "split",
    }
    return lively(LTX2VideoTransformer3DModel(**{**sizes, **more}), 3.0)


def connectors(**more: Any) -> Any:
    from diffusers.pipelines.ltx2 import LTX2TextConnectors

    torch.manual_seed(4)
    sizes = {
        "caption_channels": WIDTH, "text_proj_in_factor": LAYERS + 1, "video_connector_num_attention_heads": 2,
        "video_connector_attention_head_dim": 8, "video_connector_num_layers": 1,
        "video_connector_num_learnable_registers": 128, "audio_connector_num_attention_heads": 2,
        "audio_connector_attention_head_dim": 8, "audio_connector_num_layers": 1,
        "audio_connector_num_learnable_registers": 128, "connector_rope_base_seq_len": 32,
        "rope_double_precision": False, "rope_type": "split",
    }
    return lively(LTX2TextConnectors(**{**sizes, **more}), 3.0)


def vae() -> Any:
    """As the released one: 32 pixels and eight frames a latent, edges mirrored in the decoder."""
    from diffusers import AutoencoderKLLTX2Video

    torch.manual_seed(2)
    return lively(
        AutoencoderKLLTX2Video(
            latent_channels=4, block_out_channels=(8,) * 4, decoder_block_out_channels=(8, 16, 32),
            layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 4, decoder_causal=False,
            spatial_compression_ratio=32, temporal_compression_ratio=8,
        ),
        2.5,
    )


def audio_vae() -> Any:
    from diffusers import AutoencoderKLLTX2Audio

    torch.manual_seed(5)
    return lively(
        AutoencoderKLLTX2Audio(
            base_channels=4, ch_mult=(1, 1, 1), num_res_blocks=1, resolution=32, latent_channels=2, mel_bins=8
        )
    )


def vocoder() -> Any:
    """A spectrum is 240 samples at 24 kHz, as in LTX-2."""
    from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder

    torch.manual_seed(6)
    return lively(
        LTX2Vocoder(
            in_channels=16, hidden_channels=8, upsample_kernel_sizes=[20, 12, 8], upsample_factors=[10, 6, 4],
            resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]], output_sampling_rate=24000,
        )
    )


def wide_vocoder() -> Any:
    """A spectrum is 160 samples at 16 kHz, and the bandwidth is extended to 48 kHz, as in LTX-2.3."""
    from diffusers.pipelines.ltx2.vocoder import LTX2VocoderWithBWE

    torch.manual_seed(6)
    small = {"resnet_kernel_sizes": [3], "resnet_dilations": [[1, 3, 5]], "act_fn": "leaky_relu", "antialias": False}
    made = LTX2VocoderWithBWE(
        in_channels=16, hidden_channels=8, upsample_kernel_sizes=[20, 8, 8], upsample_factors=[10, 4, 4],
        bwe_in_channels=16, bwe_hidden_channels=8, bwe_upsample_kernel_sizes=[20, 12, 8],
        bwe_upsample_factors=[10, 6, 4], filter_length=64, hop_length=80, window_length=64, num_mel_channels=8,
        **small, **{f"bwe_{name}": value for name, value in small.items()},
    )
    for buffer in (made.mel_stft.mel_basis, made.mel_stft.stft_fn.forward_basis):
        torch.nn.init.normal_(buffer, std=0.2)
    return made


def scheduler(distilled: bool) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    shifting = {"use_dynamic_shifting": not distilled, "shift_terminal": None if distilled else 0.1}
    return FlowMatchEulerDiscreteScheduler(
        base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096, **shifting
    )


NEWER = {
    "cross_attn_mod": True, "audio_cross_attn_mod": True, "gated_attn": True, "audio_gated_attn": True,
    "use_prompt_embeddings": False, "perturbed_attn": True,
}
"""Of the transformer, from 2.3 on."""
NEWER_JOINTS = {
    "per_modality_projections": True, "video_hidden_dim": 16, "audio_hidden_dim": 8, "proj_bias": True,
    "audio_connector_attention_head_dim": 4, "video_gated_attn": True, "audio_gated_attn": True,
}
NEWEST = {"ff_bias": False, "use_keyframes_abs_pos_embedding": True}
"""And of 2.5 too."""


def ltx2(version: str = "2.0", distilled: bool = False) -> Callable[[Path], None]:
    """Writes a 2.0, 2.3 or 2.5."""

    def make(folder: Path) -> None:
        from diffusers import LTX2Pipeline

        first, newest = version == "2.0", version == "2.5"
        tokenizer, encoder = gemma4(WIDTH) if newest else gemma3(WIDTH, LAYERS)
        LTX2Pipeline(
            scheduler(distilled),
            vae(),
            audio_vae(),
            encoder,
            tokenizer,
            connectors() if first else connectors(**NEWER_JOINTS),
            transformer() if first else transformer(**NEWER, **(NEWEST if newest else {})),
            vocoder() if first else wide_vocoder(),
        ).save_pretrained(folder)

    return make


CASES = [
    Case("ltx-2", ltx2(), modes=(1, 2, 3), size=(64, 64)),
    Case("ltx-2.3", ltx2("2.3"), modes=(1, 2, 3), size=(96, 64), guidance=1.0),
    Case("ltx-2.5-distilled", ltx2("2.5", distilled=True), modes=(1, 2, 3), size=(64, 64), guidance=None),
]
