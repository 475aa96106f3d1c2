"""Reads what an OpenAI-compatible chat completions endpoint sends back: an answer, a block, or why there is none.

Pure functions over status and body; nothing here touches the network. The signals are those of docs/codebook.md
section 1 as the providers document them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .records import ErrorKind, Failure

MESSAGE_LENGTH = 300
"""Characters of a provider's error message that are kept."""

_RETRIED_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529})

_BLOCK_CODES = frozenset(
    {
        "content_filter",  # Moonshot, Azure
        "responsibleaipolicyviolation",  # Azure, in innererror
        "content_policy_violation",  # OpenAI
        "datainspectionfailed",  # Alibaba
        "data_inspection_failed",  # Alibaba, compatible mode
    }
)
_BLOCK_MESSAGES = ("content exists risk",)  # DeepSeek sends it as a plain invalid_request_error
_CONTEXT_CODES = frozenset({"context_length_exceeded", "string_above_max_length", "exceed_context_size_error"})
_CONTEXT_MESSAGE = re.compile(
    r"(?i)context (length|window|size)|maximum (context|prompt|model) length|prompt is too long"
    r"|(input|prompt|request).{0,40}(exceed|longer than).{0,60}tokens|too many (input )?tokens"
)
_QUOTA_CODES = frozenset(
    {"insufficient_quota", "exceeded_current_quota_error", "insufficient_balance", "billing_hard_limit_reached"}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one HTTP answer says.

    Attributes:
        text: The answer; empty where none came.
        thinking: The provider's reasoning field.
        finish_reason: Verbatim.
        block: The sign that the provider withheld the answer, verbatim.
        model: Model string as returned.
        fingerprint: System fingerprint as returned.
        request_id: Id of the completion as returned.
        prompt_tokens: As counted by the provider.
        completion_tokens: As counted by the provider.
        failure: Why there is no answer.
        retry: Whether asking again may help.
    """

    text: str = ""
    thinking: str | None = None
    finish_reason: str | None = None
    block: str | None = None
    model: str | None = None
    fingerprint: str | None = None
    request_id: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    failure: Failure | None = None
    retry: bool = False


def read_reply(status: int, body: bytes) -> Reply:
    """Return what an endpoint said with HTTP ``status`` and ``body``; never raises on what it sent."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        return _unreadable(status, body)
    if status >= 400 or (isinstance(content, dict) and content.get("error") and not content.get("choices")):
        return _read_error(status, content)
    if status != 200:
        return _failed("http", f"HTTP {status} instead of 200", status=status)
    if not isinstance(content, dict):
        return _failed("malformed", "the body is no JSON object", status=status, retry=True)
    return _read_completion(content)


def _read_completion(content: Mapping[str, object]) -> Reply:
    choices = content.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return _failed("malformed", "the body has no choices[0].message", status=200, retry=True)
    text, thinking_parts = _read_content(message.get("content"))
    if text is None:
        return _failed("malformed", "choices[0].message.content is no text", status=200, retry=True)
    finish_reason = _text(choice.get("finish_reason"))
    block = _text(message.get("refusal")) or (finish_reason if finish_reason == "content_filter" else None)
    usage = content.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Reply(
        text=text,
        thinking=_text(message.get("reasoning_content")) or _text(message.get("reasoning")) or thinking_parts,
        finish_reason=finish_reason,
        block=block,
        model=_text(content.get("model")),
        fingerprint=_text(content.get("system_fingerprint")),
        request_id=_text(content.get("id")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
    )


def _read_content(content: object) -> tuple[str | None, str | None]:
    """Return text and thinking of a message's content, which is text, absent, or a list of typed parts."""
    if content is None or isinstance(content, str):
        return content or "", None
    if not isinstance(content, list):
        return None, None
    text: list[str] = []
    thinking: list[str] = []
    for part in content:
        if not isinstance(part, dict):
            return None, None
        if part.get("type") == "thinking":
            inner, _ = _read_content(part.get("thinking"))
            thinking.append(inner or "")
        elif part.get("type") in ("text", "output_text"):
            text.append(_text(part.get("text")) or "")
    return "".join(text), "".join(thinking) or None


def _read_error(status: int, content: object) -> Reply:
    error = content.get("error", content) if isinstance(content, dict) else content
    codes = _error_codes(error)
    message = _error_message(error)
    code = next(iter(codes), None)
    block = next((code for code in codes if code.lower() in _BLOCK_CODES), None)
    if block is not None or any(sign in message.lower() for sign in _BLOCK_MESSAGES):
        reply = _failed("content_filter", message or "blocked by the provider", status=status, code=block or code)
        return Reply(block=block or message, failure=reply.failure)
    if status == 200:
        # A gateway that has already sent its headers puts the upstream's status into the body.
        status = next((int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)), 502)
    if status in (400, 413, 422) and (_CONTEXT_CODES & {c.lower() for c in codes} or _CONTEXT_MESSAGE.search(message)):
        return _failed("context", message, status=status, code=code)
    if status == 402 or _QUOTA_CODES & {c.lower() for c in codes}:
        return _failed("quota", message or "the quota is used up", status=status, code=code)
    return _failed("http", message or f"HTTP {status}", status=status, code=code, retry=status in _RETRIED_STATUS)


def _unreadable(status: int, body: bytes) -> Reply:
    start = body.lstrip()[:15].lower()
    what = (
        "an empty body"
        if not body.strip()
        else "HTML"
        if start.startswith((b"<!doctype", b"<html", b"<head"))
        else "cut or broken JSON"
        if start.startswith((b"{", b"["))
        else "no JSON"
    )
    if status >= 400:
        return _failed("http", f"HTTP {status} with {what}", status=status, retry=status in _RETRIED_STATUS)
    return _failed("malformed", f"the endpoint sent {what}", status=status, retry=True)


def _error_codes(error: object) -> list[str]:
    """Return every code an error object carries, the most telling first."""
    if not isinstance(error, Mapping):
        return []
    inner = error.get("innererror")
    places: Sequence[object] = (
        error.get("code"),
        error.get("type"),
        inner.get("code") if isinstance(inner, Mapping) else None,
    )
    return [str(place)[:100] for place in places if isinstance(place, str | int) and str(place)]


def _error_message(error: object) -> str:
    message = error.get("message") or error.get("detail") if isinstance(error, Mapping) else error
    return one_line(message if isinstance(message, str) else json.dumps(message)) if message else ""


def one_line(text: str) -> str:
    """Return ``text`` on one line, printable characters only, shortened to ``MESSAGE_LENGTH``."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * MESSAGE_LENGTH]).split())
    return line if len(line) <= MESSAGE_LENGTH else line[: MESSAGE_LENGTH - 1] + "…"


def _failed(kind: ErrorKind, message: str, *, status: int, code: str | None = None, retry: bool = False) -> Reply:
    return Reply(failure=Failure(kind, message, status, code), retry=retry)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: object) -> int | None:
    # The bound is SQLite's: a larger number is no count of tokens.
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else None
