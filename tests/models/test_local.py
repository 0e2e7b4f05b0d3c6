"""The loader in process, over a tiny checkpoint that the real code loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from reelkit.errors import ModelError, RecordError, StoppedError, UnavailableError
from reelkit.media.image import read_image, write_png
from reelkit.media.video import probe, read_frames
from reelkit.models import GenerateRequest, open_models


@pytest.fixture(scope="module")
def models():
    return open_models(device="cpu", dtype="float32")


def request(checkpoint: Path, out: Path, **more) -> GenerateRequest:
    fields = {"prompt": "wide shot, a beach by day", "width": 64, "height": 32, "frames": 6, "seed": 5, **more}
    return GenerateRequest(model=str(checkpoint), out=str(out), **fields)


def frames(out: Path) -> np.ndarray:
    return np.stack(list(read_frames(out.with_suffix(".mp4"))))


def test_a_card_says_what_the_checkpoint_can_do_and_its_revision_follows_the_weights(models, checkpoint, tmp_path):
    card = models.describe(str(checkpoint), "video")
    assert (card.fps, card.native, card.chunk_frames) == (8.0, (64, 32), (6, 6))
    assert card.modes == (1, 2, 3, 4) and card.max_references == 3
    copy = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    assert models.describe(str(copy), "video").revision == card.revision
    config = copy / "transformer" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert open_models().describe(str(copy), "video").revision != card.revision


def test_a_chunk_is_a_clip_and_its_latents(models, checkpoint, tmp_path):
    steps = []
    reply = models.generate(request(checkpoint, tmp_path / "a"), lambda done, total: steps.append((done, total)))
    assert (reply.frames, reply.fps, reply.width, reply.height) == (6, 8.0, 64, 32)
    info = probe(tmp_path / "a.mp4")
    assert (info.frames, info.fps, info.width, info.height) == (6, 8.0, 64, 32)
    assert load_file(tmp_path / "a.safetensors")["latents"].shape == (4, 6, 4, 8)
    assert steps == [(1, 2), (2, 2)] and reply.peak_memory > 0


def test_a_still_is_a_png(models, checkpoint, tmp_path):
    models.generate(request(checkpoint, tmp_path / "still", frames=1, still=True))
    assert read_image(tmp_path / "still.png").shape == (32, 64, 3)


def test_the_same_request_writes_the_same_bytes(models, checkpoint, tmp_path):
    for name in ("a", "b"):
        models.generate(request(checkpoint, tmp_path / name))
    for suffix in (".mp4", ".safetensors"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_references_and_history_each_reach_the_picture(models, checkpoint, tmp_path):
    write_png(tmp_path / "red.png", np.full((32, 64, 3), (220, 30, 30), np.uint8))
    write_png(tmp_path / "blue.png", np.full((32, 64, 3), (30, 30, 220), np.uint8))
    models.generate(request(checkpoint, tmp_path / "plain"))
    made = {}
    for name in ("red", "blue"):
        models.generate(request(checkpoint, tmp_path / f"with-{name}", references=[str(tmp_path / f"{name}.png")]))
        made[name] = load_file(tmp_path / f"with-{name}.safetensors")["latents"]
    plain = load_file(tmp_path / "plain.safetensors")["latents"]
    assert not made["red"].equal(made["blue"]) and not made["red"].equal(plain)
    models.generate(request(checkpoint, tmp_path / "later", history=[str(tmp_path / "plain.safetensors")]))
    later = load_file(tmp_path / "later.safetensors")["latents"]
    assert later.shape == plain.shape and not later.equal(plain)
    assert frames(tmp_path / "later").shape == (6, 32, 64, 3)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"frames": 7}, "ask for 6 and extend"),
        ({"width": 128}, "draws 64x32 only"),
        ({"references": ["a", "b", "c", "d"]}, "give 3"),
        ({"options": {"lora": ["x"]}}, "knows no --lora"),
    ],
)
def test_what_it_cannot_draw_is_refused_before_weights_are_read(checkpoint, tmp_path, change, hint):
    fresh = open_models(device="cpu")
    with pytest.raises(RecordError, match=hint):
        fresh.generate(request(checkpoint, tmp_path / "no", **change))
    assert fresh.loads == {}


def test_a_model_loads_once_for_many_requests(checkpoint, tmp_path):
    fresh = open_models(device="cpu", dtype="float32")
    for seed in range(3):
        fresh.generate(request(checkpoint, tmp_path / f"s{seed}", seed=seed))
    assert set(fresh.loads.values()) == {1}


def test_the_text_encoder_is_one_for_drawing_and_retrieval(checkpoint, tmp_path):
    fresh = open_models(device="cpu", dtype="float32")
    fresh.embed_texts(["a beach"], encoder=str(checkpoint / "text_encoder"))
    fresh.generate(request(checkpoint, tmp_path / "x"))
    fresh.embed_texts(["a beach"], encoder=str(checkpoint / "vae" / ".." / "text_encoder"))
    assert [name for name in fresh.loads if name.startswith("encoder")] == [f"encoder {checkpoint / 'text_encoder'}"]
    assert list(fresh.loads.values()) == [1, 1]


def test_a_missing_model_says_where_it_was_looked_for(models, tmp_path):
    with pytest.raises(UnavailableError, match="no model's name, no folder, and not in the hub"):
        models.describe("no-such-model", "video")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnavailableError, match=r"has no model_index.json"):
        models.describe(str(tmp_path / "empty"), "video")


def test_a_folder_that_is_written_anew_is_looked_into_anew(checkpoint, tmp_path):
    """A host lives for days, in which checkpoints are trained and fetched again under their names."""
    copy = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    fresh = open_models(device="cpu")
    fresh.check(request(copy, tmp_path / "x"))
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "model_index.json").write_text(json.dumps({**index, "width": 128}))
    with pytest.raises(RecordError, match="draws 128x32 only"):
        fresh.check(request(copy, tmp_path / "x"))


def test_torn_weights_are_a_clear_error(checkpoint, tmp_path):
    copy = Path(shutil.copytree(checkpoint, tmp_path / "torn"))
    weights = next((copy / "transformer").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        open_models(device="cpu").generate(request(copy, tmp_path / "x"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fps": None}, "`fps`"),
        ({"fps": "8"}, r"`\$.fps`"),
        ({"frames_per_latent": [1]}, r"`\$.frames_per_latent`"),
        ({"vae": None}, "`vae`"),
        ({"_class_name": "PaintboxPipeline"}, "it holds a PaintboxPipeline, .* they run .*WeaverPipeline"),
        ({"_class_name": None}, "`_class_name`"),
    ],
)
def test_a_wrong_index_names_the_file_and_the_field(checkpoint, tmp_path, change, says):
    index = json.loads((checkpoint / "model_index.json").read_text()) | change
    (tmp_path / "model_index.json").write_text(json.dumps({k: v for k, v in index.items() if v is not None}))
    with pytest.raises(UnavailableError, match=f"{tmp_path}.*: .*{says}"):
        open_models().describe(str(tmp_path), "video")


def test_an_index_that_is_no_json_is_a_clear_error(tmp_path):
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(UnavailableError, match=r"model_index\.json: "):
        open_models().describe(str(tmp_path), "video")


@pytest.mark.parametrize("history", [b"torn", None])
def test_a_failure_nobody_foresaw_is_the_records_error(models, checkpoint, tmp_path, history):
    past = tmp_path / "past.safetensors"
    if history is None:
        save_file({"other": torch.zeros(1)}, past)
    else:
        past.write_bytes(history)
    with pytest.raises(ModelError, match=r"failed with (SafetensorError|KeyError): .*it read past.safetensors"):
        models.generate(request(checkpoint, tmp_path / "x", history=[str(past)]))
    assert [path.name for path in tmp_path.iterdir()] == ["past.safetensors"]


class Hook(BaseException):
    """A stop that is no Exception, as a signal handler's."""


@pytest.mark.parametrize("stop", [StoppedError("asked to stop"), KeyError("a listener's own"), Hook()])
def test_a_stop_in_mid_denoise_leaves_nothing_and_a_rerun_makes_the_same(models, checkpoint, tmp_path, stop):
    seen = []

    def step(done: int, total: int) -> None:
        seen.append((done, total))
        raise stop

    asked = {"steps": 3, "seed": 11}
    with pytest.raises(type(stop)) as raised:
        models.generate(request(checkpoint, tmp_path / "x", **asked), step)
    assert raised.value is stop and seen == [(1, 3)]
    assert list(tmp_path.iterdir()) == []
    models.generate(request(checkpoint, tmp_path / "x", **asked))
    models.generate(request(checkpoint, tmp_path / "quiet", **asked))
    for suffix in (".mp4", ".safetensors"):
        assert (tmp_path / f"x{suffix}").read_bytes() == (tmp_path / f"quiet{suffix}").read_bytes()


def test_embeddings_have_length_one_and_tell_pictures_apart(models):
    texts = models.embed_texts(["a beach by day, sand and sea", "a bar at night"])
    assert texts.shape[0] == 2 and np.allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-4)
    pictures = models.embed_images([np.zeros((64, 128, 3), np.uint8), np.full((64, 128, 3), 255, np.uint8)])
    assert pictures.shape == texts.shape
    assert float(pictures[0] @ pictures[1]) < 0.99
    assert not np.allclose(np.linalg.norm(models.embed_images([np.zeros((8, 8, 3), np.uint8)], normalise=False), axis=1), 1)


def test_an_encoder_that_is_not_there_is_a_clear_error(models):
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        models.embed_texts(["x"], encoder="no-such-encoder")


def test_a_request_survives_the_wire():
    asked = GenerateRequest(model="embedded", prompt="x", width=64, height=32, frames=6, seed=1, out="/tmp/x")
    assert msgspec.json.decode(msgspec.json.encode(asked), type=GenerateRequest) == asked
