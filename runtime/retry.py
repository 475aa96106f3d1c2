"""How long to wait before a request is tried again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_WAIT = 0.5
"""Seconds before the first retry, on average three quarters of it."""


def backoff(retry: int, asked: float | None, cap: float, source: random.Random) -> float:
    """Return the seconds to wait before retry number ``retry``.

    Doubles with each retry and is spread at random over its upper half, so that many clients do not come back at once.
    Where the endpoint says how long to wait, the first two retries go by that alone.

    Args:
        retry: 1 for the first retry.
        asked: Seconds the endpoint asked for; never undercut below ``cap``.
        cap: Longest wait.
        source: Where the spread comes from.
    """
    own = min(cap, FIRST_WAIT * 2.0 ** min(retry - 1, 30)) * source.uniform(0.5, 1.0)
    if asked is None:
        return own
    wait = min(asked, cap) * source.uniform(1.0, 1.1)
    return wait if retry <= 2 else max(wait, own)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait (a number or an HTTP date), or None."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if text is None or seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
