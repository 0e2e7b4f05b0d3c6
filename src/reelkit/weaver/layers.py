"""Parts of the weaver's transformer: patches, rotary positions, modulated blocks, the text resampler."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Kernel = tuple[int, int, int]

PLACE_OCTAVES = 5
PLACE_FEATURES = 4 * PLACE_OCTAVES
SHORT_SEQUENCE = 512
"""Tokens up to which attention is written out on the CPU."""


def _pad_to(x: Tensor, kernel: Kernel) -> Tensor:
    """[B, C, T, h, w] padded by replication at the far ends until `kernel` divides it."""
    pad = [(-size) % step for size, step in zip(x.shape[2:], kernel, strict=True)]
    if not any(pad):
        return x
    return F.pad(x, (0, pad[2], 0, pad[1], 0, pad[0]), mode="replicate")


def patches(latents: Tensor, kernel: Kernel) -> Tensor:
    """[B, C, T, h, w] to tokens [B, N, C * prod(kernel)], time slowest; edges replicate where `kernel` does not divide."""
    x = _pad_to(latents, kernel)
    batch, channels, time, height, width = x.shape
    kt, kh, kw = kernel
    x = x.reshape(batch, channels, time // kt, kt, height // kh, kh, width // kw, kw)
    return x.permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(batch, -1, channels * kt * kh * kw)


def unpatch(tokens: Tensor, kernel: Kernel, size: tuple[int, int, int]) -> Tensor:
    """The inverse of `patches`, cropped to latents of `size` (time, height, width)."""
    kt, kh, kw = kernel
    time, height, width = (-(-full // step) for full, step in zip(size, kernel, strict=True))
    x = tokens.reshape(tokens.shape[0], time, height, width, -1, kt, kh, kw)
    x = x.permute(0, 4, 1, 5, 2, 6, 3, 7).reshape(tokens.shape[0], -1, time * kt, height * kh, width * kw)
    return x[:, :, : size[0], : size[1], : size[2]]


def grid_positions(start: int, time: int, height: int, width: int, device: torch.device) -> Tensor:
    """Position (time, row, column) of every latent cell, float [T, h, w, 3]; time counts from `start`."""
    axes = (
        torch.arange(start, start + time, device=device, dtype=torch.float32),
        torch.arange(height, device=device, dtype=torch.float32),
        torch.arange(width, device=device, dtype=torch.float32),
    )
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)


def pool_positions(positions: Tensor, kernel: Kernel) -> Tensor:
    """Mean position of the cells behind each token, padded as `patches` pads: [T, h, w, 3] to [N, 3]."""
    x = _pad_to(positions.permute(3, 0, 1, 2)[None], kernel)
    return F.avg_pool3d(x, kernel)[0].flatten(1).T


def place_features(positions: Tensor, height: int, width: int) -> Tensor:
    """Where in the picture tokens stand: sines and cosines [N, PLACE_FEATURES] of row / height and column / width.

    Rotary positions say how far apart two tokens are; that the sky is above needs the place itself. Shares of the picture
    and not cells, so that one network serves every size.
    """
    share = positions[:, 1:] / torch.tensor([height, width], device=positions.device, dtype=positions.dtype)
    octaves = math.pi * 2.0 ** torch.arange(PLACE_OCTAVES, device=positions.device, dtype=positions.dtype)
    angles = (share[:, :, None] * octaves).flatten(1)
    return torch.cat((angles.sin(), angles.cos()), dim=1)


def rotary_table(positions: Tensor, head_width: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines [N, head_width / 2] of three-axis rotary positions [N, 3]; a quarter of them for time."""
    pairs = head_width // 2
    time_pairs = pairs // 4
    row_pairs = (pairs - time_pairs) // 2
    angles = []
    for axis, count in enumerate((time_pairs, row_pairs, pairs - time_pairs - row_pairs)):
        frequency = theta ** (-torch.arange(count, device=positions.device, dtype=torch.float32) / count)
        angles.append(positions[:, axis, None] * frequency)
    table = torch.cat(angles, dim=1)
    return table.cos(), table.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the pairs (first half, second half) of heads [B, H, N, D] by [N, D / 2]."""
    first, second = x.chunk(2, dim=-1)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Adaptive layer norm's affine part: x [B, N, D], shift and scale [B, D]."""
    return x * (1 + scale[:, None]) + shift[:, None]


@torch.compiler.disable
def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention of heads [B, H, N, D]; `mask` bool, broadcast to [B, H, N, N], is True where a key counts.

    Written out for short sequences on the CPU, where two matrix products are 1.5 to 5 times faster than torch's fused
    kernel, and kept from the compiler, which would put the fused kernel back.
    """
    if q.device.type != "cpu" or q.shape[2] > SHORT_SEQUENCE:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    with torch.autocast("cpu", enabled=False):
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if mask is not None:
            scores = scores + torch.zeros_like(mask, dtype=scores.dtype).masked_fill_(~mask, float("-inf"))
        return scores.softmax(-1) @ v


class LevelEmbedding(nn.Module):
    """A noise level in [0, 1], [B], to a vector [B, width]: sinusoid, then two linear layers."""

    frequencies = 64

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = nn.Linear(2 * self.frequencies, width)
        self.out = nn.Linear(width, width)

    def forward(self, level: Tensor) -> Tensor:
        exponent = torch.arange(self.frequencies, device=level.device, dtype=torch.float32) / self.frequencies
        angle = level.float()[:, None] * 1000.0 * torch.exp(-math.log(10000.0) * exponent)
        hidden = self.up(torch.cat((angle.cos(), angle.sin()), dim=-1).to(self.up.weight.dtype))
        embedded: Tensor = self.out(F.silu(hidden))
        return embedded


class Attention(nn.Module):
    """Self-attention with per-head query and key norms and rotary positions."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.norm_q = nn.Parameter(torch.ones(width // heads))
        self.norm_k = nn.Parameter(torch.ones(width // heads))
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q = rotate(F.rms_norm(q, q.shape[-1:], self.norm_q.to(q.dtype), 1e-6), cos, sin)
        k = rotate(F.rms_norm(k, k.shape[-1:], self.norm_k.to(k.dtype), 1e-6), cos, sin)
        attended: Tensor = self.out(attend(q.to(v.dtype), k.to(v.dtype), v, mask).transpose(1, 2).flatten(2))
        return attended


class Block(nn.Module):
    """A transformer block with adaptive layer norm: one shared modulation, and a table of the block's own.

    Source: DiT (adaLN-zero) with PixArt-alpha's adaLN-single.
    """

    def __init__(self, width: int, heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False)
        self.up = nn.Linear(width, int(width * mlp_ratio))
        self.down = nn.Linear(int(width * mlp_ratio), width)
        self.table = nn.Parameter(torch.zeros(6 * width))

    def forward(self, x: Tensor, shared: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (shared + self.table).chunk(6, dim=-1)
        x = x + gate1[:, None] * self.attention(modulate(self.norm1(x), shift1, scale1), cos, sin, mask)
        hidden = F.gelu(self.up(modulate(self.norm2(x), shift2, scale2)), approximate="tanh")
        return x + gate2[:, None] * self.down(hidden)


class TextResampler(nn.Module):
    """Text features [B, L, D] to a fixed number of context tokens [B, N, width] by learned queries.

    A row whose mask is all False becomes the learned unconditional tokens.
    """

    def __init__(self, text_width: int, width: int, tokens: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(text_width)
        self.key_value = nn.Linear(text_width, 2 * width)
        self.query = nn.Parameter(torch.randn(tokens, width) * 0.5)
        self.out = nn.Linear(width, width)
        self.unconditional = nn.Parameter(torch.randn(tokens, width) * 0.02)
        self.place = nn.Parameter(torch.randn(tokens, width) * 0.02)

    def forward(self, text: Tensor, mask: Tensor) -> Tensor:
        present = mask.any(dim=1)
        safe = mask | ~present[:, None]
        k, v = self.key_value(self.norm(text)).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q = self.query.unflatten(-1, (self.heads, -1)).transpose(0, 1).expand(text.shape[0], -1, -1, -1)
        y = F.scaled_dot_product_attention(q.to(v.dtype), k, v, attn_mask=safe[:, None, None, :])
        tokens = self.out(y.transpose(1, 2).flatten(2))
        unconditional = self.unconditional.to(tokens.dtype).expand_as(tokens)
        return torch.where(present[:, None, None], tokens, unconditional) + self.place.to(tokens.dtype)
