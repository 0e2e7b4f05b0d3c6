"""Text-and-image encoders: any open_clip model, the embedded one included, for conditioning, retrieval and scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from reelkit.errors import UnavailableError
from reelkit.media.image import read_image

Picture = NDArray[np.uint8]


class Encoder:
    """An open_clip model with its tokenizer and preprocessing.

    `name` is a folder with `open_clip_config.json` and weights, `ARCHITECTURE:PRETRAINED` as open_clip lists them, or
    `hf-hub:owner/name`. Raises UnavailableError where it cannot be loaded.
    """

    def __init__(self, name: str, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        import open_clip

        architecture, _, pretrained = name.partition(":")
        folder = Path(name)
        source = (
            name if name.startswith("hf-hub:") else f"local-dir:{folder}" if folder.is_dir() else architecture
        )
        try:
            self.model, _, self.preprocess = open_clip.create_model_and_transforms(
                source, pretrained=pretrained or None if source == architecture else None, device=device
            )
            self.tokenizer = open_clip.get_tokenizer(source)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise UnavailableError(
                f"encoder {name!r} cannot be loaded: {error}. Give a folder with open_clip_config.json, or "
                f"ARCHITECTURE:PRETRAINED (`python -c 'import open_clip; print(open_clip.list_pretrained())'` lists them)"
            ) from error
        self.name, self.device = name, device
        self.model.eval().requires_grad_(False).to(dtype)
        self.dtype = dtype

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """Token ids [N, L] of texts, cut at the encoder's context length."""
        ids: Tensor = self.tokenizer(list(texts))
        return ids.to(self.device)

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str], batch: int = 64) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one."""
        rows = [
            self.model.encode_text(self.tokens(texts[i : i + batch]), normalize=True)
            for i in range(0, len(texts), batch)
        ]
        return _array(rows)

    @torch.inference_mode()
    def embed_images(
        self, images: Sequence[Path | Picture], batch: int = 64, normalise: bool = True
    ) -> NDArray[np.float32]:
        """Embeddings [N, D], of length one if `normalise`; an image is a path or uint8 [H, W, 3]."""
        rows = []
        for i in range(0, len(images), batch):
            pixels = torch.stack([self.preprocess(_picture(image)) for image in images[i : i + batch]])
            rows.append(self.model.encode_image(pixels.to(self.device, self.dtype)))
        return _array(rows, normalise)

    @torch.inference_mode()
    def token_features(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """What a weaver is conditioned on: features [N, L, W] of every token before pooling, and which are text, bool [N, L].

        Source: the usual use of CLIP's text tower in diffusion (its last hidden state after the final norm). An empty
        text has no token that counts, which a weaver takes as unconditional.
        """
        ids = self.tokens(texts)
        features = text_features(self.model, ids)
        mask = ids != self.pad_id
        mask &= torch.tensor([bool(text.strip()) for text in texts], device=mask.device)[:, None]
        return features, mask

    @property
    def pad_id(self) -> int:
        """Token id of padding."""
        return int(getattr(getattr(self.tokenizer, "tokenizer", None), "pad_token_id", None) or 0)


def text_features(model: Any, ids: Tensor) -> Tensor:
    """Hidden states [N, L, W] of an open_clip text tower after its final norm."""
    tower = model.text if hasattr(model, "text") else model
    x = tower.token_embedding(ids) + tower.positional_embedding[: ids.shape[1]]
    x = tower.transformer(x, attn_mask=tower.attn_mask)
    features: Tensor = tower.ln_final(x)
    return features


def _picture(image: Path | Picture) -> Image.Image:
    """What the shot cache compares is what the weaver is shown: upright, and on white where transparent."""
    return Image.fromarray(read_image(image) if isinstance(image, Path) else image)


def _array(rows: Sequence[Tensor], normalise: bool = True) -> NDArray[np.float32]:
    if not rows:
        return np.zeros((0, 0), np.float32)
    joined = torch.cat(list(rows)).float()
    return (F.normalize(joined, dim=-1) if normalise else joined).cpu().numpy()
