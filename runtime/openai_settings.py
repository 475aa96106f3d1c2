"""What an audit file may say about an OpenAI-compatible endpoint."""

from __future__ import annotations

import ipaddress
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints
from pydantic import model_validator as _model_validator

from .secrets import ENVIRONMENT_NAME
from .targets import TargetSettings

NO_KEY = "none"
_OWN_FIELDS = ("model", "messages", "stream", "n")


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    try:
        bad_port = parts.port == 0
    except ValueError:
        bad_port = True
    if parts.scheme not in ("http", "https") or not parts.hostname or bad_port:
        raise ValueError(f"{url!r} is no address of an endpoint such as https://api.example.org/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the address must hold neither credentials nor a query; use key: for the key's variable")
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise ValueError(f"leave /chat/completions away from {url!r}; it is added")
    return url.rstrip("/")


def _key_variable(name: str) -> str:
    if name != NO_KEY and not ENVIRONMENT_NAME.fullmatch(name):
        raise ValueError("write the name of an environment variable such as OPENAI_API_KEY, never the key itself")
    return name


def _lists(value: object) -> object:
    """Return ``value`` with tuples as the lists that JSON has."""
    if isinstance(value, dict):
        return {key: _lists(child) for key, child in value.items()}
    return [_lists(child) for child in value] if isinstance(value, list | tuple) else value


class Price(BaseModel):
    """What a provider charges.

    Attributes:
        input: For a million tokens of prompt.
        output: For a million tokens of answer.
        currency: ISO 4217 code.
        date: When the price was written down, ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class OpenAISettings(TargetSettings):
    """Settings of target type ``openai``.

    Attributes:
        base_url: Address of the endpoint up to and with its version, such as ``https://api.openai.com/v1``.
        model: Model as the endpoint calls it.
        key: Name of the environment variable that holds the key; ``none`` where none is needed. Loopback needs none.
        system: System prompt that stands before every conversation.
        temperature: Sampling temperature.
        top_p: Nucleus sampling.
        seed: Seed sent along.
        max_tokens: Longest answer in tokens, as most endpoints call it.
        max_completion_tokens: The same as OpenAI's newer models call it, thinking included.
        extra: Further fields of the request body, sent as they are.
        concurrency: Requests in flight at most.
        connect_timeout: Seconds to reach the endpoint.
        timeout: Seconds a whole request may take.
        retries: Tries after the first one where trying again may help.
        max_wait: Longest wait between two tries in seconds, also where the endpoint asks for more.
        give_up_after: Items in a row without an answer after which the endpoint counts as dead.
        max_response_bytes: Longest body that is read.
        price: What the provider charges, for estimates.
    """

    may_change: ClassVar[frozenset[str]] = frozenset(
        {
            "key",
            "concurrency",
            "connect_timeout",
            "timeout",
            "retries",
            "max_wait",
            "give_up_after",
            "max_response_bytes",
            "price",
        }
    )

    base_url: Annotated[str, AfterValidator(_endpoint)]
    model: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    key: Annotated[str, AfterValidator(_key_variable)] | None = None
    system: Annotated[str, StringConstraints(min_length=1)] | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    extra: Annotated[dict[str, JsonValue], BeforeValidator(_lists)] = Field(default_factory=dict)
    concurrency: int = Field(default=8, ge=1, le=1024)
    connect_timeout: float = Field(default=10.0, gt=0)
    timeout: float = Field(default=300.0, gt=0)
    retries: int = Field(default=6, ge=0, le=20)
    max_wait: float = Field(default=60.0, ge=0)
    give_up_after: int = Field(default=20, ge=1)
    max_response_bytes: int = Field(default=16 * 2**20, ge=1024)
    price: Price | None = None

    @_model_validator(mode="after")
    def _consistent(self) -> OpenAISettings:
        if self.max_tokens is not None and self.max_completion_tokens is not None:
            raise ValueError("max_tokens and max_completion_tokens are two names of one limit; keep one")
        taken = [name for name in (*_OWN_FIELDS, *self.sampling()) if name in self.extra]
        if taken:
            raise ValueError(f"extra may not hold {taken[0]!r}, which is set apart")
        if self.key is None and not self.is_loopback:
            raise ValueError(
                f"key is missing for {self.host}; name the environment variable that holds the key, or write key: none"
            )
        return self

    def sampling(self) -> dict[str, JsonValue]:
        """Return the generation settings that are set, as they stand in the request body."""
        names = ("temperature", "top_p", "seed", "max_tokens", "max_completion_tokens")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def answering_json(self) -> Self:
        """Return these settings with ``response_format`` asking for JSON, unless ``extra`` sets it, if only to null."""
        extra = {"response_format": {"type": "json_object"}, **self.extra}
        if extra["response_format"] is None:
            # Some endpoints refuse a field that they do not know.
            del extra["response_format"]
        return self.model_copy(update={"extra": extra})

    @property
    def host(self) -> str:
        """Host of the endpoint, with the port where one is given."""
        return urlsplit(self.base_url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint is on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def identity(self) -> dict[str, object]:
        """As ``TargetSettings``; a loopback port is left out because a local server gets another one each time."""
        identity = super().identity()
        if self.is_loopback:
            parts = urlsplit(self.base_url)
            identity["base_url"] = f"{parts.scheme}://{parts.hostname}{parts.path}"
        return identity
