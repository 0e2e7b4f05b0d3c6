"""What a judge is, and how one is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reelkit.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from reelkit.metrics.meters import Frame, Looks

PROMPTS = "1"
"""Version of reelkit's questions in all judged families; raised when the words of any of them change."""
TEMPERATURE = 0.0
KEYS = ("REEL_JUDGE_KEY", "OPENAI_API_KEY")
"""Environment variables that hold a server's key, the first that is set."""
MEMO = "judge"
"""In the user's cache folder: where answers are remembered."""


class Judge(Protocol):
    """Answers questions, in a shape that is asked for or as a probability."""

    def ask(
        self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Frame] = (), name: str = ""
    ) -> dict[str, Any]:
        """The answer, a JSON object that satisfies the JSON schema.

        frames: pictures in the order in which the prompt speaks of them; name: of the question, for errors and for servers
        that want one. RecordError, saying what came back, where none of a few attempts fits; UnavailableError where the
        model cannot be reached.
        """
        ...

    def yes_probability(self, prompt: str, frames: Sequence[Frame] = (), name: str = "") -> float:
        """P(Yes) / (P(Yes) + P(No)) of the first word of the answer, 0..1.

        NoProbabilitiesError where the model does not tell probabilities, RecordError where it says neither word.
        """
        ...

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Model, endpoint without credentials, temperature and the version of the prompts, as JSON values."""
        ...


class NoProbabilitiesError(UnavailableError):
    """A judge that answers, but does not tell how sure it is of a word."""


def open_judge(
    where: str,
    models: Looks | None = None,
    *,
    model: str = "",
    memo: Path | None = None,
    remember: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> Judge:
    """The judge at a URL (`http://host:port/v1#model`, or with `model`) or in a folder of weights, which `models` runs.

    memo: folder in which answers are remembered, the user's cache if None; nothing is remembered without `remember`. A
    server is not called here. UsageError where a URL names no model, UnavailableError where there is no such folder.
    """
    from reelkit.models.catalogue import user_cache

    place = (memo or user_cache(MEMO)) if remember else None
    if where.startswith(("http://", "https://")):
        return _server(where, model, place, environ)
    folder = Path(where)
    if not (folder / "config.json").is_file():
        raise UnavailableError(
            f"--judge {where}: neither an address (http://host:port/v1#model) nor a folder with a model's config.json"
        )
    if models is None:
        raise UsageError(f"--judge {where}: a folder of weights needs models to run it")
    from reelkit.metrics.judging.local import LocalJudge
    from reelkit.metrics.judging.memo import Memo

    return LocalJudge(folder, models, memo=Memo(place))


def _server(where: str, model: str, place: Path | None, environ: Mapping[str, str]) -> Judge:
    from reelkit.metrics.judging.memo import Memo
    from reelkit.metrics.judging.server import ServerJudge

    url, _, named = where.partition("#")
    model = model or named
    if not model:
        raise UsageError(f"--judge {where} names no model: write it after a #, as in {url or where}#qwen2.5-vl-7b")
    key = next((environ[name] for name in KEYS if environ.get(name)), None)
    return ServerJudge(url, model, key=key, memo=Memo(place))
