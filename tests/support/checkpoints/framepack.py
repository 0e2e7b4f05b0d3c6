"""HunyuanVideo FramePack in both variants, a few thousand weights each; only their names tell them apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.hunyuan15 import siglip
from tests.support.checkpoints.texts import clip_pooled, lively

HEAD = 95
"""Tokens before the prompt, which the pipeline cuts off by their number."""


def llama(width: int = 16, padding_side: str = "left") -> tuple[Any, Any]:
    """A Llama tokenizer that spells bytes after a template of the real number of tokens, and a Llama of `width`."""
    from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video_framepack import DEFAULT_PROMPT_TEMPLATE
    from transformers import LlamaConfig, LlamaModel, LlamaTokenizer

    signs = ["<unk>", "<s>", "</s>", "<pad>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    tokenizer = LlamaTokenizer(
        vocab={sign: index for index, sign in enumerate(signs)}, merges=[], pad_token="<pad>", add_prefix_space=False,
        model_max_length=2048, padding_side=padding_side,
    )
    head = DEFAULT_PROMPT_TEMPLATE["template"].split("{}")[0]
    tokenizer.add_tokens([head[: 1 - HEAD]])  # and one token for each letter of the rest
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=37, num_hidden_layers=3, num_attention_heads=4,
        max_position_embeddings=2048, pad_token_id=3, bos_token_id=1, eos_token_id=2,
    )
    return tokenizer, lively(LlamaModel(config), 30.0).eval()


def framepack(folder: Path, **more: Any) -> None:
    """FramePack."""
    from diffusers import (
        AutoencoderKLHunyuanVideo,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideoFramepackPipeline,
        HunyuanVideoFramepackTransformer3DModel,
    )

    tokenizer, text_encoder = llama(**more)
    tokenizer_2, text_encoder_2 = clip_pooled(8)
    eye, processor = siglip(32)
    torch.manual_seed(2)
    vae = AutoencoderKLHunyuanVideo(
        latent_channels=4, block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4
    )
    torch.manual_seed(3)
    transformer = HunyuanVideoFramepackTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=1, num_single_layers=1,
        num_refiner_layers=1, text_embed_dim=16, pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), has_image_proj=True,
        image_proj_dim=32, has_clean_x_embedder=True,
    )
    HunyuanVideoFramepackPipeline(
        text_encoder, tokenizer, lively(transformer), vae, FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2, tokenizer_2, eye, processor,
    ).save_pretrained(folder)


def f1(folder: Path) -> None:
    """FramePack F1, in a folder of any name: as diffusers notes where a part came from."""
    framepack(folder)
    path = folder / "transformer" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_name_or_path": "lllyasviel/FramePack_F1_I2V_HY_20250503"}))


CASES = [
    Case("framepack", framepack, modes=(3,), size=(32, 32), opening=37, later=36, wrong_frames=40),
    Case("framepack-f1", f1, modes=(2, 3, 4), size=(32, 32), opening=37, later=36, wrong_frames=40),
]
