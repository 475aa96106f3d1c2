"""Whether an answer arrived, read off the transport before any classifier looks at it."""

from __future__ import annotations

from .records import Delivery, Transcript

BLOCK_REASONS = frozenset(
    {
        "content_filter",  # OpenAI, Azure, Moonshot
        "contentfilter",
        "safety",  # Gemini finish reasons and prompt feedback
        "prohibited_content",
        "blocklist",
        "spii",
        "recitation",
        "image_safety",
        "refusal",  # Anthropic stop reason
        "sensitive",  # Zhipu
        "data_inspection_failed",  # Alibaba
        "guardrail_intervened",  # Bedrock
        "content_filtered",  # Bedrock
        "content_policy_violation",  # Azure
        "error_toxic",  # Cohere
        "moderation",
    }
)
LENGTH_REASONS = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
)
ERROR_REASONS = frozenset(
    {
        "error",
        "insufficient_system_resource",  # DeepSeek
        "language",  # Gemini: a language it does not support
        "malformed_function_call",
        "network_error",  # Zhipu
        "timeout",
    }
)


def read_delivery(transcript: Transcript, answer: str) -> Delivery:
    """Return the delivery code of one answer.

    Args:
        transcript: The answer with what the provider said of it.
        answer: Its text without thinking.
    """
    reason = (transcript.finish_reason or "").strip().lower().replace("-", "_").replace(" ", "_")
    reason = reason.removeprefix("finish_reason_")
    if transcript.failure_kind == "content_filter" or transcript.block or reason in BLOCK_REASONS:
        return "retracted" if transcript.retracted_text else "provider_block"
    if transcript.retracted_text:
        return "retracted"
    if transcript.failure_kind is not None:
        return "error"
    if reason in ERROR_REASONS and not answer.strip():
        return "error"
    if reason in LENGTH_REASONS:
        return "truncated"
    return "ok" if answer.strip("\0 \t\r\n\u200b\ufeff") else "empty"
