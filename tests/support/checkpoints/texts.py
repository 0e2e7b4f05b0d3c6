"""Small text encoders and tokenizers of the kinds that pipelines hold, made without a download."""

from __future__ import annotations

import string
from typing import Any

import torch


def lively(module: Any, gain: float = 2.0) -> Any:
    """The module with larger matrices, so that whatever reaches it reaches its output, also in eight bits."""
    with torch.no_grad():
        for weight in module.parameters():
            if weight.ndim > 1:
                weight.mul_(gain)
    return module


LOUD = 20.0
"""Of a random text encoder's last norm: a prompt is a small part of what a transformer averages over."""
LETTERS = string.ascii_letters + string.digits + string.punctuation


def t5(width: int = 32) -> tuple[Any, Any]:
    """A T5 tokenizer that spells, and an encoder of `width`."""
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((letter, -3.0) for letter in LETTERS)]
    tokenizer = T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512)
    torch.manual_seed(1)
    encoder = T5EncoderModel(
        T5Config(
            vocab_size=len(tokenizer) + 4, d_model=width, d_kv=8, d_ff=37, num_layers=2, num_heads=4,
            relative_attention_num_buckets=8,
        )
    )
    torch.nn.init.constant_(encoder.encoder.final_layer_norm.weight, LOUD)
    return tokenizer, encoder.eval()


TURNS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Chat template of the Qwen kind, for messages of plain text."""
PIECES = (
    "{% for message in messages %}[{{ message['role'] }}]{% for piece in message['content'] %}"
    "{{ piece['text'] }}{% endfor %}{% endfor %}"
)
"""Chat template of the Mistral kind, for messages in pieces."""


def byte_letters(*specials: str, suffix: str = "") -> dict[str, int]:
    """A vocabulary of all bytes as byte-level tokenizers write them, once more with `suffix`, then the specials."""
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    marked = [letter + suffix for letter in letters] if suffix else []
    return {piece: index for index, piece in enumerate([*letters, *marked, *specials])}


def qwen3(kind: str = "Qwen3Model", layers: int = 2, width: int = 16, gain: float = 8.0) -> tuple[Any, Any]:
    """A Qwen tokenizer that spells bytes, and a Qwen3 of `layers` whose hidden states are as loud as `gain`."""
    import transformers

    tokenizer = transformers.Qwen2Tokenizer(
        vocab=byte_letters("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        merges=[],
        extra_special_tokens=["<|im_start|>", "<|im_end|>"],
        model_max_length=2048,
    )
    tokenizer.chat_template = TURNS
    torch.manual_seed(1)
    config = transformers.Qwen3Config(
        hidden_size=width, intermediate_size=width, num_hidden_layers=layers, num_attention_heads=2,
        num_key_value_heads=2, head_dim=8, vocab_size=len(tokenizer), max_position_embeddings=2048,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
    )
    return tokenizer, lively(getattr(transformers, kind)(config), gain).eval()


def mistral3(layers: int = 2, width: int = 16, gain: float = 8.0) -> tuple[Any, Any]:
    """A Pixtral processor that spells bytes, and a Mistral3 of `layers` with a small eye."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import (
        Mistral3Config,
        Mistral3ForConditionalGeneration,
        PixtralImageProcessor,
        PixtralProcessor,
        PreTrainedTokenizerFast,
    )

    signs = ["<unk>", "<s>", "</s>", "<pad>", "[IMG]", "[IMG_BREAK]", "[IMG_END]"]
    spelling = Tokenizer(BPE(vocab=byte_letters(*signs), merges=[]))
    spelling.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    spelling.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=spelling, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        extra_special_tokens=signs[4:],
    )
    processor = PixtralProcessor(PixtralImageProcessor(), tokenizer, patch_size=6, chat_template=PIECES)
    torch.manual_seed(1)
    text = {
        "model_type": "mistral", "vocab_size": len(tokenizer), "hidden_size": width, "intermediate_size": width,
        "num_hidden_layers": layers, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8,
        "max_position_embeddings": 1024, "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
    }
    eye = {
        "model_type": "pixtral", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 16, "image_size": 30, "patch_size": 6,
    }
    image_token = tokenizer.convert_tokens_to_ids("[IMG]")
    config = Mistral3Config(text_config=text, vision_config=eye, image_token_index=image_token)
    return processor, lively(Mistral3ForConditionalGeneration(config), gain).eval()


def clip_pooled(width: int = 32) -> tuple[Any, Any]:
    """A CLIP tokenizer that spells bytes, and a text encoder of `width` that pools where the text ends."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    vocabulary = byte_letters("<|startoftext|>", "<|endoftext|>", suffix="</w>")
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)
    torch.manual_seed(1)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, projection_dim=width, intermediate_size=37,
        num_hidden_layers=2, num_attention_heads=4, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )
    return tokenizer, lively(CLIPTextModel(config), 4.0).eval()


def qwen25_vl(width: int = 16, gain: float = 8.0) -> tuple[Any, Any, Any]:
    """A Qwen tokenizer that spells bytes, a Qwen2.5-VL of `width` with a small eye, and the processor of both."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2Tokenizer,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
    )

    signs = ["im_start", "im_end", "vision_start", "vision_end", "image_pad", "video_pad"]
    signs = [f"<|{sign}|>" for sign in signs]
    tokenizer = Qwen2Tokenizer(
        vocab=byte_letters("<|endoftext|>", *signs), merges=[], extra_special_tokens=signs, model_max_length=4096
    )
    ids = dict(zip(signs, tokenizer.convert_tokens_to_ids(signs), strict=True))
    text = {
        "hidden_size": width, "intermediate_size": width, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 2, "vocab_size": len(tokenizer), "max_position_embeddings": 4096,
        "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, width // 4 - 2], "rope_theta": 10000.0},
    }
    eye = {
        "depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": width,
        "fullatt_block_indexes": [1],
    }
    torch.manual_seed(1)
    config = Qwen2_5_VLConfig(
        text_config=text, vision_config=eye, image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"], vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    processor = Qwen2VLProcessor(Qwen2VLImageProcessor(), tokenizer, Qwen2VLVideoProcessor(), chat_template=TURNS)
    return tokenizer, lively(Qwen2_5_VLForConditionalGeneration(config), gain).eval(), processor


def clip_two(width: int = 32, gain: float = 4.0) -> tuple[Any, Any, Any, Any]:
    """Tokenizer and CLIP text encoder twice, as SDXL has them: the second projects what it pools."""
    from transformers import CLIPTextModelWithProjection

    tokenizer, first = clip_pooled(width)
    torch.manual_seed(6)
    return tokenizer, first, tokenizer, lively(CLIPTextModelWithProjection(first.config), gain).eval()


def qwen3_vl(layers: int = 2, width: int = 16, gain: float = 1.0) -> tuple[Any, Any, Any]:
    """A Qwen tokenizer that spells bytes, a Qwen3-VL of `width` with a small eye, and the processor of both."""
    from transformers import (
        Qwen2Tokenizer,
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    signs = [f"<|{sign}|>" for sign in ("vision_start", "vision_end", "image_pad", "video_pad")]
    tokenizer = Qwen2Tokenizer(
        vocab=byte_letters("<|endoftext|>", *signs), merges=[], extra_special_tokens=signs, model_max_length=4096
    )
    ids = dict(zip(signs, tokenizer.convert_tokens_to_ids(signs), strict=True))
    text = {
        "hidden_size": width, "intermediate_size": width, "num_hidden_layers": layers, "num_attention_heads": 2,
        "num_key_value_heads": 2, "head_dim": 8, "vocab_size": len(tokenizer), "max_position_embeddings": 4096,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 10000.0},
    }
    eye = {
        "depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": width,
        "num_position_embeddings": 16, "deepstack_visual_indexes": [1],
    }
    torch.manual_seed(1)
    config = Qwen3VLConfig(
        text_config=text, vision_config=eye, image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"], vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    area = {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}
    pictures = Qwen2VLImageProcessor(patch_size=16, merge_size=2, temporal_patch_size=2, size=area)
    videos = Qwen3VLVideoProcessor(patch_size=16, merge_size=2, temporal_patch_size=2, size=area)
    processor = Qwen3VLProcessor(pictures, tokenizer, videos, chat_template=TURNS)
    return tokenizer, lively(Qwen3VLForConditionalGeneration(config), gain).eval(), processor


def gemma_tokenizer() -> Any:
    """A Gemma tokenizer that spells."""
    from transformers import GemmaTokenizer

    pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *LETTERS]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    return GemmaTokenizer(vocab=vocabulary, merges=[], add_bos_token=True, model_max_length=1024)


def _gemma_text(size: int, width: int, layers: int) -> dict[str, Any]:
    return {
        "vocab_size": size + 8, "hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": layers,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "sliding_window": 64,
        "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
    }


def gemma3(width: int = 16, layers: int = 2, gain: float = 4.0) -> tuple[Any, Any]:
    """A Gemma tokenizer that spells, and a Gemma 3 of `width` with a small eye."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    tokenizer = gemma_tokenizer()
    size = len(tokenizer)
    eye = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 16, "patch_size": 8,
    }
    torch.manual_seed(1)
    config = Gemma3Config(
        text_config=_gemma_text(size, width, layers), vision_config=eye, mm_tokens_per_image=4,
        image_token_index=size, boi_token_index=size + 1, eoi_token_index=size + 2,
    )
    return tokenizer, lively(Gemma3ForConditionalGeneration(config), gain).eval()


def gemma4(width: int = 16, gain: float = 4.0) -> tuple[Any, Any]:
    """A Gemma tokenizer that spells, and a unified Gemma 4 of two layers."""
    from transformers import Gemma4UnifiedConfig, Gemma4UnifiedForConditionalGeneration

    tokenizer = gemma_tokenizer()
    size = len(tokenizer)
    text = {
        **_gemma_text(size, width, 2), "layer_types": ["sliding_attention", "full_attention"],
        "per_layer_config": {}, "max_position_embeddings": 2048,
    }
    names = ("image_token_id", "video_token_id", "audio_token_id", "boi_token_id", "eoi_token_id", "boa_token_id")
    tokens = {name: size + index for index, name in enumerate((*names, "eoa_token_index"))}
    torch.manual_seed(1)
    config = Gemma4UnifiedConfig(text_config=text, **tokens)
    return tokenizer, lively(Gemma4UnifiedForConditionalGeneration(config), gain).eval()
