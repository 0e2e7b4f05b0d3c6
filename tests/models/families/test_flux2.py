"""FLUX.2: how references and guidance reach it, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from reelkit.errors import RecordError, UnreadableError
from reelkit.media.image import read_image
from reelkit.models.family import family_of
from tests.support.checkpoints import flux2
from tests.support.stills import PROMPT, Studio, as_pixels

MAKERS = {"dev": flux2.dev, "klein": flux2.klein, "base": flux2.klein_base, "kv": flux2.klein_kv}


@pytest.fixture(scope="module")
def studios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Studio]:
    made = {}
    for name, make in MAKERS.items():
        folder = tmp_path_factory.mktemp(name) / "checkpoint"
        make(folder)
        made[name] = Studio(folder, (64, 64))
    return made


@pytest.mark.parametrize("name", ["dev", "base"])
def test_it_draws_what_the_pipeline_draws_when_called_by_hand(studios: dict[str, Studio], name: str) -> None:
    import diffusers
    from PIL import Image

    studio = studios[name]
    paths = [studio.picture("one", 80, 64, 1), studio.picture("two", 64, 96, 2)]
    pipe = diffusers.DiffusionPipeline.from_pretrained(studio.folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    by_hand = pipe(
        image=[Image.fromarray(read_image(path)) for path in paths], prompt=PROMPT, width=64, height=64,
        num_inference_steps=2, guidance_scale=3.0, generator=torch.Generator().manual_seed(7), output_type="np",
    )
    assert np.array_equal(studio.draw(references=paths, guidance=3.0), as_pixels(by_hand.images))


@pytest.mark.parametrize("name", list(MAKERS))
def test_every_reference_counts_and_so_does_their_order(studios: dict[str, Studio], name: str) -> None:
    studio = studios[name]
    paths = [studio.picture("one", 80, 64, 1), studio.picture("two", 64, 96, 2)]
    drawn = studio.draw(references=paths)
    assert drawn.shape == (64, 64, 3)
    assert not np.array_equal(drawn, studio.draw(references=paths[:1]))
    assert not np.array_equal(drawn, studio.draw(references=paths[::-1]))


@pytest.mark.parametrize("name", list(MAKERS))
def test_a_stopped_still_leaves_nothing_of_its_references(studios: dict[str, Studio], name: str) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    studio = studios[name]
    plain = studio.draw()
    with pytest.raises(KeyboardInterrupt):
        studio.draw(stop, references=[studio.picture("one", 80, 64, 1)])
    assert np.array_equal(plain, studio.draw())


@pytest.mark.parametrize(("name", "steps"), [("dev", 50), ("klein", 4), ("base", 50), ("kv", 4)])
def test_steps_are_the_authors_of_the_variant(studios: dict[str, Studio], name: str, steps: int) -> None:
    studio = studios[name]
    assert family_of(studio.folder).steps_of(studio.request(steps=None)) == steps  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "own", "most"), [("dev", 4.0, 10), ("base", 4.0, 4)])
def test_guidance_counts_where_there_is_some(studios: dict[str, Studio], name: str, own: float, most: int) -> None:
    studio = studios[name]
    assert studio.models.describe(str(studio.folder), "image").max_references == most
    assert np.array_equal(studio.draw(), studio.draw(guidance=own))
    assert not np.array_equal(studio.draw(), studio.draw(guidance=2.0))


@pytest.mark.parametrize("name", ["klein", "kv"])
def test_distilled_weights_run_without_guidance_and_refuse_any(studios: dict[str, Studio], name: str) -> None:
    studio = studios[name]
    assert np.array_equal(studio.draw(), studio.draw(guidance=1.0))
    for guidance in (4.0, 0.5, 0.0):
        with pytest.raises(RecordError, match=f"without guidance, not with {guidance:g}: leave it out"):
            studio.models.check(studio.request(guidance=guidance))


def test_a_negative_prompt_counts_where_guidance_runs_and_is_refused_elsewhere(studios: dict[str, Studio]) -> None:
    base = studios["base"]
    assert not np.array_equal(base.draw(), base.draw(negative_prompt="A dog, snow and rain."))
    with pytest.raises(RecordError, match="give --guidance above 1"):
        base.models.check(base.request(guidance=1.0, negative_prompt="rain"))
    for name in ("dev", "klein", "kv"):
        with pytest.raises(RecordError, match="takes no negative prompt: leave out --negative-prompt"):
            studios[name].models.check(studios[name].request(negative_prompt="rain"))


def test_a_klein_whose_index_is_silent_is_taken_for_the_base(studios: dict[str, Studio], tmp_path: Path) -> None:
    copy = shutil.copytree(studios["klein"].folder, tmp_path / "silent")
    index = copy / "model_index.json"
    index.write_text(index.read_text().replace('"is_distilled": true,', ""))
    assert family_of(copy).steps_of(studios["klein"].request(steps=None)) == 50  # type: ignore[attr-defined]


def test_references_too_small_or_too_long_are_refused_by_their_heads(studios: dict[str, Studio]) -> None:
    studio = studios["klein"]

    def check(*size: int) -> None:
        studio.models.check(studio.request(references=[studio.picture("odd", *size)]))

    check(64, 64)
    check(512, 64)
    with pytest.raises(RecordError, match=r"odd.png is 63x200, and a reference has 64 pixels or more"):
        check(63, 200)
    with pytest.raises(RecordError, match=r"odd.png is 64x513, and a reference is at most 8 times"):
        check(64, 513)
    torn = studio.folder.parent / "torn.png"
    torn.write_bytes(b"no picture")
    with pytest.raises(UnreadableError, match=r"torn\.png"):
        studio.models.check(studio.request(references=[str(torn)]))


def test_a_reference_not_yet_drawn_passes_a_dry_run(studios: dict[str, Studio]) -> None:
    studio = studios["klein"]
    studio.models.check(studio.request(references=[str(studio.folder.parent / "later.png")]))


def test_a_large_reference_is_looked_at_all_the_same(studios: dict[str, Studio]) -> None:
    studio = studios["kv"]
    one, other = (studio.picture(f"large-{seed}", 1280, 1024, seed) for seed in (3, 4))
    assert not np.array_equal(studio.draw(references=[one]), studio.draw(references=[other]))


@pytest.mark.parametrize("name", ["dev", "klein"])
def test_prompts_short_and_long_are_of_one_length(studios: dict[str, Studio], name: str) -> None:
    family = family_of(studios[name].folder)
    pipe = family._load_text(torch.device("cpu"), torch.float32)  # type: ignore[attr-defined]
    for text in ("A dog.", "A dog. " * 200):
        embedded = family.embed(pipe, text, torch.device("cpu"))["prompt"]  # type: ignore[attr-defined]
        assert embedded.shape == (1, 512, 3 * flux2.WIDTH)
