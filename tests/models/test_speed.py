"""Ways to load and run a model, each on tiny checkpoints: what changes pictures, what does not, and what is undone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from reelkit.errors import UnavailableError
from reelkit.media.video import read_frames
from reelkit.models import GenerateRequest
from reelkit.models.family import family_of
from reelkit.models.local import LocalModels
from reelkit.models.speed import offload, quantisation
from tests.support.checkpoints import wan

STEPS = 5
QUANTISED = ("int8wo", "int8dq", "float8wo", "fp8-cast", "gguf")


class Bench:
    """One loader, two checkpoints and what goes with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for make in (wan.wan21, wan.wan22, wan.vace):
            make(root / make.__name__)
            write_gguf(root / make.__name__)
        self.lora = write_lora(root / "wan21", root / "a: look.safetensors", seed=1)
        self.other = write_lora(root / "wan21", root / "other.safetensors", seed=2)
        self.models = LocalModels("cpu", "float32")

    def run(self, model: str = "wan21", **options: Any) -> np.ndarray:
        """Frames uint8 [T, H, W, 3]."""
        if options.get("quantisation") == "gguf":
            options["quantisation"] = f"gguf:{self.root / model}{'' if model == 'wan22' else '/transformer.gguf'}"
        request = GenerateRequest(
            model=str(self.root / model), prompt="A lamp. " * 9, width=16, height=16, frames=5, seed=3,
            steps=STEPS, guidance=3.0, out=str(self.root / "made"), options=options,
        )
        self.models.generate(request)
        return np.stack(list(read_frames(self.root / "made.mp4")))

    def loaded(self, ending: str = "in torch.float32", model: str = "wan21") -> Any:
        """A pipeline that is held, by the end of its name."""
        cache = self.models._cache
        assert cache is not None
        names = [name for name in cache.held if f"/{model} " in name and " text " not in name and name.endswith(ending)]
        return cache._held[names[0]].value


def write_gguf(folder: Path) -> None:
    """Each transformer as a GGUF file with diffusers' names, of eight bits where a row holds whole blocks of 32."""
    import gguf

    for part in folder.glob("transformer*"):
        writer = gguf.GGUFWriter(str(folder / f"{part.name}.gguf"), "wan")
        for name, tensor in load_file(part / "diffusion_pytorch_model.safetensors").items():
            array = tensor.float().numpy()
            if array.ndim == 2 and array.shape[-1] % 32 == 0 and "blocks" in name:
                kind = gguf.GGMLQuantizationType.Q8_0
                writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)
            else:
                writer.add_tensor(name, array)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def write_lora(folder: Path, path: Path, seed: int) -> str:
    """A strong LoRA for every attention, as diffusers saves it."""
    from diffusers import WanPipeline, WanTransformer3DModel
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    model = WanTransformer3DModel.from_pretrained(folder, subfolder="transformer")
    model.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    torch.manual_seed(seed)
    for name, weight in model.named_parameters():
        if "lora" in name:
            torch.nn.init.normal_(weight, std=0.5)
    layers = get_peft_model_state_dict(model)
    WanPipeline.save_lora_weights(path.parent, transformer_lora_layers=layers, weight_name=path.name)
    return str(path)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    root = tmp_path_factory.mktemp("speed")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
    yield Bench(root)
    patch.undo()


@pytest.fixture(scope="module")
def plain(bench: Bench) -> np.ndarray:
    return bench.run()


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other)


def linears(model: Any) -> Sequence[torch.nn.Module]:
    """The products of the blocks."""
    return [module for name, module in model.named_modules() if "ffn.net" in name and hasattr(module, "weight")]


@pytest.mark.parametrize("name", QUANTISED)
def test_weights_in_fewer_bits_make_another_picture_of_the_same_kind(bench: Bench, plain: np.ndarray, name: str):
    made = bench.run(quantisation=name)
    assert made.shape == plain.shape and not same(made, plain)
    assert same(made, bench.run(quantisation=name)) and same(plain, bench.run())


def test_only_what_runs_once_a_step_is_quantised(bench: Bench, plain: np.ndarray):
    bench.run(quantisation="int8wo")
    pipe = bench.loaded("quantisation int8wo")
    assert {type(each.weight).__name__ for each in linears(pipe.transformer)} == {"Int8Tensor"}
    assert {weight.dtype for weight in pipe.vae.parameters()} == {torch.float32}
    bench.run(quantisation="fp8-cast")
    cast = bench.loaded("quantisation fp8-cast")
    assert {each.weight.dtype for each in linears(cast.transformer)} == {torch.float8_e4m3fn}


def test_quantisation_leaves_the_precision_of_other_products_alone(bench: Bench, plain: np.ndarray):
    before = torch.get_float32_matmul_precision()
    bench.run(quantisation="float8wo")
    assert torch.get_float32_matmul_precision() == before


def test_both_experts_are_quantised_and_each_from_its_own_file(bench: Bench):
    plain = bench.run("wan22")
    assert not same(plain, bench.run("wan22", quantisation="int8wo"))
    pipe = bench.loaded("quantisation int8wo", "wan22")
    assert all(type(each.weight).__name__ == "Int8Tensor" for each in linears(pipe.transformer_2))
    read = quantisation.sources(f"gguf:{bench.root / 'wan22'}", {"transformer": "", "transformer_2": ""})
    assert [path.name for path in read.values()] == ["transformer.gguf", "transformer_2.gguf"]
    assert not same(plain, bench.run("wan22", quantisation="gguf"))


@pytest.mark.parametrize("kind", ["group", "leaf"])
def test_what_waits_in_main_memory_changes_nothing(bench: Bench, plain: np.ndarray, kind: str):
    assert same(plain, bench.run(offload=kind))
    for more in ({"quantisation": "int8wo"}, {"lora": [bench.lora]}, {"step_cache": "fbc:0.5"}):
        assert same(bench.run(**more), bench.run(**more, offload=kind))


def test_whole_parts_take_turns_and_are_ready_for_the_next_request(bench: Bench, plain: np.ndarray):
    pipe = bench.models._families[str(bench.root / "wan21")][2]._load({}, torch.device("cpu"), torch.float32)
    offload.arm(pipe, family_of(bench.root / "wan21"), {"offload": "model"}, torch.device("cpu"))
    assert len(pipe._all_hooks) == 2
    before = pipe._all_hooks
    offload.rearm(pipe, {"offload": "model"})
    assert len(pipe._all_hooks) == 2 and pipe._all_hooks is not before


def test_what_stays_on_the_device_is_foreseen(bench: Bench):
    family = family_of(bench.root / "wan21")
    sizes = {"transformer": 1000, "vae": 100}

    def both(kind: str) -> tuple[int, int]:
        return offload.working_bytes(family, {"offload": kind}, sizes, 4)

    assert both("none") == (1100, 0) and both("model") == (1000, 1100)
    weights = load_file(bench.root / "wan21" / "transformer" / "diffusion_pytorch_model.safetensors")
    block = sum(4 * each.numel() for name, each in weights.items() if name.startswith("blocks.0."))
    loose = sum(4 * each.numel() for name, each in weights.items() if not name.startswith("blocks."))
    large = {"transformer": 10**9, "vae": 100}
    assert offload.working_bytes(family, {"offload": "group"}, large, 4) == (2 * block + loose + 100, 10**9 + 100)
    largest = max(4 * each.numel() for each in weights.values())
    assert offload.working_bytes(family, {"offload": "leaf"}, large, 4) == (2 * largest, 10**9 + 100)


def test_a_kernel_of_attention_is_this_models_alone(bench: Bench, plain: np.ndarray):
    from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

    bench.run(attention="_native_math")
    used = {each.processor._attention_backend for each in attentions(bench.loaded("attention _native_math").transformer)}
    assert used == {AttentionBackendName._NATIVE_MATH}
    assert _AttentionBackendRegistry.get_active_backend()[0] == AttentionBackendName.NATIVE
    assert same(plain, bench.run())


def test_a_default_kernel_from_outside_changes_no_picture_behind_its_key(bench: Bench, plain: np.ndarray):
    from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

    _AttentionBackendRegistry.set_active_backend(AttentionBackendName._NATIVE_MATH)
    try:
        fresh = LocalModels("cpu", "float32")
        held, bench.models = bench.models, fresh
        made = bench.run()
    finally:
        bench.models = held
        _AttentionBackendRegistry.set_active_backend(AttentionBackendName.NATIVE)
    assert same(plain, made)


def attentions(model: Any) -> list[Any]:
    return [module for module in model.modules() if hasattr(getattr(module, "processor", None), "_attention_backend")]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a compiler")
def test_compiled_blocks_draw_the_same_but_for_rounding(bench: Bench, plain: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(bench.root / "compiled"))
    made = bench.run(compile=True)
    assert np.abs(made.astype(int) - plain).mean() < 2.0
    compiled = [block._compiled_call_impl is not None for block in bench.loaded("compile True").transformer.blocks]
    assert compiled and all(compiled) and same(plain, bench.run())


@pytest.mark.parametrize("cache", ["fbc:0.5", "taylorseer:2", "magcache"])
def test_a_step_cache_is_gone_with_its_request(bench: Bench, plain: np.ndarray, cache: str):
    if cache == "magcache":
        (bench.root / "ratios.json").write_text(json.dumps([1.0] * STEPS))
        cache = f"magcache:{bench.root / 'ratios.json'}:0.5"
    made = bench.run(step_cache=cache)
    assert not same(plain, made)
    assert same(plain, bench.run()) and same(made, bench.run(step_cache=cache))
    assert not bench.loaded().transformer.is_cache_enabled


def test_a_step_cache_that_skips_nothing_changes_nothing(bench: Bench, plain: np.ndarray):
    assert same(plain, bench.run(step_cache="fbc:1e-9"))


def test_a_step_cache_is_gone_after_a_request_that_was_stopped(bench: Bench, plain: np.ndarray):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    request = GenerateRequest(
        model=str(bench.root / "wan21"), prompt="A lamp. " * 9, width=16, height=16, frames=5, seed=3, steps=STEPS,
        guidance=3.0, out=str(bench.root / "stopped"), options={"step_cache": "fbc:0.5"},
    )
    with pytest.raises(KeyboardInterrupt):
        bench.models.generate(request, stop)
    assert same(plain, bench.run())


def test_each_expert_has_a_cache_of_its_own(bench: Bench):
    plain = bench.run("wan22")
    assert not same(plain, bench.run("wan22", step_cache="fbc:0.9")) and same(plain, bench.run("wan22"))


def test_what_taylorseer_foretells_of_vace_is_not_its_control(bench: Bench):
    plain = bench.run("vace")
    assert not same(plain, bench.run("vace", step_cache="taylorseer:2")) and same(plain, bench.run("vace"))


def test_a_lora_counts_by_its_strength_and_without_it_the_plain_picture_comes_back(bench: Bench, plain: np.ndarray):
    made = bench.run(lora=[bench.lora])
    assert not same(plain, made) and same(plain, bench.run())
    assert not same(made, bench.run(lora=[f"{bench.lora}:0.5"]))
    assert same(plain, bench.run(lora=[f"{bench.lora}:0"]))
    assert same(made, bench.run(lora=[f"transformer={bench.lora}:1.0"]))


def test_several_loras_add_up(bench: Bench, plain: np.ndarray):
    both = bench.run(lora=[bench.lora, bench.other])
    assert not same(both, bench.run(lora=[bench.lora])) and not same(both, bench.run(lora=[bench.other]))
    assert same(plain, bench.run(lora=[bench.lora, f"{bench.lora}:-1"]))


def test_both_experts_take_a_lora_or_the_one_that_is_named(bench: Bench):
    plain = bench.run("wan22")
    both, *one = [
        bench.run("wan22", lora=[f"{part}{bench.lora}"]) for part in ("", "transformer=", "transformer_2=")
    ]
    pictures = [plain, both, *one]
    assert not any(same(a, b) for i, a in enumerate(pictures) for b in pictures[:i])


@pytest.mark.parametrize("name", QUANTISED)
def test_a_lora_works_beside_quantised_weights(bench: Bench, plain: np.ndarray, name: str):
    alone = bench.run(quantisation=name)
    assert same(alone, bench.run(quantisation=name, lora=[f"{bench.lora}:0"]))
    assert not same(alone, bench.run(quantisation=name, lora=[bench.lora]))


@pytest.mark.parametrize("prefix", ["unet.elsewhere", "transformer.elsewhere"])
def test_a_lora_that_fits_nothing_is_refused(bench: Bench, tmp_path: Path, prefix: str):
    path = tmp_path / "stray.safetensors"
    save_file({f"{prefix}.lora_{end}.weight": torch.zeros(4, 4) for end in "AB"}, path)
    with pytest.raises(UnavailableError, match=r"stray\.safetensors (holds nothing for|does not fit) this model"):
        bench.run(lora=[str(path)])


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_weights_in_their_own_precision_stay_views_of_the_file(bench: Bench, plain: np.ndarray):
    weights = bench.loaded().transformer.proj_out.weight
    file = str(bench.root / "wan21" / "transformer" / "diffusion_pytorch_model.safetensors")
    spans = [line.split()[0].split("-") for line in Path("/proc/self/maps").read_text().splitlines() if file in line]
    assert any(int(begin, 16) <= weights.data_ptr() < int(end, 16) for begin, end in spans)


def test_a_pipeline_is_loaded_once_for_each_way_to_load_it(bench: Bench, plain: np.ndarray):
    bench.run(lora=[bench.lora]), bench.run(offload="group"), bench.run(step_cache="fbc")
    assert set(bench.models.loads.values()) == {1}
