"""Who writes: any server that speaks OpenAI's chat completions, or the built-in writer."""

import time
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from app.core.errors import Invalid, Unavailable

LONGEST_ANSWER = 40_000  # characters; what comes after is cut and flagged


@dataclass(frozen=True)
class Completion:
    """One answer of a writer. Cost is in US dollars, from the configured prices; None means not known."""

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds: float
    note: str = ""  # what a person should know about this answer, for example that it was cut


class Provider(Protocol):
    """Anything that answers a chat. Raises Unavailable, in words for a person, when it cannot."""

    name: str
    model: str

    def complete(
        self, messages: list[dict[str, str]], *, max_tokens: int, temperature: float, timeout: float
    ) -> Completion: ...


@dataclass
class OpenAICompatible:
    """OpenAI, Ollama, vLLM, llama.cpp, LM Studio and whoever else speaks their chat completions.

    `prices` are (per million tokens in, per million tokens out); without them no cost is stated.
    """

    base_url: str
    api_key: str
    model: str
    timeout: float = 60
    prices: tuple[float, float] | None = None
    name: str = "openai-compatible"

    def __post_init__(self) -> None:
        if urlsplit(self.base_url).scheme not in ("http", "https"):
            raise Invalid("The address of the model server must start with http:// or https://.")

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.host}, {self.model})"  # never the key

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    def complete(
        self,
        messages: list[dict[str, str]],
        *,
        max_tokens: int = 1000,
        temperature: float = 0.7,
        timeout: float | None = None,
    ) -> Completion:
        """Ask once. No retry: the caller decides, and a person waits."""
        import openai  # here, because it costs 60 MB that an idle worker need not hold

        begun = time.monotonic()
        limit = timeout or self.timeout
        try:
            with openai.OpenAI(
                base_url=self.base_url, api_key=self.api_key or "none", max_retries=0, timeout=limit
            ) as client:
                answer = client.chat.completions.create(
                    model=self.model, messages=messages, max_tokens=max_tokens, temperature=temperature
                )
        except openai.OpenAIError as trouble:
            raise Unavailable(self._explain(openai, trouble, limit)) from None
        except ValueError:
            raise Unavailable(
                f"The model server at {self.host} answered something that is not JSON; "
                "the address probably belongs to another service."
            ) from None
        return self._completion(answer, time.monotonic() - begun)

    def _completion(self, answer: Any, seconds: float) -> Completion:
        choices = getattr(answer, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise Unavailable(
                f"The model server at {self.host} sent no answer in the shape of chat completions; "
                "check that its address ends with /v1."
            )
        text, usage, notes = choices[0].message.content or "", getattr(answer, "usage", None), []
        if len(text) > LONGEST_ANSWER:
            notes.append(f"The answer had {len(text)} characters; the first {LONGEST_ANSWER} were kept.")
        if choices[0].finish_reason == "length":
            notes.append("The model stopped at its token limit, so the answer may end in the middle.")
        tokens_in = getattr(usage, "prompt_tokens", 0) or 0
        tokens_out = getattr(usage, "completion_tokens", 0) or 0
        cost = None
        if self.prices and usage:
            cost = round((tokens_in * self.prices[0] + tokens_out * self.prices[1]) / 1_000_000, 6)
        return Completion(
            text[:LONGEST_ANSWER],
            getattr(answer, "model", None) or self.model,
            tokens_in,
            tokens_out,
            cost,
            seconds,
            " ".join(notes),
        )

    def _explain(self, openai: Any, trouble: Exception, limit: float) -> str:
        """What went wrong, for a person who can mend it. Never holds the key."""
        server = f"The model server at {self.host}"
        if isinstance(trouble, openai.APITimeoutError):
            return f"{server} did not finish within {limit:g} seconds; a smaller model or more time helps."
        if isinstance(trouble, openai.APIConnectionError):
            return f"{server} does not answer; check that it runs and that its address is right."
        if isinstance(trouble, (openai.AuthenticationError, openai.PermissionDeniedError)):
            return f"{server} does not accept the key; enter a new one in the settings."
        if isinstance(trouble, openai.NotFoundError):
            return (
                f"{server} does not know the model “{self.model}”; check its name and that it is installed."
            )
        if isinstance(trouble, openai.RateLimitError):
            return f"{server} asks us to slow down, or its credit is used up; try again later."
        status = getattr(trouble, "status_code", None)
        if status and status >= 500:
            return f"{server} has trouble of its own (error {status}); try again later."
        if status:
            return f"{server} refused the request (error {status}): {self._detail(trouble)}"
        return f"{server} sent an answer that could not be read."

    def _detail(self, trouble: Exception) -> str:
        body = getattr(trouble, "body", None)
        said = str(body.get("message", "")) if isinstance(body, dict) else ""
        if self.api_key:
            said = said.replace(self.api_key, "…")
        return said[:200] or "no reason given."


def provider_for(settings: Any) -> Provider:
    """The configured model server when LLM_BASE_URL and LLM_MODEL are set, else the built-in writer."""
    if settings.llm_base_url and settings.llm_model:
        key = settings.llm_api_key
        key = key.get_secret_value() if hasattr(key, "get_secret_value") else key
        prices = (settings.llm_price_in, settings.llm_price_out)
        return OpenAICompatible(
            str(settings.llm_base_url),
            key or "",
            settings.llm_model,
            settings.llm_timeout,
            prices=None if None in prices else prices,
        )
    from app.rewriting.writer import BuiltInWriter  # the writer builds Completions, so it imports this file

    return BuiltInWriter()
