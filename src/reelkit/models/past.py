"""The past of a shot as pictures: handed on by a chunk, read by the next, repeated at its beginning and cut off again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from reelkit.models.family import Clip
from reelkit.models.pictures import picture
from reelkit.models.requests import GenerateRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

PAST = "frames"
"""Name of the tensor, uint8 [T, H, W, 3], that a family without latents to hand on leaves for the next chunk."""


class Continued:
    """What a family does with the frames that stand before a chunk."""

    tail: ClassVar[int] = 0
    """Frames of the past that an extension repeats and is given as pictures; 0 where it is given latents."""

    def past(self, request: GenerateRequest, whole: int = 1) -> NDArray[np.uint8]:
        """The newest `tail` frames of the shot, uint8 [T, H, W, 3], oldest first; fewer or none where there are no more.

        whole: frames of a latent; as many are left out of the oldest as would not fill latents, k * whole + 1.
        """
        import numpy as np
        from safetensors.numpy import load_file

        if not request.history:
            return np.zeros((0, request.height, request.width, 3), np.uint8)
        frames: NDArray[np.uint8] = np.concatenate([load_file(path)[PAST] for path in request.history])[-self.tail :]
        return frames[(len(frames) - 1) % whole :]

    def first_picture(self, past: NDArray[np.uint8], request: GenerateRequest) -> Image | None:
        """What a video begins from: the last frame of the past, else the shot's start keyframe, else nothing."""
        from PIL import Image

        if len(past):
            return Image.fromarray(past[-1])
        return None if request.start is None else picture(request.start, (request.width, request.height))

    def joined(self, made: NDArray[np.uint8], past: NDArray[np.uint8], request: GenerateRequest) -> Clip:
        """The new frames of a video that begins by repeating the past, handed on as pictures."""
        import numpy as np
        import torch

        from reelkit.models.matching import matched

        new = made[len(past) :]
        if len(past) and request.options.get("match"):
            new = matched(new, past[-1])
        whole = np.concatenate([past, new])[-self.tail :] if self.tail else new[:0]
        handed = {PAST: torch.from_numpy(np.ascontiguousarray(whole))} if self.tail else {}
        return Clip(frames=new, handed_on=handed)
