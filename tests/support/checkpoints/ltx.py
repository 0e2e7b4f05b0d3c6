"""LTX-Video of each pipeline that its folders name, a few thousand weights each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, t5

BLOCKS = 4
"""As in the released autoencoder: the first three halve space and time, on patches of 4 pixels."""


def vae(**more: Any) -> Any:
    from diffusers import AutoencoderKLLTXVideo

    torch.manual_seed(2)
    sizes: dict[str, Any] = {
        "latent_channels": 8,
        "block_out_channels": (8,) * BLOCKS,
        "decoder_block_out_channels": (8,) * BLOCKS,
        "layers_per_block": (1,) * (BLOCKS + 1),
        "decoder_layers_per_block": (1,) * (BLOCKS + 1),
    }
    return lively(AutoencoderKLLTXVideo(**{**sizes, **more}))


def transformer() -> Any:
    from diffusers import LTXVideoTransformer3DModel

    torch.manual_seed(3)
    return lively(
        LTXVideoTransformer3DModel(
            in_channels=8, out_channels=8, num_attention_heads=4, attention_head_dim=8, cross_attention_dim=32,
            num_layers=2, caption_channels=32,
        )
    )


def ltx(kind: str, **parts: Any) -> Callable[[Path], None]:
    """Writes a checkpoint whose index names the pipeline `kind`."""

    def make(folder: Path) -> None:
        import diffusers

        tokenizer, encoder = t5()
        held = {
            "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
            "vae": vae(),
            "text_encoder": encoder,
            "tokenizer": tokenizer,
            "transformer": transformer(),
        }
        made = {name: part() for name, part in parts.items()}
        getattr(diffusers, kind)(**{**held, **made}).save_pretrained(folder)

    return make


def old_scheduler() -> Any:
    """That of 0.9.0 and 0.9.1."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096,
        shift_terminal=0.1,
    )


def timed_vae() -> Any:
    """That of 0.9.7: its decoder takes a time and injects noise."""
    return vae(timestep_conditioning=True)


CASES = [
    Case("ltx-0.9.5", ltx("LTXPipeline"), modes=(1, 2, 3), size=(64, 32)),
    Case("ltx-0.9.7", ltx("LTXConditionPipeline", vae=timed_vae), modes=(1, 2, 3), size=(32, 32), guidance=1.0),
]
