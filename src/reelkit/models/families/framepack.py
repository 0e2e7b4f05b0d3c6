"""HunyuanVideo FramePack: a start keyframe grows by sections of nine latents, each shown the packed past of its shot.

Source: FramePack (arXiv 2504.12626), its released demos, and diffusers' HunyuanVideoFramepackPipeline. A section is
shown the shot's first latent and its last 19: the newest whole, the two before it and the sixteen before those in
coarser patches.

Two sets of weights were released. FramePack F1 draws forwards ("vanilla" in diffusers): a section follows what is
there, so that a later call goes on from the latents of earlier ones, which diffusers' pipeline cannot and the loop
here can. The first release draws a whole shot backwards from its end ("inverted anti-drifting"), every section at a
place counted from a beginning that is known and an end that is not yet drawn: there is nothing to go on from, so it
fills a shot in one call of diffusers' own and refuses extensions. Both have the same configuration; only their name
tells them apart, that of the folder or the one that diffusers notes in the transformer's configuration when it saves
what it downloaded. Weights that are not named F1 are taken for the first release.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from reelkit.errors import RecordError
from reelkit.models.diffusion import NO_NEGATIVE, PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from reelkit.models.prompts import Embedding

FPS = 30.0
WINDOW = 9
"""Latents that a section adds."""
FRAMES = 4 * WINDOW
"""And the frames of these; the shot's first latent is one frame more."""
HISTORY = (16, 2, 1)
"""Latents of the past that a section is shown, oldest first, by how coarsely: patches of 4, of 2, whole."""
SECTIONS = 4
"""Of one call of F1: diffusers' default length."""
SECTIONS_BACKWARDS = 50
"""Of the one call of a shot drawn backwards: a minute, the authors' own example of a long one."""
OVERLAP = 4
"""Latents of the past that are decoded again with new ones, see `_decoded`."""
SHIFT_MOST = 7.0
"""Where the authors end the growth of the timestep shift with the size."""
F1 = re.compile(r"(?:\b|_|pack)f1(?:\b|_)", re.IGNORECASE)
"""As a word of a name: not in bf16, nor in a hash."""


class FramePackFamily(PipelineFamily):
    """F1: mode 3 from the shot's own keyframe, 2 and 4 from latents. The first release: mode 3 only."""

    pipelines = ("HunyuanVideoFramepackPipeline",)
    text_parts = ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2")
    guidance = 10.0
    steps = 25
    tiled = True
    """As the authors do below 60 GB: whole, its attention takes a mask of ten gigabytes at 720p."""

    @property
    def forwards(self) -> bool:
        """Whether the weights are F1's, by name: nothing else tells."""
        noted = str(self.config("transformer").get("_name_or_path") or "")
        return any(F1.search(name) for name in (self.folder.resolve().name, PurePath(noted).name))

    @property
    def variant(self) -> str:
        """The order in which it draws, which its files do not tell."""
        return "forwards" if self.forwards else ""

    def card(self) -> ModelCard:
        """By the folder's own files and its name; the rate stands in none of them and is the authors'."""
        vae, patch = self.config("vae"), self.config("transformer").get("patch_size", 2)
        sections = SECTIONS if self.forwards else SECTIONS_BACKWARDS
        return ModelCard(
            name=str(self.folder),
            family="framepack",
            fps=FPS,
            frame_rule=FrameRule(multiple=FRAMES, offset=FRAMES + 1),
            chunk_frames=(sections * FRAMES + 1, SECTIONS * FRAMES),
            modes=(2, 3, 4) if self.forwards else (3,),
            start=True,
            reach=4 * sum(HISTORY),
            multiple=int(vae.get("spatial_compression_ratio", 8) * patch),
            stills=False,
        )

    def check(self, request: GenerateRequest) -> None:
        """As by the card, with the reason why weights that draw backwards extend nothing."""
        try:
            super().check(request)
        except RecordError as refused:
            if not request.history or self.forwards:
                raise
            raise RecordError(
                f"{refused}: its weights draw a shot backwards from its end, and FramePack F1's go on from a past; "
                "if these are F1's, rename the folder to have F1 in its name"
            ) from refused

    @property
    def no_negative(self) -> str:
        """Guidance would not help."""
        return NO_NEGATIVE

    def guided(self, request: GenerateRequest) -> bool:
        """Guidance is a number that the weights were distilled to take: there is no negative prompt."""
        return False

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 256, D] with its mask, and CLIP's [1, D2]."""
        # The template is cut off as the first 95 tokens, which are padding in a tokenizer that pads on the left.
        pipe.tokenizer.padding_side = "right"
        prompt, pooled, mask = pipe.encode_prompt(prompt=text, device=device)
        return {"prompt_embeds": prompt, "pooled_prompt_embeds": pooled, "prompt_attention_mask": mask}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """Sections after the past of the shot, or a whole shot from its end to its beginning."""
        sections = (request.frames - (not request.history)) // FRAMES
        total, done = sections * self.steps_of(request), count(1)

        def after() -> None:
            on_step(next(done), total)

        if not self.forwards:
            arguments: dict[str, Any] = {
                **text,
                "image": picture(str(request.start), (request.width, request.height)),
                "width": request.width,
                "height": request.height,
                # diffusers counts a section as the 33 frames that nine latents are by themselves.
                "num_frames": sections * (FRAMES - 3),
                "num_inference_steps": self.steps_of(request),
                "guidance_scale": self.scale(request),
                "generator": generator(request.seed),
                "output_type": "np",
            }
            drawn: dict[str, torch.Tensor] = {}
            # Each section counts its steps from one again.
            made = self.call(pipe, lambda *_: after(), total, lambda new: drawn.update(latents=new), **arguments)
            # Nothing goes on from the section drawn last, but a chunk is whole only with what it hands on.
            return Clip(frames=pixels(made.frames[0]), handed_on=drawn)
        try:
            return self._forwards(pipe, text, request, sections, after)
        finally:
            pipe.maybe_free_model_hooks()

    def _forwards(self, pipe: Any, text: Embedding, request: GenerateRequest, sections: int, after: Any) -> Clip:
        """Hands on what was made, and what every chunk of a shot looks at: its first latent and picture."""
        import torch
        from safetensors.torch import load_file

        device, noise = pipe._execution_device, generator(request.seed)
        past = [load_file(path) for path in request.history]
        kept = past[-1] if request.start is None else _anchor(pipe, request)
        prefix, seen = kept["prefix"].to(device), kept["seen"].to(device)
        known = torch.cat([chunk["latents"] for chunk in past], dim=2).to(device) if past else prefix
        begin = known.shape[2] if past else 0
        told = _told(pipe, text, self.scale(request), seen)
        for _ in range(sections):
            conditions = {**told, **packed(known, prefix)}
            new = _section(pipe, conditions, request, self.steps_of(request), noise, after)
            known = torch.cat([known, new], dim=2)
        frames = _decoded(pipe, known[:, :, max(0, begin - OVERLAP) :])[-request.frames :]
        return Clip(frames=frames, handed_on={"latents": known[:, :, begin:], "prefix": prefix, "seen": seen})


def packed(known: torch.Tensor, prefix: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a section is shown of the latents [1, C, T, H, W] so far, and its place after them, as the transformer's.

    prefix: the shot's first latent. Zeros stand before a past of fewer than 19. Source: F1's demo, whose order is the
    first latent, the past from far to near, and then what is to be drawn.
    """
    import torch

    far, middle, near = torch.nn.functional.pad(
        known[:, :, -sum(HISTORY) :], (0, 0, 0, 0, max(0, sum(HISTORY) - known.shape[2]), 0)
    ).split(HISTORY, dim=2)
    sizes = (1, *HISTORY, WINDOW)
    first, far_places, middle_places, near_places, places = torch.arange(sum(sizes)).split(sizes)
    return {
        "indices_latents": places,
        "latents_clean": torch.cat([prefix, near], dim=2),
        "indices_latents_clean": torch.cat([first, near_places]),
        "latents_history_2x": middle,
        "indices_latents_history_2x": middle_places,
        "latents_history_4x": far,
        "indices_latents_history_4x": far_places,
    }


def _anchor(pipe: Any, request: GenerateRequest) -> dict[str, torch.Tensor]:
    """The start keyframe as a latent and as SigLIP sees it."""
    import torch

    image = pipe.video_processor.preprocess(
        picture(str(request.start), (request.width, request.height)), request.height, request.width
    )
    seen = pipe.encode_image(image, device=pipe._execution_device).to(pipe.transformer.dtype)
    video = image.unsqueeze(2).to(device=pipe._execution_device, dtype=pipe.vae.dtype)
    # The mode, not a sample: every chunk of a shot then has the same first latent, whatever its seed.
    latent = pipe.vae.encode(video).latent_dist.mode() * pipe.vae.config.scaling_factor
    return {"prefix": latent.to(torch.float32), "seen": seen}


def _told(pipe: Any, text: Embedding, scale: float, seen: torch.Tensor) -> dict[str, torch.Tensor]:
    """What the transformer is told beside latents."""
    import torch

    dtype = pipe.transformer.dtype
    return {
        "encoder_hidden_states": text["prompt_embeds"].to(dtype),
        "encoder_attention_mask": text["prompt_attention_mask"].to(dtype),
        "pooled_projections": text["pooled_prompt_embeds"].to(dtype),
        "image_embeds": seen.to(dtype),
        "guidance": torch.tensor([scale], dtype=dtype, device=pipe._execution_device) * 1000.0,
    }


def _section(
    pipe: Any, conditions: Mapping[str, torch.Tensor], request: GenerateRequest, steps: int, noise: Any, after: Any
) -> torch.Tensor:
    """Nine latents [1, C, 9, H, W] in float32 from noise. Source: diffusers' loop, in its vanilla order."""
    import torch
    from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video_framepack import calculate_shift

    device, dtype = pipe._execution_device, pipe.transformer.dtype
    latents = pipe.prepare_latents(
        1, pipe.transformer.config.in_channels, request.height, request.width, FRAMES - 3, torch.float32, device, noise
    )
    tokens = math.prod(latents.shape[2:]) / pipe.transformer.config.patch_size**2
    own = pipe.scheduler.config
    shift = calculate_shift(
        tokens,
        own.get("base_image_seq_len", 256),
        own.get("max_image_seq_len", 4096),
        own.get("base_shift", 0.5),
        own.get("max_shift", 1.15),
    )
    pipe.scheduler.set_timesteps(
        sigmas=np.linspace(1.0, 0.0, steps + 1)[:-1], device=device, mu=min(shift, math.log(SHIFT_MOST))
    )
    shown = {name: one.to(dtype) if one.is_floating_point() else one for name, one in conditions.items()}
    for time in pipe.scheduler.timesteps:
        velocity = pipe.transformer(
            hidden_states=latents.to(dtype), timestep=time.expand(1), return_dict=False, **shown
        )[0]
        latents = pipe.scheduler.step(velocity.float(), time, latents, return_dict=False)[0]
        after()
    return latents


def _decoded(pipe: Any, latents: torch.Tensor) -> NDArray[np.uint8]:
    """Frames uint8 [T, H, W, 3] of latents, of which an extension's begin with `OVERLAP` of its past.

    The autoencoder decodes tiles of five latents, one every three, and fades each into the next over four frames. A
    chunk ends where a tile of the whole shot does, as nine is three tiles; decoded from the tile before that, which
    is four latents back, every tile falls where it would in the whole shot, and the new frames are those of the shot
    decoded at once. What was delivered before them came from a tile that ended there, one latent shorter; of that, only
    the means in the autoencoder's norms differ. diffusers' pipeline decodes the last 18 latents, whose tiles fall
    elsewhere, and fades 33 frames of the past into them, which are delivered here and cannot be changed.
    """
    decoded = pipe.vae.decode(latents.to(pipe.vae.dtype) / pipe.vae.config.scaling_factor, return_dict=False)[0]
    return pixels(pipe.video_processor.postprocess_video(decoded, output_type="np")[0])
