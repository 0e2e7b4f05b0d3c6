"""ViCLIP, a CLIP that sees eight frames at once, in the file that InternVid published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from reelkit.models.measuring.network import read_state
from reelkit.models.measuring.transforms import by_size, vbench_clip

HEAD_WIDTH = 64
"""Channels of an attention head, as in every CLIP."""


class Eyes(nn.Module):
    """Patches of all frames in one sequence behind one class token; places in the picture and in time are added.

    Source: Wang et al. 2023, InternVid, section 4.1; names as in its file. Sizes are read from the tensors.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        from open_clip.transformer import QuickGELU, Transformer

        super().__init__()
        width, _, depth, patch, _ = state["conv1.weight"].shape
        layers = len({name.split(".")[2] for name in state if name.startswith("transformer.resblocks.")})
        self.conv1 = nn.Conv3d(3, width, (depth, patch, patch), (depth, patch, patch), bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty_like(state["positional_embedding"]))
        self.temporal_positional_embedding = nn.Parameter(torch.empty_like(state["temporal_positional_embedding"]))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, max(1, width // HEAD_WIDTH), act_layer=QuickGELU)
        self.proj = nn.Parameter(torch.empty_like(state["proj"]))
        self.load_state_dict(dict(state))

    @property
    def side(self) -> int:
        """Pixels of a picture's side."""
        grid: int = round((len(self.positional_embedding) - 1) ** 0.5)
        return grid * self.conv1.kernel_size[1]

    def forward(self, windows: Tensor) -> Tensor:
        """Rows [N, D] of normalised windows [N, T, 3, S, S]."""
        patches = self.conv1(windows.transpose(1, 2)).flatten(3)  # [N, C, T, L]
        tokens = patches.permute(0, 2, 3, 1) + self.positional_embedding[1:]
        tokens = (tokens + self.temporal_positional_embedding[:, :, None]).flatten(1, 2)
        token = (self.class_embedding + self.positional_embedding[0]).expand(len(tokens), 1, -1)
        seen: Tensor = self.transformer(self.ln_pre(torch.cat([token, tokens], dim=1)))
        return self.ln_post(seen[:, 0]) @ self.proj


class Words(nn.Module):
    """CLIP's text tower with as many places as its file has, 32; a longer text is cut. The row stands at the end of the text."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        from open_clip.transformer import QuickGELU, Transformer

        super().__init__()
        vocabulary, width = state["token_embedding.weight"].shape
        layers = len({name.split(".")[2] for name in state if name.startswith("transformer.resblocks.")})
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.empty_like(state["positional_embedding"]))
        self.transformer = Transformer(width, layers, max(1, width // HEAD_WIDTH), act_layer=QuickGELU)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty_like(state["text_projection"]))
        places = len(self.positional_embedding)
        mask = torch.full((places, places), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)
        self.load_state_dict(dict(state))

    def forward(self, ids: Tensor) -> Tensor:
        """Rows [N, D] of token ids [N, L]."""
        tokens = self.token_embedding(ids) + self.positional_embedding
        tokens = self.ln_final(self.transformer(tokens, attn_mask=self.mask))
        return tokens[torch.arange(len(ids)), ids.argmax(dim=-1)] @ self.text_projection  # the end has the highest id


class ViClip:
    """Rows float32 [N, 768] of length one: of windows of eight frames, or of texts."""

    def __init__(self, state: Mapping[str, Tensor], device: torch.device) -> None:
        from open_clip.tokenizer import SimpleTokenizer

        self._eyes = Eyes(_part(state, "vision_encoder.")).eval().requires_grad_(False).to(device)
        self._words = Words(_part(state, "text_encoder.")).eval().requires_grad_(False).to(device)
        self._tokens = SimpleTokenizer(context_length=len(self._words.positional_embedding))
        self._device = device

    @torch.inference_mode()
    def __call__(self, inputs: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        """See `Network`; takes windows uint8 [8, H, W, 3] or texts, not both in one call."""
        if inputs and isinstance(inputs[0], str):
            rows = [self._words(self._tokens(list(inputs)).to(self._device))]
        else:
            rows = [self._eyes(vbench_clip(windows.to(self._device), self._eyes.side)) for windows in by_size(inputs)]
        found: NDArray[np.float32] = nn.functional.normalize(torch.cat(rows).float(), dim=-1).cpu().numpy()
        return found


def _part(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value.float() for name, value in state.items() if name.startswith(prefix)}


def load(files: tuple[Path, ...], device: torch.device) -> ViClip:
    """From `ViClip-InternVid-10M-FLT.pth`."""
    return ViClip(read_state(files[0]), device)
