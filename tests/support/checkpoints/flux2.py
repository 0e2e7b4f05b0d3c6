"""FLUX.2 [dev], and [klein] distilled, base and KV, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import lively, mistral3, qwen3

WIDTH = 16
"""Of the language models; the transformer takes three of their layers side by side."""


def vae() -> Any:
    """With four levels, so that sizes are multiples of 16 as in life."""
    from diffusers import AutoencoderKLFlux2

    torch.manual_seed(2)
    made = AutoencoderKLFlux2(
        block_out_channels=(4, 4, 4, 4), layers_per_block=1, latent_channels=2, norm_num_groups=1,
        mid_block_add_attention=False,
    )
    return lively(made).eval()


def transformer(guidance: bool) -> Any:
    from diffusers import Flux2Transformer2DModel

    torch.manual_seed(3)
    made = Flux2Transformer2DModel(
        patch_size=1, in_channels=8, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=3 * WIDTH, timestep_guidance_channels=32, axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance,
    )
    return lively(made)


def euler() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)


def dev(folder: Path) -> None:
    """FLUX.2 [dev]."""
    from diffusers import Flux2Pipeline

    processor, encoder = mistral3(layers=31, width=WIDTH)
    Flux2Pipeline(euler(), vae(), encoder, processor, transformer(guidance=True)).save_pretrained(folder)


def klein(folder: Path) -> None:
    """FLUX.2 [klein], distilled."""
    _klein(folder, "Flux2KleinPipeline", is_distilled=True)


def klein_base(folder: Path) -> None:
    """FLUX.2 [klein] base, whose index says that it is not distilled."""
    _klein(folder, "Flux2KleinPipeline", is_distilled=False)


def klein_kv(folder: Path) -> None:
    """FLUX.2 [klein] KV."""
    _klein(folder, "Flux2KleinKVPipeline")


def _klein(folder: Path, kind: str, **more: Any) -> None:
    import diffusers

    tokenizer, encoder = qwen3("Qwen3ForCausalLM", layers=28, width=WIDTH)
    pipe = getattr(diffusers, kind)(euler(), vae(), encoder, tokenizer, transformer(guidance=False), **more)
    pipe.save_pretrained(folder)


CASES = [
    Case("flux2-dev", dev, modes=(1, 3), size=(64, 64), still=True),
    Case("flux2-klein", klein, modes=(1, 3), size=(64, 64), guidance=None, still=True),
    Case("flux2-klein-base", klein_base, modes=(1, 3), size=(64, 64), still=True),
    Case("flux2-klein-kv", klein_kv, modes=(1, 3), size=(64, 64), guidance=None, still=True),
]
