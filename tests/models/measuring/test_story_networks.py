"""The story metrics' networks, with random weights in the layout in which the real ones are published."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from reelkit.errors import UnavailableError
from reelkit.models.measuring.csd import squared
from reelkit.models.measuring.detector import MOST_BOXES, caption
from reelkit.models.measuring.network import load

CPU = torch.device("cpu")
WIDTH, LAYERS, PATCH, GRID, STYLE = 64, 2, 8, 4, 16


def frame(seed: int, height: int = 40, width: int = 56) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def csd_state() -> dict[str, torch.Tensor]:
    """Keys and shapes of csd_vit-large.pth, but narrow."""
    torch.manual_seed(3)
    shapes = {
        "class_embedding": (WIDTH,), "positional_embedding": (GRID * GRID + 1, WIDTH),
        "conv1.weight": (WIDTH, 3, PATCH, PATCH),
        "ln_pre.weight": (WIDTH,), "ln_pre.bias": (WIDTH,), "ln_post.weight": (WIDTH,), "ln_post.bias": (WIDTH,),
    }  # fmt: skip
    for layer in range(LAYERS):
        block = f"transformer.resblocks.{layer}."
        shapes |= {
            f"{block}attn.in_proj_weight": (3 * WIDTH, WIDTH), f"{block}attn.in_proj_bias": (3 * WIDTH,),
            f"{block}attn.out_proj.weight": (WIDTH, WIDTH), f"{block}attn.out_proj.bias": (WIDTH,),
            f"{block}ln_1.weight": (WIDTH,), f"{block}ln_1.bias": (WIDTH,),
            f"{block}ln_2.weight": (WIDTH,), f"{block}ln_2.bias": (WIDTH,),
            f"{block}mlp.c_fc.weight": (4 * WIDTH, WIDTH), f"{block}mlp.c_fc.bias": (4 * WIDTH,),
            f"{block}mlp.c_proj.weight": (WIDTH, 4 * WIDTH), f"{block}mlp.c_proj.bias": (WIDTH,),
        }  # fmt: skip
    state = {f"backbone.{key}": torch.randn(shape) * 0.2 for key, shape in shapes.items()}
    state |= {"last_layer_style": torch.randn(WIDTH, STYLE), "last_layer_content": torch.randn(WIDTH, STYLE)}
    return state


def by_hand(state: dict[str, torch.Tensor], image: torch.Tensor) -> torch.Tensor:
    """CLIP's vision transformer with one attention head, in a dozen lines."""
    s = {key.removeprefix("backbone."): value for key, value in state.items()}
    norm = torch.nn.functional.layer_norm
    patches = torch.nn.functional.conv2d(image[None], s["conv1.weight"], stride=PATCH).flatten(2)[0].T
    x = torch.cat([s["class_embedding"][None], patches]) + s["positional_embedding"]
    x = norm(x, (WIDTH,), s["ln_pre.weight"], s["ln_pre.bias"])
    for layer in range(LAYERS):
        b = f"transformer.resblocks.{layer}."
        y = norm(x, (WIDTH,), s[b + "ln_1.weight"], s[b + "ln_1.bias"])
        q, k, v = (y @ s[b + "attn.in_proj_weight"].T + s[b + "attn.in_proj_bias"]).chunk(3, dim=-1)
        seen = (q @ k.T / WIDTH**0.5).softmax(dim=-1) @ v
        x = x + seen @ s[b + "attn.out_proj.weight"].T + s[b + "attn.out_proj.bias"]
        y = norm(x, (WIDTH,), s[b + "ln_2.weight"], s[b + "ln_2.bias"]) @ s[b + "mlp.c_fc.weight"].T + s[b + "mlp.c_fc.bias"]
        x = x + (y * torch.sigmoid(1.702 * y)) @ s[b + "mlp.c_proj.weight"].T + s[b + "mlp.c_proj.bias"]
    style = norm(x[0], (WIDTH,), s["ln_post.weight"], s["ln_post.bias"]) @ s["last_layer_style"]
    return style / style.norm()


def test_csd_is_the_projected_class_token_of_a_clip_backbone(tmp_path: Path) -> None:
    state = csd_state()
    torch.save(state, tmp_path / "csd_vit-large.pth")
    frames = [frame(0), frame(1, 64, 30)]
    rows = load("csd", tmp_path, CPU)(frames)
    assert rows.shape == (2, STYLE) and rows.dtype == np.float32
    for row, picture in zip(rows, frames, strict=True):
        assert row == pytest.approx(by_hand(state, squared(picture, GRID * PATCH)).numpy(), abs=1e-5)


def test_csd_reads_a_training_checkpoint_and_half_precision(tmp_path: Path) -> None:
    state = {f"module.{key}": value.half() for key, value in csd_state().items()}
    torch.save({"model_state_dict": state}, tmp_path / "csd_vit-large.pth")
    assert np.linalg.norm(load("csd", tmp_path, CPU)([frame(0)])) == pytest.approx(1, abs=1e-5)


def test_a_file_that_is_no_csd_is_unavailable(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "csd_vit-large.pth")
    with pytest.raises(UnavailableError, match="csd_vit-large"):
        load("csd", tmp_path, CPU)


def test_the_picture_is_squeezed_not_cropped() -> None:
    wide = np.zeros((20, 80, 3), dtype=np.uint8)
    wide[:, :8] = 255
    image = squared(wide, 16)
    assert image.shape == (3, 16, 16)
    assert float(image[0, 8, 0]) > 1.5 and float(image[0, 8, 8]) < -1.5


def save_tokenizer(folder: Path, words: list[str]) -> None:
    from transformers import BertTokenizerFast

    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", *words]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)


def save_detector(folder: Path) -> None:
    """A tiny GroundingDINO as transformers saves one."""
    from transformers import (
        BertConfig,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        GroundingDinoImageProcessor,
        SwinConfig,
    )

    torch.manual_seed(0)
    folder.mkdir()
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 1, 1], window_size=4, image_size=64, out_indices=[2, 3, 4]
        ),
        text_config=BertConfig(vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16),
        d_model=32, encoder_layers=1, decoder_layers=2, encoder_ffn_dim=32, decoder_ffn_dim=32,
        encoder_attention_heads=4, decoder_attention_heads=4, num_queries=20, max_text_len=32,
        num_feature_levels=4, positional_embedding_temperature=20,
    )  # fmt: skip
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 96}).save_pretrained(folder)
    save_tokenizer(folder, ["character", "a", "red", "coat"])
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": "GroundingDinoProcessor"}))


def test_the_detector_gives_boxes_inside_the_frame_surest_first(tmp_path: Path) -> None:
    save_detector(tmp_path / "grounding-dino-tiny")
    detector = load("grounding-dino", tmp_path, CPU)
    rows = detector([frame(0), frame(1, 30, 70)], text="Character", least=0.0)
    assert rows.shape == (2, MOST_BOXES * 5)
    boxes = rows.reshape(2, MOST_BOXES, 5)
    assert (np.diff(boxes[..., 0], axis=1) <= 0).all()
    assert boxes.min() >= 0 and boxes.max() <= 1
    assert (boxes[:, :20, 3] >= boxes[:, :20, 1]).all()
    assert (boxes[:, 20:] == 0).all()


def test_boxes_that_are_not_sure_enough_are_left_out(tmp_path: Path) -> None:
    save_detector(tmp_path / "grounding-dino-tiny")
    detector = load("grounding-dino", tmp_path, CPU)
    scores = detector([frame(0)], text="a red coat", least=0.0).reshape(-1, 5)[:20, 0]
    bar = float(np.sort(scores)[-3:].mean())
    kept = detector([frame(0)], text="a red coat", least=bar).reshape(-1, 5)[:, 0]
    assert (kept > 0).sum() == (scores > bar).sum() < 20


def test_captions_end_with_a_full_stop() -> None:
    assert caption("  A Red Coat ") == "a red coat."
    assert caption("a dog.") == "a dog."


def test_class_tokens_have_length_one(tmp_path: Path) -> None:
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    folder = tmp_path / "dinov2-base"
    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
    model = Dinov2Model(config).eval()
    model.save_pretrained(folder)
    processor = BitImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 28, "width": 28})
    processor.save_pretrained(folder)
    rows = load("dinov2-base", tmp_path, CPU)([frame(0), frame(1, 90, 33)])
    pixels = processor(images=frame(0), return_tensors="pt")
    with torch.no_grad():
        token = model(**pixels).last_hidden_state[0, 0]
    assert rows.shape == (2, 16)
    assert rows[0] == pytest.approx((token / token.norm()).numpy(), abs=1e-5)


def test_nearness_is_clips_logit_over_its_scale(tmp_path: Path) -> None:
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer

    folder = tmp_path / "clip-vit-base-patch32"
    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77).save_pretrained(folder)
    torch.manual_seed(0)
    layer = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = CLIPModel(
        CLIPConfig(
            text_config={**layer, "vocab_size": 60, "max_position_embeddings": 77, "eos_token_id": 1, "bos_token_id": 0},
            vision_config={**layer, "image_size": 32, "patch_size": 8}, projection_dim=12,
        )
    ).eval()  # fmt: skip
    model.save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    near = load("clip-b32-text", tmp_path, CPU)
    rows = near([frame(0), frame(1, 90, 33)], text="a red coat")
    assert rows.shape == (2, 1)
    from transformers import CLIPProcessor

    given = CLIPProcessor.from_pretrained(folder)(text=["a red coat"], images=[frame(0)], return_tensors="pt")
    with torch.no_grad():
        logit = model(**given).logits_per_image.item()
    assert rows[0, 0] == pytest.approx(logit / model.logit_scale.exp().item(), abs=1e-5)
    assert np.isfinite(near([frame(0)], text="word " * 300)).all()
