"""Stable Diffusion XL: stills from words, and with an IP-Adapter in the folder from reference stills too.

Source: SDXL (arXiv 2307.01952), IP-Adapter (arXiv 2308.06721) and diffusers' StableDiffusionXLPipeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from reelkit.errors import RecordError, UnavailableError
from reelkit.models.diffusion import NO_NEGATIVE, PipelineFamily
from reelkit.models.family import Clip
from reelkit.models.loading import reading
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

MULTIPLE = 8
"""What the pipeline asks. Trained sizes are multiples of 64 near a megapixel; a still of the movie's own size, which a
video model may begin from, is worth more than that."""
REFERENCES = 3
"""FilmWeaver's K; no limit of the adapter's, but its attention is divided among them."""
SCALE = 0.5
"""Of the adapter's attention beside that of the words: what its authors advise where there is a prompt."""
CONSISTENCY_STEPS = 50
"""That a consistency sampler chooses from, where its settings do not say."""
PLACES = ("", "sdxl_models", "ip_adapter")
"""Where in the folder an adapter may lie; the second as its authors publish it."""
ENCODER = "image_encoder"


class Adapter(NamedTuple):
    """file: its weights. encoder: folder of the CLIP that sees for it."""

    file: Path
    encoder: Path


class Habits(NamedTuple):
    """Steps and guidance where a request names none."""

    steps: int
    guidance: float


BASE = Habits(50, 5.0)
LCM = Habits(4, 8.0)
TURBO = Habits(4, 0.0)
"""Adversarial diffusion distillation (arXiv 2311.17042): one to four steps, no guidance."""


class SdxlFamily(PipelineFamily):
    """Mode 1; mode 3 where `ip-adapter*.safetensors` and its `image_encoder` lie in the folder.

    Of a prompt 77 tokens count: CLIP reads no more.
    """

    pipelines = ("StableDiffusionXLPipeline",)
    text_parts = ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2")
    denoisers = ("unet",)
    # Those that take one step of the UNet to a step, so that steps are what was asked for.
    samplers: ClassVar[Mapping[str, str]] = {
        "euler": "EulerDiscreteScheduler",
        "euler-a": "EulerAncestralDiscreteScheduler",
        "dpm++": "DPMSolverMultistepScheduler",
        "unipc": "UniPCMultistepScheduler",
        "lcm": "LCMScheduler",
    }

    def card(self) -> ModelCard:
        """By the folder's own files; UnavailableError where it is not clear which adapter is meant."""
        return ModelCard(
            name=str(self.folder),
            family="sdxl",
            modes=(1, 3) if self.adapter else (1,),
            max_references=REFERENCES if self.adapter else 0,
            multiple=MULTIPLE,
            clips=False,
        )

    def check(self, request: GenerateRequest) -> None:
        """Beside what the card says, steps that a consistency sampler has not."""
        super().check(request)
        if self.adapter and request.options.get("quantisation"):
            raise RecordError(
                f"{self.adapter.file.name} does not go into quantised weights: leave --quantisation out, or take the "
                "adapter out of the folder"
            )
        own = self.config("scheduler")
        kind = self.samplers.get(request.options.get("sampler") or "", own.get("_class_name"))
        most = own.get("original_inference_steps") or CONSISTENCY_STEPS
        if kind == "LCMScheduler" and self.steps_of(request) > most:
            raise RecordError(f"its sampler takes {most} steps at most, not {self.steps_of(request)}: ask for {most}")

    @cached_property
    def adapter(self) -> Adapter | None:
        """The one in the folder. Those for faces by insightface are passed over: they see no pictures."""
        found = [file for place in PLACES for file in sorted((self.folder / place).glob("ip-adapter*.safetensors"))]
        files = [file for file in found if "faceid" not in file.name]
        if len(files) > 1:
            names = ", ".join(str(file.relative_to(self.folder)) for file in files)
            raise UnavailableError(f"{self.folder} holds several IP-Adapters ({names}): leave one in it")
        for file in files:
            for encoder in (file.parent / ENCODER, self.folder / ENCODER):
                if (encoder / "config.json").is_file():
                    return Adapter(file, encoder)
        return None

    @property
    def consistency(self) -> bool:
        """Whether it is a latent consistency model, whose guidance is an embedding."""
        return self.config("unet").get("time_cond_proj_dim") is not None

    @property
    def habits(self) -> Habits:
        """What files tell: Turbo by its scheduler, as it shares all else with SDXL; a LoRA or Lightning by nothing."""
        if self.consistency:
            return LCM
        sampler = self.config("scheduler")
        turbo = ("EulerAncestralDiscreteScheduler", "trailing")
        return TURBO if (sampler.get("_class_name"), sampler.get("timestep_spacing")) == turbo else BASE

    def scale(self, request: GenerateRequest) -> float:
        """The guidance of a request, or this variant's own."""
        return self.habits.guidance if request.guidance is None else request.guidance

    def steps_of(self, request: GenerateRequest) -> int:
        """Denoising steps of a request, or this variant's own."""
        return request.steps or self.habits.steps

    @property
    def no_negative(self) -> str:
        """Guidance would not help a latent consistency model."""
        return NO_NEGATIVE if self.consistency else super().no_negative

    def guided(self, request: GenerateRequest) -> bool:
        """Whether a negative prompt counts."""
        return super().guided(request) and not self.consistency

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, 77, D] of both encoders side by side, and [1, P] as the second pools it."""
        prompt, _, pooled, _ = pipe.encode_prompt(prompt=text, device=device, do_classifier_free_guidance=False)
        return {"prompt": prompt, "pooled": pooled}

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call."""
        arguments: dict[str, Any] = {
            **_prompt("", text),
            **(_prompt("negative_", self._against(negative, request)) if negative else {}),
            **(self._looking(pipe, request) if self.adapter else {}),
            "guidance_scale": self.scale(request),
            "height": request.height,
            "width": request.width,
            "num_inference_steps": self.steps_of(request),
            "generator": generator(request.seed),
            "output_type": "np",
        }
        pipe.scheduler.set_timesteps(self.steps_of(request))  # some take a step twice, or the first one more often
        total = len(pipe.scheduler.timesteps)
        kept = pipe.vae.dtype
        try:
            made = self.call(pipe, on_step, total, **arguments)
        finally:
            if pipe.vae.dtype != kept:  # float16 is decoded in float32, and stays so where decoding fails
                pipe.vae.to(kept)
        return Clip(frames=pixels(made.images))

    def _against(self, negative: Embedding, request: GenerateRequest) -> Embedding:
        """The negative prompt; of none zeros, where the checkpoint was trained with those."""
        if request.negative_prompt or not self.index.get("force_zeros_for_empty_prompt", True):
            return negative
        return {name: one.new_zeros(one.shape) for name, one in negative.items()}

    def _looking(self, pipe: Any, request: GenerateRequest) -> dict[str, Any]:
        """All references for the one adapter; without any it is passed over, though the UNet wants its input."""
        import torch

        pipe.set_ip_adapter_scale(SCALE if request.references else 0.0)
        eye = pipe.image_encoder.config
        if request.references:
            # Squeezed, as CLIP's own crop to a square would leave out the sides of a wide still.
            square = (eye.image_size, eye.image_size)
            return {"ip_adapter_image": [[picture(path, square) for path in request.references]]}
        passes = 2 if self.guided(request) else 1
        one = (1, eye.hidden_size) if _sees_patches(pipe) else (eye.projection_dim,)
        nothing = torch.zeros(passes, 1, *one, dtype=pipe.unet.dtype, device=pipe.unet.device)
        return {"ip_adapter_image_embeds": [nothing]}

    def _from_pretrained(self, arguments: Mapping[str, Any], dtype: torch.dtype) -> Any:
        # Where the package for it is installed, pictures would be watermarked, and so be others.
        pipe = super()._from_pretrained({**arguments, "add_watermarker": False}, dtype)
        if pipe.unet is not None and self.adapter is not None:
            self._adapt(pipe, self.adapter)
        return pipe

    def _parts(self, dtype: torch.dtype) -> dict[str, int]:
        """With the adapter and what sees for it, which the index need not name."""
        more = [str(path.relative_to(self.folder)) for path in self.adapter or ()]
        return {**super()._parts(dtype), **dict.fromkeys(more, dtype.itemsize)}

    def _adapt(self, pipe: Any, adapter: Adapter) -> None:
        encoder = adapter.encoder.relative_to(self.folder)
        with reading(adapter.file):
            pipe.load_ip_adapter(
                str(self.folder),
                subfolder=adapter.file.parent.relative_to(self.folder).as_posix(),
                weight_name=adapter.file.name,
                image_encoder_folder=f"./{encoder.as_posix()}",  # with a slash it is looked for in the whole folder
                local_files_only=True,
            )
        eye = pipe.image_encoder.config
        has = eye.hidden_size if _sees_patches(pipe) else eye.projection_dim
        wants = next(part.in_features for part in _projection(pipe).modules() if hasattr(part, "in_features"))
        if has != wants:
            raise UnavailableError(
                f"{adapter.file} wants an image encoder of {wants} numbers a picture, and {adapter.encoder} gives {has}: "
                "fetch the encoder that its authors name for it"
            )


def _prompt(prefix: str, embedding: Embedding) -> dict[str, Any]:
    return {f"{prefix}prompt_embeds": embedding["prompt"], f"{prefix}pooled_prompt_embeds": embedding["pooled"]}


def _projection(pipe: Any) -> Any:
    """What turns the encoder's answer into tokens."""
    return pipe.unet.encoder_hid_proj.image_projection_layers[0]


def _sees_patches(pipe: Any) -> bool:
    """Whether the adapter takes the encoder's patches, as the Plus ones do, and not one vector of the whole."""
    from diffusers.models.embeddings import ImageProjection

    return not isinstance(_projection(pipe), ImageProjection)
