"""HunyuanVideo 1.5, text to video and image to video, a few thousand weights each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.checkpoints import Case
from tests.support.checkpoints.texts import byte_letters, lively

HEAD = 108
"""Tokens before the prompt, which the pipelines cut off by their number."""
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'system' %}" + "<|im_start|>" * HEAD + "{% else %}"
    "{{ message['content'] }}<|im_end|>{% endif %}{% endfor %}"
)


def qwen25(width: int = 16) -> tuple[Any, Any]:
    """A Qwen tokenizer that spells bytes after a head of the real length, and the text half of a Qwen2.5-VL."""
    from transformers import Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel, Qwen2Tokenizer

    tokenizer = Qwen2Tokenizer(
        vocab=byte_letters("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        merges=[],
        extra_special_tokens=["<|im_start|>", "<|im_end|>"],
        model_max_length=2048,
        padding_side="left",
    )
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(1)
    config = Qwen2_5_VLTextConfig(
        hidden_size=width, intermediate_size=width, num_hidden_layers=3, num_attention_heads=2,
        num_key_value_heads=2, vocab_size=len(tokenizer), max_position_embeddings=2048,
        rope_scaling={"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"}, rope_theta=1e6,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
    )
    return tokenizer, lively(Qwen2_5_VLTextModel(config), 30.0).eval()


def byt5(width: int = 32) -> tuple[Any, Any]:
    """The ByT5 tokenizer, which is its bytes, and an encoder of `width`."""
    from transformers import ByT5Tokenizer, T5Config, T5EncoderModel

    torch.manual_seed(1)
    config = T5Config(
        vocab_size=384, d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4, relative_attention_num_buckets=8
    )
    return ByT5Tokenizer(), lively(T5EncoderModel(config), 8.0).eval()


def siglip(width: int) -> tuple[Any, Any]:
    """A SigLIP eye of `width`, and its processor."""
    from transformers import SiglipImageProcessor, SiglipVisionConfig, SiglipVisionModel

    torch.manual_seed(5)
    config = SiglipVisionConfig(
        hidden_size=width, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4, image_size=16, patch_size=8
    )
    return lively(SiglipVisionModel(config), 4.0).eval(), SiglipImageProcessor(size={"height": 16, "width": 16})


def parts(**more: Any) -> dict[str, Any]:
    """What both pipelines hold."""
    from diffusers import (
        AutoencoderKLHunyuanVideo15,
        ClassifierFreeGuidance,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideo15Transformer3DModel,
    )

    tokenizer, text_encoder = qwen25()
    tokenizer_2, text_encoder_2 = byt5()
    torch.manual_seed(2)
    vae = AutoencoderKLHunyuanVideo15(
        latent_channels=4, block_out_channels=(8, 8, 8), layers_per_block=1, spatial_compression_ratio=4,
        temporal_compression_ratio=4, downsample_match_channel=False, upsample_match_channel=False,
    )
    torch.manual_seed(3)
    transformer = HunyuanVideo15Transformer3DModel(
        in_channels=9, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1, num_refiner_layers=1,
        mlp_ratio=2.0, text_embed_dim=16, text_embed_2_dim=32, image_embed_dim=12, rope_axes_dim=(2, 2, 4),
        target_size=16, **more,
    )
    return {
        "tokenizer": tokenizer,
        "text_encoder": text_encoder,
        "tokenizer_2": tokenizer_2,
        "text_encoder_2": text_encoder_2,
        "vae": vae,
        "transformer": lively(transformer),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=7.0),
        "guider": ClassifierFreeGuidance(guidance_scale=6.0),
    }


def t2v(folder: Path, **more: Any) -> None:
    """HunyuanVideo 1.5 T2V."""
    from diffusers import HunyuanVideo15Pipeline

    HunyuanVideo15Pipeline(**parts(**more)).save_pretrained(folder)


def i2v(folder: Path, **more: Any) -> None:
    """HunyuanVideo 1.5 I2V, which sees its picture through SigLIP too."""
    from diffusers import HunyuanVideo15ImageToVideoPipeline

    eye, processor = siglip(12)
    HunyuanVideo15ImageToVideoPipeline(
        **parts(**more), image_encoder=eye, feature_extractor=processor
    ).save_pretrained(folder)


CASES = [
    Case("hunyuan-video-1.5-t2v", t2v, modes=(1,), size=(16, 16)),
    Case("hunyuan-video-1.5-i2v", i2v, modes=(2, 3), size=(32, 16)),
]
