"""How items, responses and routing counts are written into database rows and read back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from pydantic import TypeAdapter

from ..probes.records import Item
from .records import ErrorKind, Failure, Response, RoutingCounts

SETTLED_FAILURES: frozenset[ErrorKind] = frozenset({"content_filter", "context"})
"""Failures that asking again cannot mend: they are results. Every other one is asked again by the next run."""

RESPONSE_COLUMNS = (
    "text",
    "thinking",
    "finish_reason",
    "failure_kind",
    "failure_message",
    "failure_status",
    "failure_code",
    "block",
    "retracted_text",
    "model",
    "fingerprint",
    "request_id",
    "host",
    "prompt_tokens",
    "completion_tokens",
    "started_at",
    "finished_at",
    "prompt_hash",
)

Cell = str | int | float | bytes | None


def is_settled(response: Response) -> bool:
    """Return whether ``response`` is a result, so that the item is never asked again."""
    return response.failure is None or response.failure.kind in SETTLED_FAILURES


def storable(text: str) -> str:
    """Return ``text`` as it can be written in UTF-8: surrogate pairs joined, lone surrogates as U+FFFD.

    A lone surrogate is half a character and stands for nothing; everything else, NUL included, is kept.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _cell(text: str | None) -> str | None:
    return None if text is None else storable(text)


@cache
def _item_adapter() -> TypeAdapter[Item]:
    return TypeAdapter(Item)


def item_to_json(item: Item) -> str:
    """Return ``item`` as one JSON object."""
    return _item_adapter().dump_json(item).decode()


def item_from_json(text: str) -> Item:
    """Return the item that ``item_to_json`` wrote.

    Raises:
        ValueError: It is not one.
    """
    return _item_adapter().validate_json(text)


def response_to_row(response: Response) -> tuple[Cell, ...]:
    """Return the values of ``RESPONSE_COLUMNS``."""
    failure = response.failure
    return (
        storable(response.text),
        _cell(response.thinking),
        _cell(response.finish_reason),
        failure.kind if failure else None,
        storable(failure.message) if failure else None,
        failure.status if failure else None,
        _cell(failure.code) if failure else None,
        _cell(response.block),
        _cell(response.retracted_text),
        _cell(response.model),
        _cell(response.fingerprint),
        _cell(response.request_id),
        _cell(response.host),
        response.prompt_tokens,
        response.completion_tokens,
        response.started_at,
        response.finished_at,
        response.prompt_hash,
    )


def response_from_row(item_id: str, target: str, attempts: int, row: Sequence[Cell]) -> Response:
    """Return the response whose ``RESPONSE_COLUMNS`` are ``row``; failed attempts and routing are left out."""
    cells = dict(zip(RESPONSE_COLUMNS, row, strict=True))
    kind, message = cells.pop("failure_kind"), cells.pop("failure_message")
    status, code = cells.pop("failure_status"), cells.pop("failure_code")
    failure = None
    if kind is not None:
        failure = Failure(
            kind=cast(ErrorKind, kind),
            message=cast(str, message),
            status=cast("int | None", status),
            code=cast("str | None", code),
        )
    return Response(item_id=item_id, target=target, failure=failure, attempts=attempts, **cells)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class RoutingRow:
    """Routing counts of one response as they are stored.

    Attributes:
        layers: JSON list of layer indices.
        experts: Experts a layer.
        width: Bytes a count, 1, 2 or 4.
        prompt_tokens: See ``RoutingCounts``.
        first_tokens: See ``RoutingCounts``.
        top_k: See ``RoutingCounts``.
        counts: The prompt's counts and then the completion's, little-endian, row by row, compressed by zlib.
    """

    layers: str
    experts: int
    width: int
    prompt_tokens: int
    first_tokens: int
    top_k: int
    counts: bytes


def routing_to_row(routing: RoutingCounts) -> RoutingRow:
    """Return ``routing`` in the narrowest integers that hold it."""
    import numpy as np

    both = np.stack([routing.prompt, routing.completion])
    highest = int(both.max(initial=0))
    width = 1 if highest < 1 << 8 else 2 if highest < 1 << 16 else 4
    return RoutingRow(
        layers=json.dumps(list(routing.layers)),
        experts=both.shape[2],
        width=width,
        prompt_tokens=routing.prompt_tokens,
        first_tokens=routing.first_tokens,
        top_k=routing.top_k,
        counts=zlib.compress(both.astype(f"<u{width}").tobytes(), level=6),
    )


def routing_from_row(row: RoutingRow) -> RoutingCounts:
    """Return the counts that ``routing_to_row`` wrote.

    Raises:
        ValueError: The row is damaged.
    """
    import numpy as np

    layers = tuple(int(layer) for layer in json.loads(row.layers))
    size = 2 * len(layers) * row.experts * row.width
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(row.counts, size + 1)
    except zlib.error as error:
        raise ValueError(f"routing counts cannot be unpacked: {error}") from error
    if len(raw) != size or row.width not in (1, 2, 4):
        raise ValueError(f"routing counts hold {len(raw)} bytes instead of {size}")
    both = np.frombuffer(raw, dtype=f"<u{row.width}").reshape(2, len(layers), row.experts).astype(np.uint32)
    return RoutingCounts(
        layers=layers,
        prompt=both[0],
        completion=both[1],
        prompt_tokens=row.prompt_tokens,
        first_tokens=row.first_tokens,
        top_k=row.top_k,
    )
