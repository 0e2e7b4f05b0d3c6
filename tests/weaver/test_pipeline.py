"""One generation step, in its four modes, over both kinds of autoencoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from reelkit.weaver.autoencoder import FrameAutoencoder
from reelkit.weaver.codec import CausalCodec, FrameCodec, LatentCodec
from reelkit.weaver.pipeline import MadeChunk, WeaverPipeline
from tests.weaver.conftest import counted, tiny_transformer

SIZE = (64, 32)


class Words:
    """Token features that follow from the words: enough of a text encoder to condition on."""

    def token_features(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        features, mask = torch.zeros(len(texts), 4, 8), torch.zeros(len(texts), 4, dtype=torch.bool)
        for row, text in enumerate(texts):
            for column, word in enumerate(text.split()[:4]):
                features[row, column] = torch.randn(8, generator=torch.Generator().manual_seed(sum(word.encode())))
                mask[row, column] = True
        return features, mask


def per_frame() -> LatentCodec:
    torch.manual_seed(0)
    return FrameCodec(FrameAutoencoder(latent_channels=4, widths=(8, 8, 16)).eval())


def causal() -> LatentCodec:
    torch.manual_seed(0)
    return CausalCodec(
        AutoencoderKLWan(base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
                         latents_mean=[0.0] * 4, latents_std=[1.0] * 4).eval()
    )  # fmt: skip


@pytest.fixture(scope="module", params=[per_frame, causal], ids=["one frame a latent", "one frame, then four"])
def weaver(request) -> WeaverPipeline:
    return WeaverPipeline(tiny_transformer(), request.param(), Words())


def make(weaver: WeaverPipeline, prompt: str = "a red coat", seed: int = 1, **more) -> MadeChunk:
    first, later = weaver.codec.frames_per_latent
    frames = 6 * later if "history" in more else first + 5 * later
    return weaver(prompt, **{"frames": frames, "size": SIZE, "seed": seed, "steps": 2, "guidance": 3.0, **more})


def still(shade: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), shade, np.uint8)


def test_a_first_chunk_is_six_latents_of_the_codec(weaver):
    made = make(weaver)
    first, later = weaver.codec.frames_per_latent
    assert made.latents.shape == (4, 6, 4, 8)
    assert made.frames.shape == (first + 5 * later, 32, 64, 3) and made.frames.dtype == np.uint8


def test_a_still_is_one_latent_and_one_frame(weaver):
    made = make(weaver, frames=1)
    assert made.latents.shape[1] == 1 and len(made.frames) == 1


def test_an_extension_is_six_latents_more_and_goes_on_from_latents_not_pixels(weaver):
    first = make(weaver)
    later = make(weaver, history=first.latents, decoder_state=first.decoder_state)
    assert later.latents.shape[1] == 6
    assert len(later.frames) == 6 * weaver.codec.frames_per_latent[1]
    whole, _ = weaver.codec.decode(torch.cat([first.latents, later.latents], dim=1))
    joined = np.concatenate([first.frames, later.frames])
    assert joined.shape == whole.shape
    assert np.abs(joined.astype(int) - whole).max() <= 1


@pytest.mark.parametrize(
    ("given", "cost"), [((), 6), (("history",), 8), (("references",), 9), (("history", "references"), 11)],
    ids=["mode 1", "mode 2", "mode 3", "mode 4"],
)  # fmt: skip
def test_what_is_given_sets_the_mode_and_what_it_costs(weaver, given, cost):
    past = torch.randn(4, 25, 4, 8, generator=torch.Generator().manual_seed(5))
    every = {"history": past, "references": [still(20), still(120), still(220)]}
    with counted(weaver.transformer) as seen:
        make(weaver, **{name: every[name] for name in given})
    assert set(seen) == {token_cost(cost)}


def token_cost(latents: int) -> int:
    """On a 4 x 8 grid the 32x level is padded from 4 rows to 8: its 8 pairs cost a token each."""
    whole = {6: 6 * 8, 9: 9 * 8, 8: 6 * 8 + 8 + 4 + 8, 11: 9 * 8 + 8 + 4 + 8}
    return whole[latents]


def test_the_cost_of_an_extension_does_not_grow_with_the_shot(weaver):
    costs = []
    for latents in (25, 60, 240):
        with counted(weaver.transformer) as seen:
            make(weaver, history=torch.randn(4, latents, 4, 8))
        costs.append(seen)
    assert costs[0] == costs[1] == costs[2]


def test_the_same_request_gives_the_same_frames_and_another_seed_others(weaver):
    references = [still(40)]
    one, two = make(weaver, references=references), make(weaver, references=references)
    assert np.array_equal(one.frames, two.frames) and torch.equal(one.latents, two.latents)
    assert not torch.equal(make(weaver, references=references, seed=2).latents, one.latents)


def test_prompt_reference_and_history_each_change_the_result_and_removing_them_restores_it(weaver):
    plain = make(weaver).latents
    assert not torch.equal(make(weaver, "a blue hat").latents, plain)
    bright, dark = make(weaver, references=[still(250)]).latents, make(weaver, references=[still(5)]).latents
    assert not torch.equal(bright, dark) and not torch.equal(bright, plain)
    assert torch.equal(make(weaver, references=[]).latents, plain)


def test_guidance_one_leaves_the_unconditional_half_out(weaver):
    sizes = []
    hook = weaver.transformer.register_forward_pre_hook(lambda module, inputs: sizes.append(len(inputs[0])))
    make(weaver, guidance=1.0)
    make(weaver, guidance=2.0)
    hook.remove()
    assert sizes == [1, 1, 2, 2]


def test_an_exception_from_the_step_callback_cancels_between_steps(weaver):
    done = []

    def stop(step: int, total: int) -> None:
        done.append((step, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(weaver, on_step=stop)
    assert done == [(1, 2)]
