"""Networks of the set distances, LPIPS and the CLIP score: random weights in the published files' layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from torchmetrics.functional.image import learned_perceptual_image_patch_similarity
from torchmetrics.image.fid import NoTrainInceptionV3
from torchvision.models import Inception3, alexnet
from transformers import CLIPImageProcessor

from reelkit.errors import UnavailableError
from reelkit.models.measuring.clip_score import AntialiasedClip, openai_clip
from reelkit.models.measuring.inception import EARLY, LOGITS, POOL
from reelkit.models.measuring.known import networks
from reelkit.models.measuring.network import load
from reelkit.models.measuring.transforms import stacked

CPU = torch.device("cpu")


def frame(seed: int, height: int = 40, width: int = 56) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def lively(model: torch.nn.Module) -> torch.nn.Module:
    """Weights large enough that frames give different features."""
    generator = torch.Generator().manual_seed(0)
    for name, value in model.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.1, generator=generator)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=generator)
        elif value.ndim >= 2:
            value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
    return model


def saved(folder: Path, name: str, state: dict[str, torch.Tensor]) -> None:
    torch.save(state, folder / networks()[name].files[0])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    saved(folder, "inception-fid", lively(Inception3(num_classes=LOGITS, aux_logits=False, init_weights=False)).state_dict())
    saved(folder, "inception-v3", lively(Inception3(init_weights=False)).state_dict())
    backbone = {f"features.{name}": value for name, value in lively(alexnet(weights=None).features).state_dict().items()}
    saved(folder, "lpips-alex", backbone | {"classifier.1.weight": torch.zeros(2)})
    return folder


def test_one_run_of_inception_gives_what_torchmetrics_looks_at(weights: Path) -> None:
    frames = [frame(seed, 400, 320) for seed in range(2)]
    found = load("inception-fid", weights, CPU)(frames)
    path = str(weights / networks()["inception-fid"].files[0])
    reference = NoTrainInceptionV3("x", ["192", "2048", "logits_unbiased"], feature_extractor_weights_path=path)
    with torch.inference_mode():
        expected = torch.cat(reference._torch_fidelity_forward(stacked(frames)), dim=1).numpy()
    assert found.shape == (2, EARLY + POOL + LOGITS) and np.abs(found[0] - found[1]).max() > 0.01
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-4 * np.abs(expected).max())


def test_torchvisions_inception_gives_probabilities_of_frames_of_any_size(weights: Path) -> None:
    classify = load("inception-v3", weights, CPU)
    found = classify([frame(0), frame(0, 320, 300)])
    assert found.shape == (2, 1000)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert np.abs(found[0] - found[1]).max() > 1e-6


class Motion(torch.nn.Module):
    """Called as I3D's file is: mean level and motion of windows [B, 3, T, H, W]."""

    def forward(
        self, x: torch.Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False
    ) -> torch.Tensor:
        if rescale:
            x = x * 2 / 255 - 1
        if not (resize and return_features):
            return torch.zeros(x.shape[0], 2)
        moved = (x[:, :, 1:] - x[:, :, :-1]).abs()
        return torch.stack([x.mean(dim=(1, 2, 3, 4)), moved.mean(dim=(1, 2, 3, 4))], dim=1)


def test_i3d_scales_levels_and_pictures_itself_and_sees_time_as_time(tmp_path: Path) -> None:
    torch.jit.script(Motion()).save(tmp_path / "i3d_torchscript.pt")
    still = np.full((16, 8, 10, 3), 255, np.uint8)
    blinking = still.copy()
    blinking[1::2] = 0
    found = load("i3d", tmp_path, CPU)([still, blinking, np.zeros((16, 6, 6, 3), np.uint8)])
    np.testing.assert_allclose(found, [[1, 0], [0, 2], [-1, 0]], atol=1e-6)


def test_lpips_is_torchmetrics_with_the_same_backbone_and_shipped_heads(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [np.stack([frame(seed, 80, 96), frame(seed + 9, 80, 96)]) for seed in range(2)]
    pairs.append(np.stack([frame(5, 64, 64)] * 2))
    found = load("lpips-alex", weights, CPU)(pairs)
    backbone = alexnet(weights=None)
    state = torch.load(weights / "alexnet-owt-7be5be79.pth")
    backbone.features.load_state_dict({name.removeprefix("features."): state[name] for name in state if "features" in name})
    monkeypatch.setattr("torchmetrics.functional.image.lpips._get_tv_model_features", lambda *_: backbone.features)
    for pair, distance in zip(pairs, found, strict=True):
        a, b = (stacked([each]).float() / 255 for each in pair)
        expected = learned_perceptual_image_patch_similarity(a, b, "alex", normalize=True)
        assert distance[0] == pytest.approx(float(expected), rel=1e-5)
    assert found[0, 0] > 0.01 and found[2, 0] == 0


@pytest.mark.parametrize("size", [(480, 854), (200, 130), (224, 224)])
def test_the_clip_score_sees_frames_as_openais_processor_shows_them(size: tuple[int, int]) -> None:
    smooth = np.kron(np.random.default_rng(0).integers(0, 256, (size[0] // 10, size[1] // 10 + 1, 3)), np.ones((10, 10, 1)))
    picture = smooth[: size[0], : size[1]].astype(np.uint8)
    expected = CLIPImageProcessor()(picture, return_tensors="np", input_data_format="channels_last")["pixel_values"][0]
    found = openai_clip(stacked([picture]))[0].numpy()
    assert found.shape == expected.shape == (3, 224, 224)
    assert np.abs(found - expected).max() < 0.03  # two levels of 255: resampling rounds otherwise


def test_clip_answers_frames_and_texts(tmp_path: Path) -> None:
    vision = {"image_size": 224, "layers": 1, "width": 64, "patch_size": 32}
    text = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "quick_gelu": True, "vision_cfg": vision, "text_cfg": text}
    (tmp_path / "reel-score-quickgelu.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path)
    torch.manual_seed(1)
    model = open_clip.create_model("reel-score-quickgelu", pretrained=None).eval()
    network = AntialiasedClip("reel-score", model.state_dict(), CPU)
    with torch.inference_mode():
        expected = model.encode_image(openai_clip(stacked([frame(0, 300, 400)]))).numpy()
    np.testing.assert_allclose(network([frame(0, 300, 400), frame(1)])[:1], expected, atol=1e-5)
    assert network(["a red coat", "rain " * 200]).shape == (2, 16)


@pytest.mark.parametrize("name", ["inception-fid", "inception-v3", "i3d", "lpips-alex", "clip-b16"])
def test_missing_and_wrong_files_are_unavailable_and_named(tmp_path: Path, name: str) -> None:
    file = networks()[name].files[0]
    with pytest.raises(UnavailableError, match=file.replace(".", r"\.")):
        load(name, tmp_path, CPU)
    saved(tmp_path, name, {"layer.weight": torch.zeros(2)})
    with pytest.raises(UnavailableError, match=file.replace(".", r"\.")):
        load(name, tmp_path, CPU)
