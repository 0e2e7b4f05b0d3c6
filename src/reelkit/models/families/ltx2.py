"""LTX-2, 2.3 and 2.5: picture and sound in one, from text, from a start keyframe, and on from the shot's last frames.

Source: LTX-2 (arXiv 2601.03233) and diffusers' LTX2ConditionPipeline, which opens every LTX-2 folder. Sound is no
condition: an extension draws its own for what it repeats too, that stretch is cut off, and its sound goes with the text
and the picture but not on from the waveform before. References are not offered: only an in-context LoRA makes the model
look at any, those published follow pose, depth or edges, and no file tells what a LoRA would make of a still.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from reelkit.errors import RecordError
from reelkit.models.families.ltx import LATENT, SIZE_STEP, LtxBase
from reelkit.models.family import Clip, Sound
from reelkit.models.pictures import generator, pixels
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

PROMPT_TOKENS = 1024
STEPS_20 = 40
DISTILLED_STEPS = 8
STG_BLOCK = 28
"""Whose attention spatio-temporal guidance perturbs."""
FULL_GUIDANCE = {
    "modality_scale": 3.0,
    "guidance_rescale": 0.7,
    "audio_guidance_scale": 7.0,
    "audio_modality_scale": 3.0,
    "audio_guidance_rescale": 0.7,
}
"""The authors' constants for weights that are not distilled."""
NO_GUIDANCE = {
    "stg_scale": 0.0,
    "modality_scale": 1.0,
    "guidance_rescale": 0.0,
    "audio_stg_scale": 0.0,
    "audio_modality_scale": 1.0,
    "audio_guidance_rescale": 0.0,
}
"""One forward a step."""


class Ltx2Family(LtxBase):
    """Mode 1; mode 2 from the shot's last 17 frames; mode 3 from its own start keyframe; all with sound."""

    pipelines = ("LTX2Pipeline", "LTX2ImageToVideoPipeline", "LTX2ConditionPipeline")
    loads_as = "LTX2ConditionPipeline"
    unused_parts = ("processor", "prompt_enhancer", "duration_head")
    float32_parts = ("audio_vae", "vocoder")
    steps = 30
    rates = ((20.0, 30.0), (50.0, 60.0))

    @property
    def newer(self) -> bool:
        """Whether it is a 2.3 or 2.5."""
        return bool(self.config("transformer").get("cross_attn_mod"))

    @property
    def distilled(self) -> bool:
        """Whether it was distilled to eight steps without guidance: its scheduler then takes them as they are."""
        scheduler = self.config("scheduler")
        return not scheduler.get("use_dynamic_shifting") and scheduler.get("shift_terminal") is None

    def card(self) -> ModelCard:
        """As every LTX, with sound."""
        return msgspec.structs.replace(super().card(), family="ltx-2", sound=True)

    def check(self, request: GenerateRequest) -> None:
        """As every LTX, and what its schedule and its autoencoder cannot do."""
        if request.references and request.options.get("lora"):
            raise RecordError(
                "what a LoRA makes of references cannot be told from its file (the published in-context LoRAs follow "
                "pose, depth or edges), so it looks at none: give the still as the start"
            )
        super().check(request)
        if min(request.width, request.height) < 2 * SIZE_STEP:
            raise RecordError(f"its decoder mirrors edges and needs {2 * SIZE_STEP} pixels a side: ask for that or more")
        if not self.distilled and self.steps_of(request) < 2:
            raise RecordError("its schedule ends short of zero and needs 2 steps or more: ask for 2")

    def scale(self, request: GenerateRequest) -> float:
        """1, which is none, for distilled weights."""
        return 1.0 if request.guidance is None and self.distilled else super().scale(request)

    def steps_of(self, request: GenerateRequest) -> int:
        """As the authors give them for the variant."""
        return request.steps or (DISTILLED_STEPS if self.distilled else self.steps if self.newer else STEPS_20)

    def guidance_of(self, request: GenerateRequest) -> dict[str, Any]:
        """The scales of picture and sound; with a guidance of 1 there is one forward a step, and none of the others."""
        scale = self.scale(request)
        scales = {"guidance_scale": scale, **NO_GUIDANCE, "audio_guidance_scale": scale}
        if self.distilled or scale <= 1.0:
            return scales
        transformer = self.config("transformer")
        if transformer.get("perturbed_attn"):  # a 2.0 has no such attention in diffusers, and would pay for nothing
            scales |= {"stg_scale": 1.0, "audio_stg_scale": 1.0}
        block = min(STG_BLOCK, int(transformer.get("num_layers", STG_BLOCK + 1)) - 1)
        return {**scales, **FULL_GUIDANCE, "spatio_temporal_guidance_blocks": [block]}

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, L, D * layers], all hidden states of the text's own tokens: what pads them is masked and is large."""
        embeds, mask, _, _ = pipe.encode_prompt(
            prompt=text, do_classifier_free_guidance=False, max_sequence_length=PROMPT_TOKENS, device=device
        )
        return {"prompt": embeds[:, mask[0].bool()]}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; the frames that repeat the past are cut off, and what is heard with them."""
        from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule
        from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

        past = self.past(request, whole=LATENT)
        begin: Any = past if len(past) else self.first_picture(past, request)
        frames, steps = len(past) + request.frames, self.steps_of(request)
        prompt, mask = _padded(text["prompt"])
        made = self.call(
            pipe,
            on_step,
            steps,
            # A still is compressed as in training, or it would not begin to move; frames of the past stay as they are.
            conditions=[] if begin is None else [LTX2VideoCondition(begin, crf=0 if len(past) else None)],
            prompt_embeds=prompt,
            prompt_attention_mask=mask,
            **({} if negative is None else _negative(negative)),
            height=request.height,
            width=request.width,
            num_frames=frames,
            frame_rate=self.rate(request),
            num_inference_steps=steps,
            # For eight steps these are the very sigmas that the weights were distilled to.
            sigmas=linear_quadratic_schedule(steps).tolist() if self.distilled else None,
            noise_scale=1.0,
            audio_latents=self._blank(pipe, frames, self.rate(request)),
            use_cross_timestep=self.newer,
            generator=generator(request.seed),
            output_type="np",
            **self.guidance_of(request),
        )
        clip = self.joined(pixels(made.frames[0]), past, request)
        return clip if request.still else replace(clip, sound=self._heard(pipe, made.audio, len(past), request))

    def _blank(self, pipe: Any, frames: int, fps: float) -> torch.Tensor:
        """Zeros [1, C, L, M] in the place of sound, for the pipeline to turn into noise: enough to outlast the frames.

        L latents decode to 4L-3 spectra, and the pipeline counts on 4L: its sound ends some 30 ms before the picture.
        """
        import torch

        step = pipe.audio_vae_temporal_compression_ratio
        spectra = math.ceil(frames / fps * pipe.audio_sampling_rate / pipe.audio_hop_length)
        latents = math.ceil((spectra + step - 1) / step)
        bins = pipe.audio_mel_bins // pipe.audio_vae_mel_compression_ratio
        return torch.zeros(1, pipe.audio_latent_channels, latents, bins)

    def _heard(self, pipe: Any, audio: torch.Tensor, past: int, request: GenerateRequest) -> Sound:
        from reelkit.models.outputs import sound_of

        waveform = audio[0].float().cpu().numpy()
        rate = int(pipe.vocoder.config.output_sampling_rate)
        return sound_of(waveform, rate, past, request.frames, self.rate(request))


def _padded(prompt: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """As many rows as the pipeline encodes, the text last, and which of them are text."""
    import torch

    missing = PROMPT_TOKENS - prompt.shape[1]
    mask = torch.ones(1, PROMPT_TOKENS, dtype=torch.int64, device=prompt.device)
    mask[:, :missing] = 0
    return torch.nn.functional.pad(prompt, (0, 0, missing, 0)), mask


def _negative(negative: Embedding) -> dict[str, Any]:
    prompt, mask = _padded(negative["prompt"])
    return {"negative_prompt_embeds": prompt, "negative_prompt_attention_mask": mask}
