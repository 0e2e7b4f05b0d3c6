"""Checkpoints with random weights at the sizes of real ones, in their layout on disk: what loading and speed are measured on.

The transformer and the autoencoder have the published shapes; the text encoder is tiny, since prompts are remembered.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from tests.support.checkpoints.texts import t5
from tests.support.checkpoints.wan import unipc

WAN: dict[str, dict[str, Any]] = {
    "small": {"num_attention_heads": 6, "num_layers": 6, "ffn_dim": 3072},
    "medium": {"num_attention_heads": 12, "num_layers": 15, "ffn_dim": 8960},
    "1.3b": {"num_attention_heads": 12, "num_layers": 30, "ffn_dim": 8960},
    "14b": {"num_attention_heads": 40, "num_layers": 40, "ffn_dim": 13824},
}
"""Of Wan's transformer: 1.3b and 14b as published, the others to try things on."""
VACE_LAYERS = {"small": [0, 2, 4], "medium": list(range(0, 15, 2)), "1.3b": list(range(0, 30, 2)), "14b": list(range(0, 40, 5))}


def wan(folder: Path, size: str, vace: bool = False, text_width: int = 256) -> Path:
    """Write a Wan T2V, or a VACE, of bfloat16 weights into `folder`, unless it is there; gives the folder."""
    if (folder / "model_index.json").is_file():
        return folder
    import diffusers

    tokenizer, encoder = t5(text_width)
    kinds = (diffusers.WanVACEPipeline, diffusers.WanVACETransformer3DModel)
    pipeline, kind = kinds if vace else (diffusers.WanPipeline, diffusers.WanTransformer3DModel)
    more = {"vace_layers": VACE_LAYERS[size], "vace_in_channels": 96} if vace else {}
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        transformer = kind(
            patch_size=(1, 2, 2), attention_head_dim=128, in_channels=16, out_channels=16, text_dim=text_width,
            freq_dim=256, cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=1024,
            **WAN[size], **more,
        )
    finally:
        torch.set_default_dtype(before)
    vae = diffusers.AutoencoderKLWan()
    parts = {"tokenizer": tokenizer, "text_encoder": encoder, "vae": vae, "scheduler": unipc(), "transformer": transformer}
    pipeline(**parts).save_pretrained(folder)
    return folder
