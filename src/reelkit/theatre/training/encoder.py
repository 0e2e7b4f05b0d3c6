"""Train the embedded text-and-image encoder: contrastive pairs of theatre frames and captions (CLIP, arXiv 2103.00020)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from reelkit.theatre.captions import caption
from reelkit.theatre.render import render_shot
from reelkit.theatre.training.frames import TRAIN_SEEDS
from reelkit.theatre.training.runs import Average, Run, adamw, one_cycle
from reelkit.theatre.world import sample_scene

CONTEXT = 48
VOCABULARY = 4096
MEAN, STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


def model_config(
    width: int = 192, image_layers: int = 5, text_layers: int = 3, height: int = 64, image_width: int = 128
) -> dict:
    """open_clip's model_cfg of an encoder; `eos_id` and `pad_id` are those of `train_tokenizer`."""
    return {
        "embed_dim": 128,
        "vision_cfg": {
            "image_size": [height, image_width], "patch_size": 16, "width": width, "layers": image_layers,
            "head_width": 48, "mlp_ratio": 4.0, "pool_type": "avg", "final_ln_after_pool": True,
        },
        "text_cfg": {
            "context_length": CONTEXT, "vocab_size": VOCABULARY, "width": width, "heads": width // 48, "layers": text_layers,
            "hf_tokenizer_name": "local", "tokenizer_kwargs": {"clean": "lower"}, "pool_type": "eos", "eos_id": 2, "pad_id": 0,
        },
    }  # fmt: skip


def train_tokenizer(folder: Path, scenes: int = 12_000) -> None:
    """Learn a byte-level BPE of VOCABULARY tokens from theatre captions and save it as transformers' fast tokenizer."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    def texts() -> Iterator[str]:
        for number in range(scenes):
            scene, rng = sample_scene(TRAIN_SEEDS + number, shots=3), np.random.default_rng(number)
            yield from (caption(scene, shot, rng) for shot in scene.shots)

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    bpe.decoder = decoders.ByteLevel()
    special = ["<pad>", "<start>", "<end>"]
    bpe.train_from_iterator(
        texts(),
        trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                            show_progress=False),
    )  # fmt: skip
    bpe.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 1), ("<end>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token="<pad>",
        bos_token="<start>",
        eos_token="<end>",
        model_max_length=CONTEXT,
    )
    fast.save_pretrained(folder)


def write_config(folder: Path, config: dict) -> None:
    """Write `open_clip_config.json`, the file that makes a folder an open_clip `local-dir:`."""
    preprocess = {"mean": MEAN, "std": STD, "interpolation": "bilinear", "resize_mode": "squash"}
    text = json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}, indent=1)
    (folder / "open_clip_config.json").write_text(text + "\n")


class PairStream(IterableDataset[tuple[Tensor, list[str]]]):
    """Batches of (frames uint8 [B, 3, H, W], captions): two shots of each scene. One worker draws them."""

    def __init__(self, batch: int, width: int, height: int, start: int, seed: int) -> None:
        self.batch, self.width, self.height, self.start, self.seed = batch, width, height, start, seed

    def __iter__(self) -> Iterator[tuple[Tensor, list[str]]]:
        scene_seed = TRAIN_SEEDS + 100_000_000 * (1 + self.seed) + self.start * self.batch
        rng = np.random.default_rng([self.seed, self.start])
        while True:
            pictures: list[np.ndarray] = []
            captions: list[str] = []
            while len(pictures) < self.batch:
                scene = sample_scene(scene_seed, shots=2, frames=25)
                scene_seed += 1
                for shot in scene.shots:
                    number = [int(rng.integers(shot.frames))]
                    pictures.append(
                        render_shot(scene, shot, self.width, self.height, frames=number).frames[0]
                    )
                    captions.append(caption(scene, shot, rng))
            yield (
                torch.from_numpy(np.stack(pictures[: self.batch])).permute(0, 3, 1, 2),
                captions[: self.batch],
            )


def contrastive_loss(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE over matching rows of unit vectors [B, D]."""
    logits = scale * images @ texts.T
    labels = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def train(folder: Path, out: Path, steps: int, batch: int = 256, peak: float = 1.5e-3, device: str = "cpu", seed: int = 0,
          width: int = 192, image_layers: int = 5, text_layers: int = 3, workers: int = 1,
          compiled: int = 1) -> None:  # fmt: skip
    """Train for `steps` batches, or go on where the folder's checkpoint stopped, then save an open_clip folder to `out`."""
    import open_clip
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    config = model_config(width, image_layers, text_layers)
    if not (out / "tokenizer.json").exists():
        train_tokenizer(out)
    write_config(out, config)
    model = open_clip.model.CLIP(**config).to(device)
    tokenizer = open_clip.get_tokenizer(f"local-dir:{out}")
    average = Average(model, decay=0.998)
    optimizer = adamw(model.parameters(), peak, weight_decay=0.1)
    run = Run(folder, steps, log_every=20)
    parts = {"model": model, "average": average, "optimizer": optimizer}
    run.resume(parts)
    stream = PairStream(batch, 128, 64, run.step, seed)
    loader = iter(
        DataLoader(stream, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None)
    )
    if compiled:
        for block in [*model.visual.transformer.resblocks, *model.transformer.resblocks]:
            block.compile(dynamic=False)
    for step in run.iterate(parts):
        pictures, captions = next(loader)
        for group in optimizer.param_groups:
            group["lr"] = one_cycle(step, steps, peak, 60, floor=0.01)
        with torch.autocast(device, torch.bfloat16):
            images = model.encode_image(pictures.to(device).float() / 127.5 - 1, normalize=True)
            texts = model.encode_text(tokenizer(captions).to(device), normalize=True)
        scale = model.logit_scale.exp().clamp(max=100)
        loss = contrastive_loss(images.float(), texts.float(), scale)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model, step)
        if step % run.log_every == 0:
            right = (images @ texts.T).argmax(1).cpu() == torch.arange(len(images))
            run.log(loss=loss.item(), right=right.float().mean().item(), scale=scale.item())
    save_file(
        {k: v.half().contiguous() for k, v in average.values.items()}, out / "open_clip_model.safetensors"
    )
