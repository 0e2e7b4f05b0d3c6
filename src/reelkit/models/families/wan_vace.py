"""Wan VACE: all four modes on released weights, with retrieved stills as references and the past as masked video.

Source: VACE (arXiv 2503.07598) and diffusers' WanVACEPipeline. Pixels under mask 0 are kept, those under 1 are made;
a reference is one latent frame before the video.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reelkit.models.families.wan import FPS, WanBase
from reelkit.models.family import Clip
from reelkit.models.pictures import picture, pixels
from reelkit.models.prompts import Embedding
from reelkit.models.requests import FrameRule, GenerateRequest, ModelCard, OnStep

REFERENCES = 3
"""FilmWeaver's K; each costs the tokens of a latent frame."""
GREY = 0.5
"""What is to be made; exactly zero once the pipeline has scaled it to -1..1."""


class WanVaceFamily(WanBase):
    """References and history in one call, FilmWeaver's mode 4, without training."""

    pipelines = ("WanVACEPipeline",)
    tail = 9
    """Two latents and the first frame's: enough to tell a motion."""

    def card(self) -> ModelCard:
        """By the folder's own files."""
        return ModelCard(
            name=str(self.folder),
            family="wan-vace",
            fps=FPS,
            frame_rule=FrameRule(multiple=4, offset=1),
            chunk_frames=(self.window, self.window - self.tail),
            modes=(1, 2, 3, 4),
            max_references=REFERENCES,
            reach=self.tail,
            multiple=self.multiple,
        )

    def draw(
        self, pipe: Any, text: Embedding, negative: Embedding | None, request: GenerateRequest, on_step: OnStep
    ) -> Clip:
        """One call; the frames that repeat the past are cut off."""
        height, width = request.height, request.width
        past = self.past(request, whole=4)
        # diffusers lines up the references' masks only where there are as many latents.
        frames = max(len(past) + request.frames, 4 * (len(request.references) - 1) + 1)
        arguments = self.sampling(request, frames, text, negative)
        if len(past):
            video = np.full((1, frames, height, width, 3), GREY, np.float32)
            mask = np.ones_like(video)
            video[0, : len(past)], mask[0, : len(past)] = past / np.float32(255.0), 0.0
            arguments |= {"video": video, "mask": mask}
        if request.references:
            # The pipeline puts each before the last one, so that the first slot comes first again.
            arguments["reference_images"] = [picture(path) for path in reversed(request.references)]
        made = self.call(pipe, on_step, self.steps_of(request), **arguments)
        return self.joined(pixels(made.frames[0])[: len(past) + request.frames], past, request)
