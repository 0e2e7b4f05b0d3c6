"""Sentence embedders: text models in the layout of sentence-transformers, for script metrics and retrieval by words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelkit.errors import UnavailableError, UsageError
from reelkit.models.loading import no_bars

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODULES = "modules.json"


def is_sentence_model(folder: Path) -> bool:
    """Whether a folder holds one: sentence-transformers' own files, or a transformers model alone."""
    return (folder / MODULES).is_file() or (
        (folder / "config.json").is_file() and not (folder / "open_clip_config.json").is_file()
    )


class SentenceEncoder:
    """A text model whose token states are pooled to one embedding a text, as its own files say.

    A transformers model without such files is pooled by the mean over tokens that are no padding (Reimers and Gurevych
    2019, Sentence-BERT, section 3). Raises UnavailableError where it cannot be loaded.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer

        no_bars()
        try:
            self.model = SentenceTransformer(str(folder), device=device, local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
            raise UnavailableError(f"sentence embedder {str(folder)!r} cannot be loaded: {error}") from error
        self.name = str(folder)

    def embed_texts(self, texts: Sequence[str], batch: int = 64) -> NDArray[np.float32]:
        """Embeddings [N, D] of length one; a text is cut at the model's longest."""
        import numpy as np

        rows = self.model.encode(
            list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        width = self.model.get_embedding_dimension() or 0
        return np.asarray(rows, np.float32).reshape(len(texts), width)

    def embed_images(self, images: Sequence[Any], normalise: bool = True) -> NDArray[np.float32]:
        """UsageError: it reads texts only."""
        raise UsageError(
            f"{self.name} embeds texts and no pictures: give --encoder an open_clip model for what is compared with pictures"
        )
