"""Ways to load and run a model that cannot be, refused before any weight is read, with the reason and what to do."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import diffusers
import msgspec
import pytest
import torch
from safetensors.torch import save_file

from reelkit.errors import RecordError, ReelError, UnavailableError
from reelkit.models import GenerateRequest, speed
from reelkit.models.local import LocalModels
from reelkit.models.speed import attention, caches, compiling, offload, parallel
from tests.support.checkpoints import wan


@pytest.fixture(scope="module")
def hollow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of which only the configurations are whole."""
    root = tmp_path_factory.mktemp("hollow")
    for make in (wan.wan21, wan.wan22, wan.vace):
        make(root / make.__name__)
    for weights in root.rglob("*.safetensors"):
        weights.write_bytes(b"torn")
    (root / "look.gguf").write_bytes(b"GGUF and so on")
    (root / "torn.gguf").write_bytes(b"torn")
    save_file({"lora_te1_text.lora_up.weight": torch.zeros(1)}, root / "text.safetensors")
    (root / "torn.lora").write_bytes(b"torn")
    (root / "empty.json").write_text("[]")
    return root


def named(folder: Path, pipeline: str, **parts: str) -> Path:
    """A folder whose index names another pipeline."""
    folder.mkdir(exist_ok=True)
    index = {"_class_name": pipeline, **{part: ["diffusers", kind] for part, kind in parts.items()}}
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def request(folder: Path, steps: int = 20, **options: Any) -> GenerateRequest:
    return GenerateRequest(
        model=str(folder), prompt="A lamp.", width=16, height=16, frames=5, seed=3, steps=steps, guidance=3.0,
        out=str(folder.parent / "never"), options=options,
    )


def refused(asked: GenerateRequest, kind: type[ReelError], match: str) -> None:
    with pytest.raises(kind, match=match):
        LocalModels("cpu", "float32").generate(asked)


@pytest.mark.parametrize(
    ("model", "options", "kind", "match"),
    [
        ("wan21", {"quantisation": "int3"}, RecordError, "no quantisation 'int3': give one of nf4, int8, int8wo"),
        ("wan21", {"quantisation": "gguf:gone.gguf"}, UnavailableError, "no file .*gone.gguf for its transformer"),
        ("wan21", {"quantisation": "gguf:torn.gguf"}, UnavailableError, "torn.gguf is no GGUF file"),
        ("wan22", {"quantisation": "gguf:look.gguf"}, RecordError, "transformer.gguf and transformer_2.gguf"),
        ("wan21", {"lora": ["hub/name"]}, UnavailableError, "no such file; what lies on a hub must be fetched first"),
        ("wan21", {"lora": ["wan21:0.5"]}, UnavailableError, "is a folder: give the .safetensors file in it"),
        ("wan21", {"lora": ["torn.lora"]}, UnavailableError, "no safetensors file with weights"),
        ("wan21", {"lora": ["text.safetensors"]}, RecordError, "also changes the text encoder"),
        ("wan21", {"lora": ["transformer_2=text.safetensors"]}, RecordError, "it has no transformer_2"),
        ("wan21", {"offload": "disk"}, RecordError, "no offload 'disk': give one of none, model, group"),
        ("wan21", {"offload": "sequential"}, UnavailableError, "this is the CPU: leave --offload out"),
        ("wan21", {"offload": "sequential", "quantisation": "fp8-cast"}, RecordError, "give --offload group or model"),
        ("wan21", {"attention": "quick"}, RecordError, "no attention 'quick': give one of native"),
        ("wan21", {"attention": "flash_hub"}, RecordError, "no attention 'flash_hub'"),
        ("wan21", {"compile": True, "step_cache": "fbc"}, RecordError, "give --compile or --step-cache"),
        ("wan21", {"step_cache": "teacache"}, RecordError, "no step cache 'teacache': give one of fbc"),
        ("wan21", {"step_cache": "fbc:0"}, RecordError, "fbc:0: 0 is not more than 0"),
        ("wan21", {"step_cache": "taylorseer:x"}, RecordError, "taylorseer:x: invalid literal"),
        ("wan21", {"step_cache": "taylorseer:1"}, RecordError, "1 is not more than 1"),
        ("wan21", {"step_cache": "magcache"}, RecordError, r"magnitudes of this very checkpoint, .* give magcache:FILE"),
        ("wan21", {"step_cache": "magcache:gone.json"}, UnavailableError, "no JSON list of ratios"),
        ("wan21", {"step_cache": "magcache:empty.json"}, UnavailableError, "is empty"),
        ("wan21", {"step_cache": "magcache:empty.json:0"}, RecordError, "empty.json:0: 0 is not more than 0"),
        ("wan22", {"step_cache": "magcache:empty.json"}, RecordError, "two experts.*Give fbc or taylorseer"),
        ("vace", {"step_cache": "fbc"}, RecordError, "no fbc for a WanVACEPipeline: the hints.*twice. Give taylorseer"),
        ("vace", {"step_cache": "magcache:empty.json"}, RecordError, "no magcache .*would count twice"),
        ("vace", {"context_parallel": 2}, RecordError, "no plan for sharing out a WanVACETransformer3DModel"),
        ("wan21", {"context_parallel": 3}, RecordError, "2 heads of attention do not divide among 3"),
        ("wan21", {"context_parallel": 2, "step_cache": "fbc"}, RecordError, "and --step-cache are untried together"),
        ("wan21", {"context_parallel": 2, "attention": "xformers"}, ReelError, "--attention"),
    ],
)
def test_what_cannot_be_is_refused(
    hollow: Path, monkeypatch: pytest.MonkeyPatch, model: str, options: dict[str, Any], kind: type[ReelError], match: str
):
    monkeypatch.chdir(hollow)
    refused(request(hollow / model, **options), kind, match)


def test_nothing_is_refused_that_can_be(hollow: Path):
    for options in ({"lora": []}, {"quantisation": "int8wo", "offload": "group"}, {"step_cache": "taylorseer"}):
        refused(request(hollow / "wan21", **options), UnavailableError, "cannot be loaded")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
@pytest.mark.parametrize(
    "options", [{"quantisation": name} for name in ("nf4", "int8", "int4wo", "float8dq")] + [{"context_parallel": 2}]
)
def test_what_needs_a_gpu_is_refused_without_one(hollow: Path, options: dict[str, Any]):
    refused(request(hollow / "wan21", **options), UnavailableError, "runs on CUDA only|needs several GPUs")


def test_what_a_gpu_has_is_refused_on_the_cpu_beside_it(hollow: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(speed.quantisation, "find_spec", lambda name: True)
    refused(request(hollow / "wan21", quantisation="nf4"), UnavailableError, "nf4 runs on CUDA only: give int8wo")
    refused(request(hollow / "wan21", attention="_native_flash"), UnavailableError, "_native_flash runs on CUDA only")
    monkeypatch.setenv("WORLD_SIZE", "1")
    refused(request(hollow / "wan21", context_parallel=2), UnavailableError, "this is one of 1: start it with `torchrun")


@pytest.mark.parametrize("package", ["torchao", "bitsandbytes", "gguf", "flash_attn"])
def test_a_missing_package_is_named(hollow: Path, monkeypatch: pytest.MonkeyPatch, package: str):
    names = {"torchao": "int8wo", "bitsandbytes": "nf4", "gguf": f"gguf:{hollow / 'look.gguf'}"}
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for module in (speed.quantisation, speed.attention):
        monkeypatch.setattr(module, "find_spec", lambda name: None if name == package else True)
    options = {"quantisation": names[package]} if package in names else {"attention": "flash"}
    refused(request(hollow / "wan21", **options), UnavailableError, rf"needs {package}.*(pip install|install it)")


def test_a_checkpoint_that_is_quantised_already_is_not_quantised_again(hollow: Path, tmp_path: Path):
    folder = named(tmp_path / "own", "WanPipeline", transformer="WanTransformer3DModel")
    (folder / "transformer").mkdir()
    (folder / "transformer" / "config.json").write_text('{"quantization_config": {"quant_method": "torchao"}}')
    refused(request(folder, quantisation="int8wo"), RecordError, "its transformer is quantised already")


def test_an_adapter_for_pictures_is_not_put_into_quantised_weights(tmp_path: Path):
    folder = named(tmp_path / "adapted", "StableDiffusionXLPipeline", unet="UNet2DConditionModel")
    (folder / "image_encoder").mkdir()
    (folder / "image_encoder" / "config.json").write_text("{}")
    asked = request(folder, quantisation="int8wo")
    still = msgspec.structs.replace(asked, still=True, frames=1)
    refused(still, UnavailableError, "cannot be (loaded|read)")
    (folder / "ip-adapter_sdxl.safetensors").write_bytes(b"torn")
    refused(still, RecordError, "ip-adapter_sdxl.safetensors does not go into quantised weights")


@pytest.mark.parametrize(
    ("pipeline", "part", "options", "match"),
    [
        ("ZImagePipeline", "ZImageTransformer2DModel", {"attention": "_native_flash"}, "takes no mask.*flash_varlen or native"),
        ("StableDiffusionXLPipeline", "UNet2DConditionModel", {"attention": "native"}, "computes attention in its own way"),
        ("StableDiffusionXLPipeline", "UNet2DConditionModel", {"step_cache": "fbc"}, "no step caches for it"),
        ("ZImagePipeline", "ZImageTransformer2DModel", {"step_cache": "taylorseer"}, "no step caches for it"),
        ("Flux2KleinPipeline", "Flux2Transformer2DModel", {"step_cache": "fbc"}, "last block.*Give taylorseer"),
        ("Flux2Pipeline", "Flux2Transformer2DModel", {"step_cache": "fbc"}, "does not tell the cache which pass"),
        ("HunyuanVideoFramepackPipeline", "HunyuanVideoFramepackTransformer3DModel", {"step_cache": "fbc"}, "sections"),
        ("HunyuanVideoFramepackPipeline", "HunyuanVideoFramepackTransformer3DModel", {"compile": True}, "to compile"),
        ("LTX2Pipeline", "LTX2VideoTransformer3DModel", {"step_cache": "fbc"}, "does not know what its blocks return"),
        ("HunyuanVideo15Pipeline", "HunyuanVideo15Transformer3DModel", {"lora": ["x"]}, "loads no LoRA"),
        ("CogVideoXPipeline", "CogVideoXTransformer3DModel", {"quantisation": "gguf:look.gguf"}, "reads no GGUF file"),
        ("NewPipeline", "WanTransformer3DModel", {"step_cache": "fbc"}, "nobody has checked step caches with a NewPipeline"),
    ],
)
def test_each_refusal_is_about_the_model(
    hollow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: str, part: str, options: dict[str, Any], match: str
):
    from reelkit.models.diffusion import PipelineFamily

    class Family(PipelineFamily):
        denoisers = ("unet",) if part.startswith("UNet") else ("transformer",)

    monkeypatch.chdir(hollow)
    folder = named(tmp_path / "it", pipeline, **{Family.denoisers[0]: part})
    with pytest.raises(RecordError, match=match):
        speed.refuse(Family(folder), request(folder, **options))


def test_a_run_that_a_step_cache_cannot_shorten_is_refused(hollow: Path):
    refused(request(hollow / "wan21", steps=3, step_cache="taylorseer"), RecordError, "so 3 gain nothing: give more --steps")
    refused(request(hollow / "wan22", steps=6, step_cache="taylorseer"), RecordError, "first 6 steps whole")
    refused(request(hollow / "wan22", steps=7, step_cache="taylorseer"), UnavailableError, "cannot be loaded")


def test_half_precision_kernels_take_no_float32():
    device = torch.device("cuda")
    with pytest.raises(RecordError, match="give --dtype bfloat16, or native"):
        attention.fits({"attention": "_native_flash"}, device, torch.float32)
    attention.fits({"attention": "_native_flash"}, device, torch.bfloat16)
    offload.fits({"offload": "sequential"}, device)


def test_what_compiles_must_be_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnavailableError, match="needs a C\\+\\+ compiler"):
        compiling.fits({"compile": True}, torch.device("cpu"))
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match="pip install triton"):
        compiling.fits({"compile": True}, torch.device("cuda"))


def test_what_is_said_of_the_pipelines_holds_in_this_diffusers():
    for name, sound in caches.PIPELINES.items():
        source = inspect.getsource(inspect.getmodule(getattr(diffusers, name)))
        told = "cache_context(" in source
        assert told or isinstance(sound.taylor, str), name
        assert not told or sound.fbc != caches.NO_CONTEXT, name


def test_what_is_said_of_attention_holds_in_this_diffusers():
    for name in attention.CHOOSING:
        source = inspect.getsource(inspect.getmodule(getattr(diffusers, name)))
        assert "_attention_backend" in source or "transformer_wan import" in source or "hunyuan_video import" in source
    known = {each.value for each in diffusers.models.attention_dispatch.AttentionBackendName}
    assert set(attention.PACKAGES) <= known
    assert set(filter(None, parallel.KERNELS)) <= (
        diffusers.models.attention_dispatch._AttentionBackendRegistry._supports_context_parallel
    )
