"""A small convolutional image autoencoder, one latent a frame: what a causal video VAE is to the big weavers."""

from __future__ import annotations

from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional as F


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with group normalisation and a skip; channels and resolution stay."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(hidden)))


class FrameEncoder(nn.Module):
    """Pixels [B, 3, H, W] to latents [B, C, H/8, W/8]."""

    def __init__(self, latent_channels: int, widths: tuple[int, int, int], blocks: int) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.stem = nn.Conv2d(3 * 4, fine, 3, padding=1)
        self.fine = nn.Sequential(*(ResidualBlock(fine) for _ in range(blocks - 1)))
        self.down1 = nn.Conv2d(fine, middle, 4, stride=2, padding=1)
        self.middle = nn.Sequential(*(ResidualBlock(middle) for _ in range(blocks)))
        self.down2 = nn.Conv2d(middle, coarse, 4, stride=2, padding=1)
        self.coarse = nn.Sequential(*(ResidualBlock(coarse) for _ in range(blocks)))
        self.head = nn.Conv2d(coarse, latent_channels, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.fine(self.stem(F.pixel_unshuffle(pixels, 2)))
        x = self.middle(self.down1(x))
        return self.head(self.coarse(self.down2(x)))


class FrameDecoder(nn.Module):
    """Latents [B, C, h, w] to pixels [B, 3, 8h, 8w]."""

    def __init__(self, latent_channels: int, widths: tuple[int, int, int], blocks: int) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.stem = nn.Conv2d(latent_channels, coarse, 3, padding=1)
        self.coarse = nn.Sequential(*(ResidualBlock(coarse) for _ in range(blocks)))
        self.up1 = nn.Conv2d(coarse, middle * 4, 1)
        self.middle = nn.Sequential(*(ResidualBlock(middle) for _ in range(blocks)))
        self.up2 = nn.Conv2d(middle, fine * 4, 1)
        self.fine = nn.Sequential(*(ResidualBlock(fine) for _ in range(blocks)))
        self.head = nn.Conv2d(fine, 3 * 4, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        x = self.coarse(self.stem(latents))
        x = self.middle(F.pixel_shuffle(self.up1(x), 2))
        x = self.fine(F.pixel_shuffle(self.up2(x), 2))
        return F.pixel_shuffle(self.head(x), 2)


class FrameAutoencoder(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Frame by frame: pixels [-1, 1] [B, 3, T, H, W] to latents [B, C, T, H/8, W/8] and back.

    Deterministic; latents leave `encode` raw and are normalised by the codec with `latents_mean` and
    `latents_std` (one value a channel), the configuration fields `AutoencoderKLWan` uses for the same purpose.
    H and W must divide by 8.
    """

    spatial_compression = 8

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 16,
        widths: tuple[int, int, int] = (24, 64, 128),
        blocks: int = 1,
        latents_mean: list[float] | None = None,
        latents_std: list[float] | None = None,
    ) -> None:
        super().__init__()
        self.latent_channels = latent_channels
        fine, middle, coarse = widths
        self.encoder = FrameEncoder(latent_channels, (fine, middle, coarse), blocks)
        self.decoder = FrameDecoder(latent_channels, (fine, middle, coarse), blocks)

    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels in [-1, 1] [B, 3, T, H, W] to raw latents [B, C, T, H/8, W/8]."""
        return _per_frame(self.encoder, pixels)

    def decode(self, latents: Tensor) -> Tensor:
        """Raw latents [B, C, T, h, w] to pixels [B, 3, T, 8h, 8w], not clamped."""
        return _per_frame(self.decoder, latents)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.decode(self.encode(pixels))


def _per_frame(network: nn.Module, video: Tensor) -> Tensor:
    batch, _, time = video.shape[:3]
    flat = network(video.transpose(1, 2).flatten(0, 1))
    result: Tensor = flat.unflatten(0, (batch, time)).transpose(1, 2)
    return result
