"""torchmetrics beside reelkit: the same clips, and the same networks with random weights saved as the published files are.

    python bench/parity/against_torchmetrics.py

reelkit decodes the clips in its one pass and runs its networks from files; torchmetrics is given the frames as tensors. FVD
and rFVD, which torchmetrics does not have, are held to the formula with scipy's matrix root. Writes
bench/results/parity-torchmetrics.json. Needs torch-fidelity, and 1 GB of disk for the time it runs.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import open_clip
import torch
import torchmetrics
from scipy.linalg import sqrtm
from torch import Tensor, nn
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure
from torchmetrics.image.fid import FrechetInceptionDistance, NoTrainInceptionV3
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity
from torchmetrics.multimodal.clip_score import CLIPScore
from torchvision.models import Inception3, alexnet
from transformers import CLIPImageProcessor

from bench.theatre.paths import RESULTS, write_json
from reelkit.manifest.kinds import Shot, Take
from reelkit.media.video import probe, read_frames, write_video
from reelkit.metrics.distributions.meters import MovieMeter
from reelkit.metrics.distributions.samples import FRAMES, SPAN, SamplesMeter, asked
from reelkit.metrics.distributions.splits import SPLITS, SplitScore
from reelkit.metrics.meters import ClipInfo, Resources, ShotReading
from reelkit.metrics.moviebench.meters import ShotMeter
from reelkit.metrics.passing import measure_clip
from reelkit.metrics.reconstruction import meters as reconstruction
from reelkit.models import open_models

CLIPS, LENGTH, SIZE, SEED = 3, 32, (96, 160), 5
PROMPT = "a woman in a red coat waits at the door"
OF_SETS = ("inception_score", "fid", "fid_192", "fvd", "kvd")
OF_PAIRS = ("psnr", "ssim", "lpips", "rfvd")


class Motion(nn.Module):
    """Small, and called as I3D's file is."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv3d(3, 40, 4, stride=4)

    def forward(
        self, x: Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False
    ) -> Tensor:
        if rescale:
            x = x * 2 / 255 - 1
        if resize:
            x = torch.nn.functional.interpolate(x, size=(x.shape[2], 56, 56), mode="trilinear", align_corners=False)
        return 10 * torch.relu(self.layer(x)).mean(dim=(3, 4)).flatten(1)


class Logits(nn.Module):
    """What torchmetrics' InceptionScore looks at by default."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.network = NoTrainInceptionV3("x", ["logits_unbiased"], feature_extractor_weights_path=path)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.network(images)
        return found


class Rows(nn.Module):
    """Features that are there already."""

    num_features = 40 * 4

    def forward(self, rows: Tensor) -> Tensor:
        return rows.float().reshape(len(rows), -1)[:, : self.num_features]


class OpenClip:
    """An open_clip model, called as torchmetrics calls transformers'."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.config = type("Config", (), {"text_config": type("Text", (), {"max_position_embeddings": 77})})

    def to(self, device: Any) -> OpenClip:
        return self

    def get_image_features(self, pixels: Tensor) -> Tensor:
        found: Tensor = self.model.encode_image(pixels)
        return found

    def get_text_features(self, tokens: Tensor, mask: Tensor) -> Tensor:
        found: Tensor = self.model.encode_text(tokens)
        return found


class Processor:
    """transformers' processor of pictures, and open_clip's tokens."""

    def __init__(self) -> None:
        self.images, self.tokens = CLIPImageProcessor(), open_clip.get_tokenizer("ViT-B-16-quickgelu")

    def __call__(self, text: Any = None, images: Any = None, **more: Any) -> dict[str, Tensor]:
        if images is not None:
            return {"pixel_values": self.images(images, return_tensors="pt")["pixel_values"]}
        tokens = self.tokens(list(text))
        return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}


def lively(model: nn.Module) -> nn.Module:
    """Weights so large that pictures give different features."""
    generator = torch.Generator().manual_seed(SEED)
    for name, value in model.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.1, generator=generator)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=generator)
        elif value.ndim >= 2:
            value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
    return model


def weights(folder: Path) -> Path:
    """Random weights under the names of the published files."""
    torch.manual_seed(SEED)
    folder.mkdir()
    inception: Any = lively(Inception3(num_classes=1008, aux_logits=False, init_weights=False))
    inception.fc.weight.data *= 2  # so that classes are told apart; far more, and torchmetrics takes the logarithm of 0
    torch.save(inception.state_dict(), folder / "pt_inception-2015-12-05-6726825d.pth")
    torch.save(lively(alexnet(weights=None)).state_dict(), folder / "alexnet-owt-7be5be79.pth")
    torch.save(facing(open_clip.create_model("ViT-B-16-quickgelu", pretrained=None).eval()), folder / "ViT-B-16.pt")
    torch.jit.script(Motion()).save(folder / "i3d_torchscript.pt")
    return folder


def facing(model: Any) -> dict[str, Tensor]:
    """A CLIP whose words point where its pictures do, so that the score is not cut off at 0."""
    with torch.no_grad():
        words = model.encode_text(open_clip.get_tokenizer("ViT-B-16-quickgelu")([PROMPT]))
        if float((model.encode_image(torch.zeros(1, 3, 224, 224)) * words).sum()) < 0:
            model.text_projection.neg_()
    found: dict[str, Tensor] = model.state_dict()
    return found


def clips(folder: Path) -> tuple[list[Path], list[Path]]:
    """Drifting patches, and the same under noise and a tint, lossless."""
    chance = np.random.default_rng(SEED)
    real, made = [], []
    for number in range(CLIPS):
        patches = chance.integers(0, 256, (SIZE[0] // 16 + 1, SIZE[1] // 16 + 6, 3)).astype(np.float32)
        wall = np.kron(patches, np.ones((16, 16, 1), np.float32))
        shown = [wall[: SIZE[0], 2 * frame : 2 * frame + SIZE[1]] for frame in range(LENGTH)]
        spoilt = [frame * 0.9 + (8, 0, 4) + chance.normal(scale=6, size=frame.shape) for frame in shown]
        for kind, frames, paths in (("real", shown, real), ("made", spoilt, made)):
            path = folder / kind / f"s{number}.mkv"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_video(path, [np.clip(frame, 0, 255).astype(np.uint8) for frame in frames], 8.0, lossless=True)
            paths.append(path)
    return real, made


def described(path: Path) -> ClipInfo:
    seen = probe(path)
    take = Take(path=path.name)
    return ClipInfo(
        path=path, frames=seen.frames, fps=seen.fps, width=seen.width, height=seen.height, seconds=seen.seconds,
        used=seen.frames, shot=Shot(id=path.stem, movie="m", prompt=PROMPT, takes=[take]), take=take,
    )  # fmt: skip


def ours(resources: Resources, made: list[Path]) -> dict[str, float | None]:
    """Every number from one decode of each clip."""
    sets, pairs = MovieMeter(resources), reconstruction.MovieMeter()
    scores = {name: 0.0 for name in ("clip_score", *OF_PAIRS[:3])}
    for path in made:
        info = described(path)
        assert reconstruction.FAMILY.clip is not None
        pair = reconstruction.FAMILY.clip(resources, info)
        assert pair is not None
        given = [SamplesMeter(asked(resources), info), pair, ShotMeter(resources, info)]
        found = measure_clip(resources, info, given)
        sets.add(ShotReading(shot=info.shot, scores={}, material=found[0].material))
        pairs.add(ShotReading(shot=info.shot, scores={}, material=found[1].material))
        for reading in found:
            for name, value in reading.scores.items():
                scores[name] += (value or 0.0) / len(made)
    return {**scores, **sets.values(), **pairs.values()}


def tensor(path: Path) -> Tensor:
    return torch.from_numpy(np.stack(list(read_frames(path)))).movedim(-1, 1)


def theirs(folder: Path, real: list[Path], made: list[Path]) -> dict[str, float]:
    """torchmetrics on the same frames; the root of the product where it has no such metric."""
    inception = str(folder / "pt_inception-2015-12-05-6726825d.pth")
    fids = {
        name: FrechetInceptionDistance(feature=width, feature_extractor_weights_path=inception)
        for name, width in (("fid", 2048), ("fid_192", 192))
    }
    variety = InceptionScore(feature=Logits(inception))
    noise = PeakSignalNoiseRatio(data_range=255.0, dim=(1, 2, 3), reduction="elementwise_mean")
    likeness = StructuralSimilarityIndexMeasure(data_range=255.0)
    backbone = alexnet(weights=None)
    backbone.load_state_dict(torch.load(folder / "alexnet-owt-7be5be79.pth"))
    lpips_module = sys.modules["torchmetrics.functional.image.lpips"]
    lpips_module._get_tv_model_features = lambda *_: backbone.features  # type: ignore[attr-defined]
    distance = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)
    clip = open_clip.create_model("ViT-B-16-quickgelu", pretrained=None).eval()
    clip.load_state_dict(torch.load(folder / "ViT-B-16.pt"))
    nearness = CLIPScore(model_name_or_path=lambda: (OpenClip(clip), Processor()))  # type: ignore[arg-type]
    for before, after in zip(real, made, strict=True):
        a, b = tensor(before), tensor(after)
        for fid in fids.values():
            fid.update(a, real=True)
            fid.update(b, real=False)
        variety.update(b)
        noise.update(b.double(), a.double())
        likeness.update(b.double(), a.double())
        distance.update(b.float() / 255, a.float() / 255)
        nearness.update(list(b), [PROMPT] * len(b))
    i3d = torch.jit.load(folder / "i3d_torchscript.pt")
    x, y = (torch.cat([windows(i3d, path) for path in paths]) for paths in (made, real))
    kernel = KernelInceptionDistance(feature=Rows(), subsets=1, subset_size=len(x))
    kernel.update(y[:, :, None, None], real=True)
    kernel.update(x[:, :, None, None], real=False)
    torch.manual_seed(123)
    score = float(variety.compute()[0])
    fvd = by_root(x.double().numpy(), y.double().numpy())
    measured = {name: float(fid.compute()) for name, fid in fids.items()}
    return {
        **measured, "inception_score": score, "psnr": float(noise.compute()), "ssim": float(likeness.compute()),
        "lpips": float(distance.compute()), "clip_score": float(nearness.compute()), "kvd": float(kernel.compute()[0]),
        "fvd": fvd, "rfvd": fvd,
    }  # fmt: skip


def windows(i3d: Any, path: Path) -> Tensor:
    frames = tensor(path).float()
    given = frames.unflatten(0, (-1, SPAN)).transpose(1, 2)
    with torch.no_grad():
        found: Tensor = i3d(given, rescale=True, resize=True, return_features=True)
    return found


def by_root(a: np.ndarray, b: np.ndarray) -> float:
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s + t - 2 * np.real(sqrtm(s @ t))))


def on_their_splits(resources: Resources, made: list[Path]) -> float | None:
    """Our Inception Score with frames in the splits that torchmetrics' shuffle puts them in."""
    frames = [frame for path in made for frame in read_frames(path)]
    rows = resources.network(FRAMES, frames)[:, 192 + 2048 :]
    torch.manual_seed(123)
    splits = np.empty(len(frames), np.int64)
    for number, part in enumerate(torch.randperm(len(frames)).chunk(SPLITS)):
        splits[part.numpy()] = number
    score = SplitScore()
    score.add(rows, splits)
    return score.value()


def main() -> None:
    """Measure both, and write down the differences."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        files = weights(Path(folder) / "weights")
        real, made = clips(Path(folder))
        resources = Resources(
            names=frozenset((*OF_SETS, *OF_PAIRS, "clip_score")),
            models=open_models(device="cpu"),
            weights=files,
            reference=real[0].parent,
        )
        mine = ours(resources, made)
        shuffled = on_their_splits(resources, made)
        given = theirs(files, real, made)
    rows = {
        name: {"reelkit": mine[name], "torchmetrics": given[name], "difference_ppm": ppm(mine[name], given[name])}
        for name in sorted(given)
    }
    rows["inception_score_on_their_splits"] = {
        "reelkit": shuffled, "torchmetrics": given["inception_score"], "difference_ppm": ppm(shuffled, given["inception_score"])
    }  # fmt: skip
    result = {
        "about": "fvd and rfvd are held to scipy's matrix root; inception_score draws its own splits",
        "torchmetrics": torchmetrics.__version__,
        "torch": torch.__version__,
        "clips": CLIPS, "frames": LENGTH, "size": list(SIZE[::-1]),
        "metrics": rows,
    }  # fmt: skip
    write_json(RESULTS / "parity-torchmetrics.json", result)
    for name, row in rows.items():
        mine_shown, given_shown, apart = row.values()
        sys.stdout.write(f"{name:34} {mine_shown:>14.6f} {given_shown:>14.6f} {apart:10.2f} ppm\n")


def ppm(a: float | None, b: float) -> float:
    """Millionths by which ours differs."""
    return float("nan") if a is None else 1e6 * abs(a - b) / max(abs(b), 1e-12)


if __name__ == "__main__":
    main()
