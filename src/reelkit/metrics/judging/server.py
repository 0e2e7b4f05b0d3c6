"""A judge behind a URL: any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, SGLang, a provider)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from reelkit.errors import RecordError, UnavailableError
from reelkit.metrics.judging.answering import ATTEMPTS, UnfitError, answered, quoted, with_schema
from reelkit.metrics.judging.chat import FORMATS, bare, first_choice, messages, response_format, said
from reelkit.metrics.judging.judge import KEYS, PROMPTS, TEMPERATURE, NoProbabilitiesError
from reelkit.metrics.judging.memo import Memo
from reelkit.metrics.judging.pictures import shown
from reelkit.metrics.judging.probability import yes_share
from reelkit.metrics.meters import Frame

TIMEOUT_SECONDS = 180.0
RETRIES = 4
"""How often a server that is busy, broken or away is called again, with growing pauses."""
LIKELIEST = 20
"""Tokens whose probabilities are asked for; the most that OpenAI gives."""


class ServerJudge:
    """Asks one question a request, at temperature 0; see `Judge`.

    key: the server's; None for one that wants none. A model that allows no temperature is asked without, and `provenance`
    then gives none.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str | None = None,
        memo: Memo | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.url, self.model = url, model
        self._key, self._memo = key, memo or Memo(None)
        self._timeout, self._retries, self._attempts = timeout_seconds, retries, attempts
        self._format = 0
        self._temperature: float | None = TEMPERATURE

    def ask(
        self, prompt: str, schema: Mapping[str, Any], frames: Sequence[Frame] = (), name: str = ""
    ) -> dict[str, Any]:
        """See `Judge`."""
        pictures = shown(frames)

        def generate(asked: str) -> str:
            return self._text(asked, pictures, schema, name)

        def make() -> dict[str, Any]:
            return answered(generate, with_schema(prompt, schema), schema, name, self._attempts)

        return self._memo.recall({**self._by, "schema": schema}, prompt, pictures, dict[str, Any], make)

    def yes_probability(self, prompt: str, frames: Sequence[Frame] = (), name: str = "") -> float:
        """See `Judge`. A word that is not among the server's likeliest tokens counts as 0 where that is true to 1 %."""
        pictures = shown(frames)

        def make() -> float:
            reply = self._call(messages(prompt, pictures), logprobs=True, top_logprobs=LIKELIEST, max_tokens=1)
            return yes_share(first_choice(reply, self.url), bare(self.url), name)

        return self._memo.recall({**self._by, "probability": "yes"}, prompt, pictures, float, make)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """See `Judge`."""
        return {"model": self.model, "endpoint": bare(self.url), "temperature": self._temperature, "prompts": PROMPTS}

    @property
    def _by(self) -> Mapping[str, Any]:
        return {"model": self.model, "endpoint": bare(self.url), "temperature": TEMPERATURE}

    def _text(self, prompt: str, pictures: Sequence[Frame], schema: Mapping[str, Any], name: str) -> str:
        """What the model wrote, in the strictest format that the server takes."""
        asked = messages(prompt, pictures)
        for number in range(self._format, len(FORMATS)):
            try:
                reply = self._call(asked, **response_format(FORMATS[number], schema, name))
            except _RefusedError as refused:
                if number + 1 == len(FORMATS):
                    raise RecordError(f"the judge at {bare(self.url)} refuses {name or 'a question'}: {refused}") from None
                continue
            self._format = number
            break
        message = first_choice(reply, self.url).message
        if getattr(message, "refusal", None):
            raise UnfitError(f"it refused: {quoted(message.refusal)}")
        return message.content or ""

    def _call(self, asked: list[dict[str, Any]], **options: Any) -> Any:
        """One request; _RefusedError where the server says that it cannot be meant so."""
        import openai

        if self._temperature is not None:
            options["temperature"] = self._temperature
        try:
            return self._client.chat.completions.create(model=self.model, messages=asked, **options)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if self._temperature is not None and "temperature" in str(error):
                self._temperature = None
                options.pop("temperature")
                return self._call(asked, **options)
            if "logprobs" in options:
                raise NoProbabilitiesError(f"the judge at {bare(self.url)} refuses to give logprobs: {said(error)}") from error
            raise _RefusedError(said(error)) from error
        except (openai.OpenAIError, ValueError) as error:
            raise UnavailableError(self._unavailable(error)) from error

    def _unavailable(self, error: Exception) -> str:
        """Why the server cannot be used, and what to do."""
        import openai

        at = f"the judge at {bare(self.url)}"
        if isinstance(error, openai.APITimeoutError):
            return f"{at} did not answer within {self._timeout:g} s: see whether it is overloaded, or give a smaller model"
        if isinstance(error, openai.APIConnectionError):
            return f"{at} cannot be reached: start the server, or give another address with --judge"
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{at} does not accept {'the key' if self._key else 'calls without a key'}: set {KEYS[0]} to one that it does"
        if isinstance(error, openai.NotFoundError):
            return f"{at} does not have {self.model!r}{self._others()}: name a model after the # (and end the address in /v1)"
        if isinstance(error, openai.RateLimitError):
            return f"{at} takes no more requests now ({said(error)}): wait or raise its limit, then run again"
        return f"{at} fails ({said(error)}): see its log, then run again"

    def _others(self) -> str:
        import openai

        try:
            names = [one.id for one in self._client.models.list().data][:8]
        except (openai.OpenAIError, AttributeError, TypeError, ValueError):
            return ""
        return f", only {', '.join(names)}" if names else ""

    @cached_property
    def _client(self) -> Any:
        import openai

        return openai.OpenAI(
            base_url=self.url, api_key=self._key or "none", timeout=self._timeout, max_retries=self._retries
        )


class _RefusedError(Exception):
    """A request of a form that the server does not take."""
