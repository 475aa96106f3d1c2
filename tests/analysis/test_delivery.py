"""Delivery is read off each protocol's own signals, before anybody looks at the text."""

from __future__ import annotations

import pytest

from evenhand.analysis.delivery import read_delivery
from evenhand.analysis.records import Transcript

TEXT = "The bridge was opened in spring."

SIGNALS = [
    # protocol, finish reason, failure, block, text, delivery
    ("OpenAI", "stop", None, None, TEXT, "ok"),
    ("OpenAI", "length", None, None, TEXT, "truncated"),
    ("OpenAI", "content_filter", None, None, "", "provider_block"),
    ("OpenAI", "content_filter", None, None, TEXT, "provider_block"),
    ("OpenAI", None, "content_filter", None, "", "provider_block"),
    ("OpenAI Responses", "max_output_tokens", None, None, TEXT, "truncated"),
    ("OpenAI", "tool_calls", None, None, TEXT, "ok"),
    ("Moonshot", None, "content_filter", "content_filter", "", "provider_block"),
    ("Gemini", "STOP", None, None, TEXT, "ok"),
    ("Gemini", "MAX_TOKENS", None, None, TEXT, "truncated"),
    ("Gemini", "FINISH_REASON_MAX_TOKENS", None, None, TEXT, "truncated"),
    ("Gemini", "SAFETY", None, None, "", "provider_block"),
    ("Gemini", "PROHIBITED_CONTENT", None, None, "", "provider_block"),
    ("Gemini", "BLOCKLIST", None, None, "", "provider_block"),
    ("Gemini", "SPII", None, None, "", "provider_block"),
    ("Gemini", None, None, "PROHIBITED_CONTENT", "", "provider_block"),
    ("Gemini", "MALFORMED_FUNCTION_CALL", None, None, "", "error"),
    ("Anthropic", "end_turn", None, None, TEXT, "ok"),
    ("Anthropic", "stop_sequence", None, None, TEXT, "ok"),
    ("Anthropic", "max_tokens", None, None, TEXT, "truncated"),
    ("Anthropic", "model_context_window_exceeded", None, None, TEXT, "truncated"),
    ("Anthropic", "refusal", None, None, "", "provider_block"),
    ("Anthropic", "refusal", None, None, TEXT, "provider_block"),
    ("Azure", None, "content_filter", "content_filter", "", "provider_block"),
    ("Zhipu", "sensitive", None, None, "", "provider_block"),
    ("Zhipu", "network_error", None, None, "", "error"),
    ("Alibaba", None, None, "data_inspection_failed", "", "provider_block"),
    ("Bedrock", "guardrail_intervened", None, None, "", "provider_block"),
    ("Bedrock", "content_filtered", None, None, "", "provider_block"),
    ("Cohere", "ERROR_TOXIC", None, None, "", "provider_block"),
    ("Cohere", "ERROR", None, None, "", "error"),
    ("DeepSeek", "insufficient_system_resource", None, None, "", "error"),
    ("Mistral", "model_length", None, None, TEXT, "truncated"),
    ("Ollama", "stop", None, None, TEXT, "ok"),
    ("transformers", None, None, None, TEXT, "ok"),
    ("any", "stop", None, None, "", "empty"),
    ("any", "stop", None, None, " \n\u200b\ufeff\0", "empty"),
    ("any", None, "network", None, "", "error"),
    ("any", None, "http", None, "", "error"),
    ("any", None, "quota", None, "", "error"),
    ("any", None, "malformed", None, "", "error"),
    ("any", None, "context", None, "", "error"),
    ("any", "a word nobody has heard", None, None, TEXT, "ok"),
]


def transcript(
    finish: str | None, failure: str | None, block: str | None, text: str, retracted: str | None
) -> Transcript:
    return Transcript(
        "1",
        "When was it opened?",
        "en",
        text,
        None,
        finish,
        failure_kind=failure,
        block=block,
        retracted_text=retracted,
    )


@pytest.mark.parametrize(("protocol", "finish", "failure", "block", "text", "delivery"), SIGNALS)
def test_signals(
    protocol: str, finish: str | None, failure: str | None, block: str | None, text: str, delivery: str
) -> None:
    assert read_delivery(transcript(finish, failure, block, text, None), text) == delivery


@pytest.mark.parametrize(
    ("finish", "block", "text"),
    [("content_filter", None, ""), ("stop", None, "Sorry."), (None, "content_filter", ""), ("stop", None, TEXT)],
)
def test_text_that_was_streamed_and_taken_back_is_retracted(finish: str | None, block: str | None, text: str) -> None:
    assert read_delivery(transcript(finish, None, block, text, TEXT), text) == "retracted"


def test_thinking_alone_is_an_empty_answer() -> None:
    given = transcript("stop", None, None, "<think>Hm.</think>", None)
    assert read_delivery(given, "") == "empty"


def test_an_answer_cut_inside_its_thinking_is_truncated() -> None:
    assert read_delivery(transcript("length", None, None, "<think>Hm", None), "") == "truncated"
