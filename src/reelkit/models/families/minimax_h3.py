"""MiniMax-H3: video and its sound drawn together, from a prompt, from references, and on from what stands.

Source: MiniMax-H3's model card and prompt guide, and diffusers' MiniMaxH3ModularPipeline, which is modular only. The
folder holds two transformers: `transformer` for mode 1 (t2va) and mode 2 (fl2va), `transformer_ref` for modes 3 and 4
(ref2va); a request loads one.

- Mode 2 begins from the last frame of its shot, which is pinned; motion and sound are not carried over.
- Mode 3 looks at references. They are true identity references and pin no frame; their order is the slots', and the
  prompt speaks of them as <Picture 1>, <Picture 2>, ...
- Mode 4 is the references and after them, as <Video 1>, the last seconds of the shot with their sound, which lie just
  before the new frames on the model's clock: its task of video continuation. Look, motion and sound are carried over;
  no frame is pinned, so that the join is as good as the model's understanding of it.

The prompt is encoded together with what it speaks of. Guidance is distilled into the weights: it is one pass a step,
and a negative prompt counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from reelkit.errors import RecordError, UnavailableError
from reelkit.models import catalogue, speed
from reelkit.models.diffusion import NO_NEGATIVE, PipelineFamily
from reelkit.models.family import Clip, Shelf
from reelkit.models.loading import reading
from reelkit.models.past import PAST
from reelkit.models.pictures import generator, picture, pixels
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

if TYPE_CHECKING:
    import torch

    from reelkit.models.prompts import Embedding

FPS = 24.0
STEP, LEAST, MOST = 17, 124, 345
"""Frames: 17n+5 within 5 to 15 seconds."""
TAIL = 56
"""Frames, 17n+5: the shortest that encode without padding and last the two seconds that a reference video must."""
PICTURES = 9
ASPECT = 4
"""Longest side of a picture or a video by its shortest."""
SOUND = "sound"
"""Name of the tensor, float32 [samples, channels], that is heard with `PAST`."""
BEGIN = (
    "<Picture 1>",
    "For the target video, at 0.00 seconds into the target video, <Picture 1> (from [Shot 1]) is fully referenced.\n\n",
)
"""What a prompt must speak of, and how it begins if it does not: the guide's own sentence for a first frame."""
ONWARD = (
    "<Video 1>",
    "[video continuation] The target video continues <Video 1> from its last frame, without a cut.\n\n",
)
"""The guide's name for the task, and the relation it asks for."""
AUTOENCODERS = ("vae", "audio_vae")
SCHEDULERS = ("scheduler", "audio_scheduler")
TENSORS = ".safetensors"


class MiniMaxH3Family(PipelineFamily):
    """Modes 1 and 2 by the one transformer, 3 and 4 by the other; a folder may lack either."""

    pipelines = ("MiniMaxH3ModularPipeline",)
    text_parts = ("text_encoder", "tokenizer", "processor")
    float32_parts = AUTOENCODERS
    samplers: ClassVar[Mapping[str, str]] = {}
    guidance = 1.0
    steps = 49
    """Fifty points of the schedule, of which the last is clean."""
    tail = TAIL

    def card(self) -> ModelCard:
        """By the folder's own files, of which the index names some that were not fetched too."""
        plain, referring = self.config("transformer"), self.config("transformer_ref")
        if not plain and not referring:
            raise UnavailableError(f"{self.folder}: it holds no transformer/ and no transformer_ref/; fetch one of them")
        factor = prod(self.config("vae").get("spatial_downsample_factors", (2, 2, 2, 2)))
        return ModelCard(
            name=str(self.folder),
            family="minimax-h3",
            fps=FPS,
            frame_rule=FrameRule(multiple=STEP, offset=LEAST, most=MOST),
            later_rule=FrameRule(multiple=STEP, offset=LEAST - 1, most=MOST - 1),
            chunk_frames=(MOST, MOST - 1),
            modes=(1, 2) * bool(plain) + (3, 4) * bool(referring),
            max_references=PICTURES * bool(referring),
            reach=TAIL,
            multiple=int(factor * (plain or referring).get("patch_size", (1, 2, 2))[-1]),
            stills=False,
            sound=True,
        )

    def check(self, request: GenerateRequest) -> None:
        """As by the card, and within the shapes that it was trained on."""
        for name in speed.OPTIONS:
            if request.options.get(name) and request.options[name] != "none":
                flag = name.replace("_", "-")
                raise RecordError(f"its modular pipeline is run as it was released: leave --{flag} out")
        super().check(request)
        if request.guidance not in (None, 1.0):
            raise RecordError(f"its guidance is distilled into the weights, not {request.guidance:g}: leave --guidance out")
        size = request.width, request.height
        if max(size) > ASPECT * min(size):
            nearest = [min(side, ASPECT * min(size)) for side in size]
            raise RecordError(
                f"it draws shapes up to {ASPECT}:1, not {size[0]}x{size[1]}: ask for {nearest[0]}x{nearest[1]}"
            )

    @property
    def no_negative(self) -> str:
        """Guidance would not help."""
        return NO_NEGATIVE

    def seen(self, request: GenerateRequest) -> Sequence[str]:
        """The references, in order, and after them the newest of the past."""
        return [*request.references, *request.history[-1:]]

    def presented(self, request: GenerateRequest) -> str:
        """The prompt, which speaks of the past that the model is shown."""
        if not request.history:
            return request.prompt
        label, sentence = ONWARD if request.references else BEGIN
        return request.prompt if label in request.prompt else sentence + request.prompt

    def embed(self, pipe: Any, text: str, device: torch.device) -> Embedding:
        """[1, L, D] and whether each row is text (1) or picture (0), [1, L]."""
        return self.embed_seeing(pipe, text, (), device)

    def embed_seeing(self, pipe: Any, text: str, seen: Sequence[str], device: torch.device) -> Embedding:
        """As `embed`, of a prompt and the references and past before it."""
        conditions = _conditions(seen)
        if "image" in conditions:
            conditions["width"], conditions["height"] = conditions["image"].size
        elif "references" in conditions:
            conditions["num_frames"] = LEAST  # longer than any reference: it cuts none
        state = _run(pipe, prompt=text, **conditions)
        return {"prompt": state.get("prompt_embeds"), "tags": state.get("text_token_tags")[None]}

    def generate(self, shelf: Shelf, request: GenerateRequest, on_step: OnStep) -> Clip:
        """Embed the prompt with what it speaks of, or recall it, and draw."""
        import torch

        seen = self.seen(request)
        conditions = _conditions(seen)
        device, dtype = shelf.place(request.options.get("dtype"))
        text = self.embeddings(shelf, [self.presented(request)], device, dtype, seen)[0]
        part = "transformer_ref" if request.references else "transformer"
        parts = [*AUTOENCODERS, part]
        size = sum(catalogue.weight_bytes(self.folder / name, self._kind(name, dtype).itemsize) for name in parts)
        kept = f"{self._stamped()} {part} in {dtype}"
        steps = self.steps_of(request)

        def load() -> Any:
            return self._open([*parts, *SCHEDULERS], ("text_encoder",), device, dtype)

        with shelf.lend(kept, size, load) as pipe, torch.inference_mode(), _told(getattr(pipe, part), on_step, steps):
            state = _run(
                pipe,
                prompt_embeds=text["prompt"].to(pipe.device),
                text_token_tags=text["tags"][0],
                height=request.height,
                width=request.width,
                num_frames=request.frames + bool(request.history),  # 17n+5, of which an extension keeps one less
                num_inference_steps=steps + 1,
                generator=generator(request.seed),
                output_type="np",
                **conditions,
            )
            return self._clip(state, pinned="image" in conditions, request=request)

    def _clip(self, state: Any, pinned: bool, request: GenerateRequest) -> Clip:
        """What repeats the last frame is cut off its beginning; what is too much, off its end."""
        import numpy as np
        import torch

        from reelkit.models.matching import matched
        from reelkit.models.outputs import sound_of

        made = pixels(state.get("videos")[0])
        last = self.past(request)[-1:]
        again = last if pinned else last[:0]
        made = made[: len(again) + request.frames]
        if request.options.get("match") and len(last) > len(again):
            made = matched(made, last[-1])
        clip = self.joined(made, again, request)
        waveform, rate = state.get("audio")[0].float().cpu().numpy(), int(state.get("sampling_rate"))
        sound = sound_of(waveform, rate, len(again), request.frames, FPS)
        heard = np.ascontiguousarray(sound.samples[-round(len(clip.handed_on[PAST]) * rate / FPS) :])
        return replace(clip, sound=sound, handed_on={**clip.handed_on, SOUND: torch.from_numpy(heard)})

    def _load_text(self, device: torch.device, dtype: torch.dtype) -> Any:
        return self._open(self.text_parts, ("vae_encoder", "denoise", "decode"), device, dtype)

    def _open(self, parts: Sequence[str], without: Sequence[str], device: torch.device, dtype: torch.dtype) -> Any:
        """A pipeline of the blocks that are left `without` some, with these parts; nothing is ever fetched.

        Each is loaded here and from the folder: diffusers would look for those it misses where the index points, the
        hub, and only log what fails. UnavailableError where one cannot be read.
        """
        import diffusers
        import torch
        from diffusers.modular_pipelines.minimax_h3 import MiniMaxH3Blocks

        blocks: Any = MiniMaxH3Blocks()
        for name in without:
            blocks.sub_blocks.pop(name)
        _silence(blocks)
        where = str(self.folder)
        with reading(self.folder):
            kind = getattr(diffusers, self.name)
            pipe = kind(blocks=blocks, pretrained_model_name_or_path=where, local_files_only=True)
            for name in parts:
                if not any((self.folder / name).glob("*")):  # a tokenizer without files would be an empty one
                    raise FileNotFoundError(f"{name}/ is missing")
                spec = pipe.get_component_spec(name)
                weights = {"use_safetensors": True} if issubclass(spec.type_hint, torch.nn.Module) else {}
                part = spec.load(
                    pretrained_model_name_or_path=where,
                    subfolder=name,
                    revision=None,
                    local_files_only=True,
                    dtype=self._kind(name, dtype),
                    **weights,
                )
                pipe.update_components(**{name: part})
            return pipe.to(device)

    def _kind(self, part: str, dtype: torch.dtype) -> torch.dtype:
        import torch

        return torch.float32 if part in self.float32_parts else dtype


class _Ended(BaseException):
    """Carries what a listener raised past diffusers' blocks, which print every Exception as a failure of theirs."""


def _run(pipe: Any, **arguments: Any) -> Any:
    try:
        return pipe(**arguments)
    except _Ended as ended:
        raise ended.args[0] from None


@contextmanager
def _told(transformer: Any, on_step: OnStep, total: int) -> Iterator[None]:
    """Tell `on_step` of each evaluation and let it end the work: the blocks have no callback, and one pass a step."""
    done = 0

    def after(*_: Any) -> None:
        nonlocal done
        done += 1
        try:
            on_step(done, total)
        except Exception as error:
            raise _Ended(error) from error

    hook = transformer.register_forward_hook(after)
    try:
        yield
    finally:
        hook.remove()


def _silence(block: Any) -> None:
    """No progress bar in any block; a pipeline reaches its outermost only."""
    if hasattr(block, "set_progress_bar_config"):
        block.set_progress_bar_config(disable=True)
    for inner in block.sub_blocks.values():
        _silence(inner)


def _conditions(seen: Sequence[str]) -> dict[str, Any]:
    """What the model is shown, as the pipeline's arguments: a first frame, or stills and what stood before.

    seen: paths of stills, and of what a chunk handed on. RecordError where a still is too long.
    """
    from diffusers.modular_pipelines.minimax_h3 import MiniMaxH3ImageReference, MiniMaxH3VideoReference
    from PIL import Image
    from safetensors.torch import load_file

    past = [load_file(path) for path in seen if path.endswith(TENSORS)]
    stills = {path: picture(path) for path in seen if not path.endswith(TENSORS)}
    for path, still in stills.items():
        if max(still.size) > ASPECT * min(still.size):
            width, height = still.size
            raise RecordError(f"{path}: it looks at shapes up to {ASPECT}:1, not {width}x{height}: crop the still")
    if not stills:
        return {"image": Image.fromarray(past[-1][PAST][-1].numpy())} if past else {}
    pictures = [MiniMaxH3ImageReference(image=stills[path]) for path in seen if path in stills]
    # Both are at the model's own rates, and no rate named for the sound means that it is.
    videos = [MiniMaxH3VideoReference(frames=one[PAST].numpy(), fps=FPS, audio=one[SOUND].T) for one in past]
    return {"references": [*pictures, *videos]}
