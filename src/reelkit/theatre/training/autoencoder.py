"""Train the autoencoder of the embedded weaver: L1, L2 and edges, noise on the latents, equivariance to pooling."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from reelkit.theatre.training.frames import frame_batches
from reelkit.theatre.training.runs import Average, Run, one_cycle
from reelkit.weaver.autoencoder import FrameAutoencoder

LATENT_NOISE = 0.08
"""Standard deviation of noise on raw latents in training: diffusion leaves errors, the decoder must forgive them."""
LATENT_PULL = 1e-3
"""Weight of the mean square of latents: without it they would grow to drown the noise."""

EQUIVARIANCE = 0.7
"""Weight of decoding pooled latents to pooled frames: latents that survive pooling are smooth, and diffuse sooner
(EQ-VAE, arXiv 2502.09509)."""


def edges(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Horizontal and vertical first differences of [B, 3, H, W]."""
    return pixels.diff(dim=-1), pixels.diff(dim=-2)


def reconstruction_loss(made: Tensor, true: Tensor) -> Tensor:
    """L1 + L2 + edge L1 over pixels in [-1, 1]."""
    (made_x, made_y), (true_x, true_y) = edges(made), edges(true)
    edge = F.l1_loss(made_x, true_x) + F.l1_loss(made_y, true_y)
    return F.l1_loss(made, true) + 2.0 * F.mse_loss(made, true) + 0.5 * edge


def psnr(made: Tensor, true: Tensor) -> float:
    """Peak signal to noise in dB over pixels in [-1, 1], made clamped."""
    error = F.mse_loss(made.clamp(-1, 1), true).item()
    return float(10 * torch.log10(torch.tensor(4.0 / error)))


@torch.no_grad()
def latent_statistics(network: FrameAutoencoder, pixels: Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each latent channel over frames [B, 3, H, W]."""
    latents = network.encoder(pixels)
    mean, std = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    return [round(v, 6) for v in mean.tolist()], [round(v, 6) for v in std.tolist()]


def train(folder: Path, out: Path, steps: int, batch: int = 32, width: int = 128, height: int = 64, workers: int = 1,
          peak: float = 2e-3, device: str = "cpu") -> None:  # fmt: skip
    """Train for `steps` of `batch` frames, or go on where the folder's checkpoint stopped, then save to `out`."""
    torch.manual_seed(0)
    network = FrameAutoencoder().to(device)
    average = Average(network, decay=0.998)
    optimizer = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=1e-4, betas=(0.9, 0.98))
    run = Run(folder, steps)
    parts = {"network": network, "average": average, "optimizer": optimizer}
    run.resume(parts)
    batches = frame_batches(batch, width, height, run.step, workers)
    for step in run.iterate(parts):
        true = next(batches).to(device)
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(step, steps, peak, 200, floor=0.02)
        with torch.autocast(device, torch.bfloat16):
            latents = network.encoder(true)
            made = network.decoder(latents + LATENT_NOISE * torch.randn_like(latents)).float()
            pooled = network.decoder(F.avg_pool2d(latents, 2)).float()
        loss = reconstruction_loss(made, true) + LATENT_PULL * latents.float().square().mean()
        loss = loss + EQUIVARIANCE * reconstruction_loss(pooled, F.avg_pool2d(true, 2))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network, step)
        if step % run.log_every == 0:
            run.log(loss=loss.item(), psnr=psnr(made.detach(), true), latent=latents.float().std().item())
    network.load_state_dict(average.values)
    network = network.to("cpu").eval()
    sample = torch.cat([next(batches) for _ in range(32)])
    mean, std = latent_statistics(network, sample)
    network.register_to_config(latents_mean=mean, latents_std=std)
    network.to(torch.float16).save_pretrained(out)
