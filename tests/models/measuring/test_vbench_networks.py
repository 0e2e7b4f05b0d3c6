"""VBench's networks from files in their published layout, with random weights; parity with VBench itself is in bench/parity."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch

from reelkit.errors import UnavailableError
from reelkit.models.measuring import dino, raft
from reelkit.models.measuring.aesthetic import FEATURES
from reelkit.models.measuring.checkout import import_from
from reelkit.models.measuring.clip import Clip, clip_state
from reelkit.models.measuring.musiq import shrunk
from reelkit.models.measuring.network import load
from reelkit.models.measuring.transforms import stacked, vbench_clip, vbench_dino

CPU = torch.device("cpu")


def frame(seed: int, height: int = 40, width: int = 56) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a small architecture that open_clip then knows."""
    folder = tmp_path_factory.mktemp("configs")
    vision = {"image_size": 224, "layers": 2, "width": 64, "patch_size": 32}
    text = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2}
    config = {"embed_dim": 16, "quick_gelu": True, "vision_cfg": vision, "text_cfg": text}
    (folder / "reel-tiny-quickgelu.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    return "reel-tiny"


def test_clip_reads_openais_archive_and_gives_rows_of_frames_and_texts(tiny_clip: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = open_clip.create_model(f"{tiny_clip}-quickgelu", pretrained=None).eval()

    class Archive(torch.nn.Module):
        """As OpenAI's files: half precision, and numbers among the tensors."""

        def __init__(self) -> None:
            super().__init__()
            for name, value in model.state_dict().items():
                parts, holder = name.split("."), self
                for part in parts[:-1]:
                    if not hasattr(holder, part):
                        setattr(holder, part, torch.nn.Module())
                    holder = getattr(holder, part)
                holder.register_buffer(parts[-1], value.half())
            for name in ("input_resolution", "context_length", "vocab_size"):
                self.register_buffer(name, torch.tensor(7))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    torch.jit.script(Archive()).save(str(tmp_path / "ViT-B-32.pt"))
    state = clip_state(tmp_path / "ViT-B-32.pt")
    clip = Clip(tiny_clip, state, CPU)
    frames = [frame(0), frame(1), frame(2, 64, 48)]
    rows = clip(frames)
    with torch.no_grad():
        half = {name: value.half().float() for name, value in model.state_dict().items()}
        model.load_state_dict(half)
        wanted = torch.cat([model.encode_image(vbench_clip(stacked([each]).float())) for each in frames])
        words = model.encode_text(open_clip.get_tokenizer(f"{tiny_clip}-quickgelu")(["a red coat", "rain"]))
    assert rows.dtype == np.float32 and np.allclose(rows, wanted.numpy(), atol=1e-4)
    assert np.allclose(clip(["a red coat", "rain"]), words.numpy(), atol=1e-4)


def test_the_aesthetic_head_is_linear_and_refuses_another_width(tmp_path: Path) -> None:
    weight, bias = torch.randn(1, FEATURES), torch.tensor([2.0])
    path = tmp_path / "sa_0_4_vit_l_14_linear.pth"
    torch.save({"weight": weight, "bias": bias}, path)
    rows = np.random.default_rng(0).normal(size=(3, FEATURES)).astype(np.float32)
    assert np.allclose(load("laion-aesthetic-l14", tmp_path, CPU)(list(rows)), rows @ weight.numpy().T + 2.0, atol=1e-4)
    torch.save({"weight": torch.zeros(1, 512), "bias": bias}, path)
    with pytest.raises(UnavailableError, match="512"):
        load("laion-aesthetic-l14", tmp_path, CPU)


def test_what_is_no_file_of_weights_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"ViT-L-14\.pt.*get it from"):
        load("clip-l14", tmp_path, CPU)
    for content in (b"", b"no weights", b"PK\x03\x04 torn"):
        (tmp_path / "sa_0_4_vit_l_14_linear.pth").write_bytes(content)
        with pytest.raises(UnavailableError, match="cannot be loaded"):
            load("laion-aesthetic-l14", tmp_path, CPU)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Mischief:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return print, ("it ran",)

    torch.save({"weight": Mischief()}, tmp_path / "sa_0_4_vit_l_14_linear.pth")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        load("laion-aesthetic-l14", tmp_path, CPU)


def test_dino_sees_frames_of_any_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    monkeypatch.setattr(dino, "ARCHITECTURE", "vit_tiny_patch16_224")
    torch.manual_seed(1)
    model = timm.create_model("vit_tiny_patch16_224", num_classes=0).eval()
    torch.save(model.state_dict(), tmp_path / "dino_vitbase16_pretrain.pth")
    network = load("dino-b16", tmp_path, CPU)
    square, wide = frame(0, 60, 60), frame(1, 60, 110)
    rows = network([square, wide, square])
    with torch.no_grad():
        assert np.allclose(rows[0], model(vbench_dino(stacked([square])))[0].numpy(), atol=1e-4)
    assert np.array_equal(rows[0], rows[2]) and not np.allclose(rows[0], rows[1], atol=1e-2)


def test_positions_of_a_square_grid_are_as_they_are_and_stretched_to_another() -> None:
    embedded = torch.randn(1, 1 + 14 * 14, 8)
    assert dino.positions(embedded, 14, 14) is embedded
    stretched = dino.positions(embedded, 14, 24)
    assert stretched.shape == (1, 1 + 14 * 24, 8) and torch.equal(stretched[:, 0], embedded[:, 0])
    rows = torch.arange(14.0)[None, :, None, None].expand(1, 14, 14, 1).flatten(1, 2)
    grid = dino.positions(torch.cat([torch.zeros(1, 1, 1), rows], dim=1), 14, 24)[0, 1:, 0].reshape(14, 24)
    assert torch.allclose(grid[3:11].std(dim=1), torch.zeros(8), atol=1e-4) and grid[10, 0] > grid[3, 0]


def princeton(name: str) -> str:
    """torchvision's name of a RAFT tensor as princeton-vl has it."""
    pairs = (
        ("feature_encoder.", "fnet."), ("context_encoder.", "cnet."), (".convnormrelu.0.", ".conv1."),
        (".convnormrelu.1.", ".norm1."), ("net.conv.", "net.conv2."), (".convnormrelu1.0.", ".conv1."),
        (".convnormrelu1.1.", ".norm1."), (".convnormrelu2.0.", ".conv2."), (".convnormrelu2.1.", ".norm2."),
        ("update_block.motion_encoder.convcorr", "update_block.encoder.convc"),
        ("update_block.motion_encoder.convflow", "update_block.encoder.convf"),
        ("update_block.motion_encoder.conv.0.", "update_block.encoder.conv."),
        ("recurrent_block.convgru1.convz", "gru.convz1"), ("recurrent_block.convgru1.convr", "gru.convr1"),
        ("recurrent_block.convgru1.convq", "gru.convq1"), ("recurrent_block.convgru2.convz", "gru.convz2"),
        ("recurrent_block.convgru2.convr", "gru.convr2"), ("recurrent_block.convgru2.convq", "gru.convq2"),
        ("mask_predictor.convrelu.0.", "update_block.mask.0."), ("mask_predictor.conv.", "update_block.mask.2."),
    )  # fmt: skip
    for ours, theirs in pairs:
        name = name.replace(ours, theirs)
    if name.startswith("update_block.encoder.conv") and name.split(".")[2] != "conv":
        name = name.replace(".0.", ".")
    return name


def test_raft_reads_princetons_names_and_small_pictures(tmp_path: Path) -> None:
    from torchvision.models.optical_flow import raft_large

    torch.manual_seed(2)
    model = raft_large(weights=None).eval()
    state = {f"module.{princeton(name)}": value for name, value in model.state_dict().items()}
    state["module.fnet.layer2.0.norm3.weight"] = torch.zeros(3)
    torch.save(state, tmp_path / "raft-things.pth")
    assert set(raft.renamed({name.removeprefix("module."): v for name, v in state.items()})) == set(model.state_dict())
    before = frame(3, 64, 96)
    pair = np.stack([before, np.roll(before, 4, axis=1)])
    (row,) = load("raft-things", tmp_path, CPU)([pair])
    assert row.shape == (1,) and row[0] > 0
    with torch.no_grad():
        first, second = (raft.padded(stacked([each]).float() * (2 / 255.0) - 1.0) for each in pair)
        assert first.shape[-2:] == (128, 128)
        speed = model(first, second, num_flow_updates=raft.UPDATES)[-1].square().sum(dim=1).sqrt().flatten()
    fastest = np.sort(speed.numpy())[-int(len(speed) * 0.05) :]
    assert row[0] == pytest.approx(float(fastest.mean()), rel=1e-4)


def test_amt_is_the_authors_code_from_the_users_clone(tmp_path: Path) -> None:
    folder = tmp_path / "VBench" / "vbench" / "third_party" / "amt" / "networks"
    folder.mkdir(parents=True)
    (tmp_path / "VBench" / "vbench" / "__init__.py").write_text("raise ImportError('not to be run')\n")
    (folder / "AMT-S.py").write_text(
        "import torch\n"
        "class Model(torch.nn.Module):\n"
        "    def __init__(self, corr_radius, corr_lvls, num_flows):\n"
        "        super().__init__()\n"
        "        self.share = torch.nn.Parameter(torch.zeros(1))\n"
        "    def forward(self, first, last, embt, scale_factor, eval):\n"
        "        assert first.shape[-1] % 16 == 0 and first.shape[-2] % 16 == 0 and eval\n"
        "        return {'imgt_pred': first * embt + last * (1 - embt) + self.share}\n"
    )
    torch.save({"state_dict": {"share": torch.tensor([0.0])}}, tmp_path / "amt-s.pth")
    network = load("amt-s", tmp_path, CPU)
    triple = np.stack([np.full((20, 30, 3), level, np.uint8) for level in (10, 50, 31)])
    assert network([triple])[0, 0] == pytest.approx(50 - 20)  # 20.5 is cut off to 20
    with pytest.raises(ImportError):
        import_from(tmp_path, "vbench2.nothing")


def viclip_state() -> dict[str, torch.Tensor]:
    """Keys and shapes of ViClip-InternVid-10M-FLT.pth, but narrow: two layers, patches of 112 pixels."""
    torch.manual_seed(4)
    width, wide = 64, 64
    eyes = {
        "conv1.weight": (width, 3, 1, 112, 112), "class_embedding": (width,), "positional_embedding": (5, width),
        "temporal_positional_embedding": (1, 8, width), "proj": (width, 16), "ln_pre.weight": (width,),
        "ln_pre.bias": (width,), "ln_post.weight": (width,), "ln_post.bias": (width,),
    }  # fmt: skip
    words = {
        "token_embedding.weight": (49408, wide), "positional_embedding": (32, wide), "ln_final.weight": (wide,),
        "ln_final.bias": (wide,), "text_projection": (wide, 16),
    }  # fmt: skip
    for part in (eyes, words):
        for layer in range(2):
            block = f"transformer.resblocks.{layer}."
            part |= {
                f"{block}attn.in_proj_weight": (3 * width, width), f"{block}attn.in_proj_bias": (3 * width,),
                f"{block}attn.out_proj.weight": (width, width), f"{block}attn.out_proj.bias": (width,),
                f"{block}ln_1.weight": (width,), f"{block}ln_1.bias": (width,), f"{block}ln_2.weight": (width,),
                f"{block}ln_2.bias": (width,), f"{block}mlp.c_fc.weight": (4 * width, width),
                f"{block}mlp.c_fc.bias": (4 * width,), f"{block}mlp.c_proj.weight": (width, 4 * width),
                f"{block}mlp.c_proj.bias": (width,),
            }  # fmt: skip
    named = {f"vision_encoder.{k}": v for k, v in eyes.items()} | {f"text_encoder.{k}": v for k, v in words.items()}
    state = {name: torch.randn(shape) * 0.3 for name, shape in named.items()}
    state["vision_encoder.temporal_positional_embedding"] *= 50  # so that time shows in two layers
    return {"temp": torch.tensor(0.01), **state}


def test_viclip_sees_time_and_reads_words(tmp_path: Path) -> None:
    torch.save({"model": viclip_state()}, tmp_path / "ViClip-InternVid-10M-FLT.pth")
    network = load("viclip", tmp_path, CPU)
    window = np.stack([frame(seed) for seed in range(8)])
    rows = network([window, window[::-1].copy(), window])
    assert rows.shape == (3, 16) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows[0], rows[2], atol=1e-6) and not np.allclose(rows[0], rows[1], atol=1e-3)
    with torch.autocast("cpu", torch.bfloat16):  # as `--dtype bfloat16`
        rough = network([window])
    assert rough.dtype == np.float32 and np.allclose(rough[0], rows[0], atol=0.05) and not np.array_equal(rough[0], rows[0])
    texts = network(["a red coat", "rain " * 60])
    assert texts.shape == (2, 16) and not np.allclose(texts[0], texts[1], atol=1e-3)


def test_musiq_is_shown_no_side_over_512_pixels() -> None:
    assert shrunk(stacked([frame(0, 100, 200)])).shape[-2:] == (100, 200)
    assert shrunk(stacked([frame(0, 300, 777)])).shape[-2:] == (197, 512)


def test_an_archive_without_code_is_a_state_dict(tmp_path: Path) -> None:
    torch.save({"x": torch.ones(2)}, tmp_path / "a.pt")
    assert zipfile.is_zipfile(tmp_path / "a.pt")
    assert torch.equal(clip_state(tmp_path / "a.pt")["x"], torch.ones(2))
