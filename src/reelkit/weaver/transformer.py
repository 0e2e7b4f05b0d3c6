"""The weaver's transformer: text, shot cache, temporal cache and noisy target in one sequence of tokens."""

from __future__ import annotations

import math

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional as F

from reelkit.weaver.caches import BASE_PATCH, HISTORY, TEMPORAL_LEVELS, ShotCache, TemporalCache
from reelkit.weaver.layers import (
    PLACE_FEATURES,
    Block,
    LevelEmbedding,
    TextResampler,
    grid_positions,
    modulate,
    patches,
    place_features,
    pool_positions,
    rotary_table,
    unpatch,
)

SHOT_TIME = -64.0
"""Rotary time of the first shot-cache slot: far before any history, so that a keyframe is never taken for the past."""
SHOT_TIME_STEP = -8.0


class WeaverTransformer(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Velocity of a rectified flow over a chunk of latents, given text and the two caches as context tokens.

    The caches enter in context (no block is changed): each level of the temporal cache has its own patch
    projection, every token carries its segment and where in the picture it stands, and rotary positions are averaged
    over what a token covers.
    Source: FilmWeaver (arXiv 2512.11274), section 3; patch kernels as in FramePack, at FilmWeaver's ratios.

    Configuration alone sets the size: `width` x `layers` x `heads` reach from the embedded model to billions.
    """

    _repeated_blocks = ["Block"]  # noqa: RUF012 - declared by diffusers, and not as a class variable

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 16,
        width: int = 256,
        layers: int = 6,
        heads: int = 4,
        mlp_ratio: float = 3.0,
        text_width: int = 192,
        text_tokens: int = 16,
        rotary_theta: float = 256.0,
    ) -> None:
        super().__init__()
        self.head_width, self.rotary_theta = width // heads, rotary_theta
        self.text = TextResampler(text_width, width, text_tokens, heads)
        self.target_in = nn.Linear(latent_channels * math.prod(BASE_PATCH), width)
        self.shot_in = nn.Linear(latent_channels * math.prod(BASE_PATCH), width)
        self.history_in = nn.ModuleList(
            nn.Linear(latent_channels * math.prod(level.kernel), width) for level in TEMPORAL_LEVELS
        )
        self.place = nn.Linear(PLACE_FEATURES, width)
        self.segment = nn.Parameter(torch.randn(2 + len(TEMPORAL_LEVELS), width) * 0.02)
        self.timestep = LevelEmbedding(width)
        self.cache_noise = LevelEmbedding(width)
        self.modulation = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList(Block(width, heads, mlp_ratio) for _ in range(layers))
        self.norm_out = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation_out = nn.Linear(width, 2 * width)
        self.target_out = nn.Linear(width, latent_channels * math.prod(BASE_PATCH))
        for layer in (self.place, self.modulation, self.modulation_out, self.target_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        target: Tensor,
        timestep: Tensor,
        text: Tensor,
        text_mask: Tensor,
        temporal: TemporalCache | None = None,
        shots: ShotCache | None = None,
    ) -> Tensor:
        """The velocity d x_t / d t (noise minus data) of each target latent.

        target: noisy latents [B, C, T, h, w], 1 <= T; timestep: [B] in [0, 1], 1 is pure noise.
        text: token features [B, L, D]; text_mask: bool [B, L], a row without a True is unconditional.
        temporal, shots: the caches, or None where empty for the whole batch. Returns [B, C, T, h, w].
        """
        batch, _, time, height, width = target.shape
        sequence: list[Tensor] = []
        positions: list[Tensor] = []
        valid: list[Tensor] = []

        def add(tokens: Tensor, where: Tensor, keep: Tensor | None = None) -> None:
            sequence.append(tokens + self.place(place_features(where, height, width).to(tokens.dtype)))
            positions.append(where)
            valid.append(target.new_ones(batch, tokens.shape[1], dtype=torch.bool) if keep is None else keep)

        target_tokens = self.target_in(patches(target, BASE_PATCH)) + self.segment[0]
        add(target_tokens, pool_positions(grid_positions(0, time, height, width, target.device), BASE_PATCH))
        if shots is not None:
            noise = self.cache_noise(shots.noise)[:, None]
            count = shots.latents.shape[2]
            tokens = self.shot_in(patches(shots.latents, BASE_PATCH)) + self.segment[1] + noise
            where = grid_positions(0, count, height, width, target.device)
            where[..., 0] = SHOT_TIME + SHOT_TIME_STEP * where[..., 0]
            add(
                tokens,
                pool_positions(where, BASE_PATCH),
                shots.valid.repeat_interleave(tokens.shape[1] // count, 1),
            )
        if temporal is not None:
            noise = self.cache_noise(temporal.noise)[:, None]
            newest = HISTORY
            for index, level in enumerate(TEMPORAL_LEVELS):
                part = slice(newest - level.latents, newest)
                newest -= level.latents
                tokens = self.history_in[index](patches(temporal.latents[:, :, part], level.kernel))
                where = grid_positions(part.start - HISTORY, level.latents, height, width, target.device)
                keep = temporal.valid[:, part].unflatten(1, (-1, level.kernel[0])).any(2)
                per_step = tokens.shape[1] // keep.shape[1]
                add(
                    tokens + self.segment[2 + index] + noise,
                    pool_positions(where, level.kernel),
                    keep.repeat_interleave(per_step, 1),
                )

        context = self.text(text, text_mask)
        sequence.append(context)
        positions.append(target.new_zeros(context.shape[1], 3))
        valid.append(target.new_ones(batch, context.shape[1], dtype=torch.bool))
        x = torch.cat(sequence, dim=1)
        cos, sin = rotary_table(torch.cat(positions), self.head_width, self.rotary_theta)
        keep_all = torch.cat(valid, dim=1)
        mask = None if bool(keep_all.all()) else keep_all[:, None, None, :]

        conditioning = F.silu(self.timestep(timestep))
        shared = self.modulation(conditioning)
        for block in self.blocks:
            if torch.is_grad_enabled() and getattr(self, "gradient_checkpointing", False):
                x = self._gradient_checkpointing_func(block, x, shared, cos, sin, mask)
            else:
                x = block(x, shared, cos, sin, mask)
        shift, scale = self.modulation_out(conditioning).chunk(2, dim=-1)
        out = self.target_out(modulate(self.norm_out(x[:, : target_tokens.shape[1]]), shift, scale))
        return unpatch(out, BASE_PATCH, (time, height, width))
