"""What comes back from a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from ..probes.records import Item

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ErrorKind = Literal["content_filter", "context", "http", "malformed", "network", "quota", "target"]
"""Why no answer came.

``content_filter`` is the provider's own block and a result, not a failure; ``context`` means that the prompt is longer
than the target's context; ``target`` is a local model's own failure.
"""


UNSCORED_BELOW = 0.5
"""Labels with a lower probability are unscored unless an audit file says otherwise: they are more likely wrong than
right."""


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a target gave no answer.

    Attributes:
        kind: What sort of failure.
        message: One line, without keys or tokens.
        status: HTTP status where there was one.
        code: The provider's own error type or code, verbatim.
    """

    kind: ErrorKind
    message: str
    status: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One earlier try at an item that brought no answer.

    Attributes:
        failure: Why it brought none.
        started_at: When it began, ISO 8601 in UTC.
        finished_at: When it ended, ISO 8601 in UTC.
    """

    failure: Failure
    started_at: str
    finished_at: str


@dataclass(frozen=True, slots=True)
class TargetDescription:
    """What a reader must know about a target.

    Attributes:
        kind: Target type: ``transformers``, ``openai``, ``recorded`` or a plug-in's.
        model: Model as asked for: hub id, path, or the endpoint's model name.
        route: How it is reached: ``in process``, the endpoint's host, or the transcript's file name.
        settings: Generation settings, name to printable value, without secrets.
        specimen: Name of the calibration specimen it is, or None for a real model.
    """

    kind: str
    model: str
    route: str
    settings: Mapping[str, str]
    specimen: str | None = None


@dataclass(frozen=True, slots=True)
class RoutingCounts:
    """How many tokens of one response each expert of each MoE layer was given.

    Attributes:
        layers: Index of each MoE layer in the model, ascending.
        prompt: Tokens of the prompt, shape (layers, experts), unsigned 32-bit counts.
        completion: The first ``first_tokens`` generated tokens, same shape.
        prompt_tokens: Number of prompt tokens counted; each adds ``top_k`` to a layer's row.
        first_tokens: Number of generated tokens counted.
        top_k: Routed experts a token.
    """

    layers: tuple[int, ...]
    prompt: NDArray[np.uint32]
    completion: NDArray[np.uint32]
    prompt_tokens: int
    first_tokens: int
    top_k: int


@dataclass(frozen=True, slots=True)
class Response:
    """What one target gave to one item.

    Attributes:
        item_id: The item that was asked.
        target: Name of the target.
        text: The answer as it arrived, thinking tags included; empty where none came.
        thinking: Thinking text that the provider sent in a field of its own.
        finish_reason: The protocol's own word for why the answer ended, verbatim.
        failure: Set where no answer came.
        block: The provider's own sign that it withheld the answer (block reason, refusal field), verbatim.
        retracted_text: Text that was streamed and then withdrawn.
        model: Model string as returned.
        fingerprint: System fingerprint as returned.
        request_id: Request id as returned.
        host: Host that answered; ``local`` for a model in process.
        prompt_tokens: Tokens of the prompt, as counted by the target.
        completion_tokens: Tokens of the answer, as counted by the target.
        started_at: When the last attempt began, ISO 8601 in UTC.
        finished_at: When the last attempt ended, ISO 8601 in UTC.
        attempts: Number of attempts it took.
        prompt_hash: SHA-256 of the prompt as rendered by the chat template; None for APIs.
        routing: Expert counts of a local MoE model.
        failed_attempts: The tries before the last one, in order; the last one is this response itself.
    """

    item_id: str
    target: str
    text: str = ""
    thinking: str | None = None
    finish_reason: str | None = None
    failure: Failure | None = None
    block: str | None = None
    retracted_text: str | None = None
    model: str | None = None
    fingerprint: str | None = None
    request_id: str | None = None
    host: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    started_at: str = ""
    finished_at: str = ""
    attempts: int = 1
    prompt_hash: str | None = None
    routing: RoutingCounts | None = None
    failed_attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """A target as the store knows it.

    Attributes:
        name: Name in the audit.
        identity: What must not change when the run is resumed: type and settings.
        card: What a reader must know about it.
    """

    name: str
    identity: Mapping[str, object]
    card: TargetDescription


@dataclass(frozen=True, slots=True)
class Answer:
    """One stored response with the item it belongs to.

    Attributes:
        item: What was asked.
        target: Name of the target.
        response: What came; ``routing`` and ``failed_attempts`` are read apart.
    """

    item: Item
    target: str
    response: Response


@dataclass(frozen=True, slots=True)
class StoredLabel:
    """One labeler's label of one response, as the labeler's own JSON.

    Attributes:
        item_id: Id of the item.
        target: Name of the target.
        labeler: Name and version of the labeler.
        label: One JSON value; whoever reads it validates it.
        created_at: When it was stored, ISO 8601 in UTC.
    """

    item_id: str
    target: str
    labeler: str
    label: str
    created_at: str = ""
