"""What an endpoint's body says: answers, blocks and failures, by the providers' own signals."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.runtime.chat_protocol import MESSAGE_LENGTH, one_line, read_reply
from evenhand.runtime.retry import backoff, retry_after


def read(status, body):
    return read_reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_plain_completion(kit):
    reply = read(200, kit.completion("Yes."))
    assert (reply.text, reply.finish_reason, reply.model) == ("Yes.", "stop", "mock-1")
    assert (reply.fingerprint, reply.request_id) == ("fp_1", "chatcmpl-1")
    assert (reply.prompt_tokens, reply.completion_tokens) == (7, 3)
    assert reply.failure is reply.thinking is reply.block is None


@pytest.mark.parametrize(
    ("message", "text", "thinking", "block"),
    [
        ({"reasoning_content": "Hm."}, "Yes.", "Hm.", None),
        ({"reasoning": "Hm."}, "Yes.", "Hm.", None),
        ({"reasoning_content": ""}, "Yes.", None, None),
        ({"content": None, "refusal": "I can't help."}, "", None, "I can't help."),
        ({"content": None}, "", None, None),
        ({"finish_reason": "content_filter"}, "Yes.", None, "content_filter"),
        ({"content": [{"type": "text", "text": "Ye"}, {"type": "text", "text": "s."}]}, "Yes.", None, None),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                    {"type": "text", "text": "Yes."},
                ]
            },
            "Yes.",
            "Hm.",
            None,
        ),
    ],
)
def test_where_thinking_and_blocks_stand(kit, message, text, thinking, block):
    reply = read(200, kit.completion("Yes.", **message))
    assert (reply.text, reply.thinking, reply.block, reply.failure) == (text, thinking, block, None)


BLOCKS = [
    ("moonshot", 400, {"error": {"message": "high risk", "type": "content_filter"}}, "content_filter"),
    ("azure", 400, {"error": {"message": "policy", "code": "content_filter", "status": 400}}, "content_filter"),
    (
        "azure inner",
        400,
        {"error": {"message": "policy", "code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
        "ResponsibleAIPolicyViolation",
    ),
    (
        "openai",
        400,
        {"error": {"message": "no", "type": "invalid_request_error", "code": "content_policy_violation"}},
        "content_policy_violation",
    ),
    ("alibaba", 400, {"error": {"code": "data_inspection_failed", "message": "bad"}}, "data_inspection_failed"),
    (
        "deepseek",
        400,
        {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}},
        "invalid_request_error",
    ),
]


@pytest.mark.parametrize(("status", "body", "code"), [case[1:] for case in BLOCKS], ids=[case[0] for case in BLOCKS])
def test_a_providers_block_is_a_result_and_not_retried(status, body, code):
    reply = read(status, body)
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.code, reply.failure.status) == ("content_filter", code, status)
    assert reply.block
    assert not reply.retry


FAILURES = [
    (500, b"boom", "http", True),
    (503, {"error": {"message": "overloaded"}}, "http", True),
    (429, {"error": {"message": "slow down", "type": "rate_limit_error"}}, "http", True),
    (429, {"error": {"message": "no credit", "type": "insufficient_quota"}}, "quota", False),
    (402, {"error": {"message": "Insufficient Balance"}}, "quota", False),
    (401, {"error": {"message": "bad key", "code": "invalid_api_key"}}, "http", False),
    (404, {"error": "no such model"}, "http", False),
    (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, "context", False),
    (400, {"error": {"message": "This model's maximum context length is 8192 tokens."}}, "context", False),
    (400, {"error": {"message": "unknown field 'foo'"}}, "http", False),
    (422, {"detail": [{"msg": "field required"}]}, "http", False),
    (302, b"", "malformed", True),
    (200, b"", "malformed", True),
    (200, b"<!DOCTYPE html><html>", "malformed", True),
    (200, b'{"choices": [{"mess', "malformed", True),
    (200, b"[" * 100_000, "malformed", True),
    (200, b"\xff\xfe", "malformed", True),
    (200, [], "malformed", True),
    (200, {"choices": []}, "malformed", True),
    (200, {"choices": [{"message": {"content": 3}}]}, "malformed", True),
    (200, {"error": {"message": "upstream", "code": 502}}, "http", True),
    (200, {"error": {"message": "upstream", "code": 400}}, "http", False),
    (200, {"error": {"message": "upstream is down"}}, "http", True),
]


@pytest.mark.parametrize(("status", "body", "kind", "retry"), FAILURES)
def test_failures_and_whether_they_are_worth_another_try(status, body, kind, retry):
    reply = read(status, body)
    assert reply.failure is not None
    assert (reply.failure.kind, reply.retry) == (kind, retry)
    assert reply.failure.message
    assert "\n" not in reply.failure.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "error", "code", "type", "refusal", "usage", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    status=st.sampled_from([200, 400, 401, 429, 500, 302]),
    body=json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
)
def test_no_body_whatsoever_raises(status, body):
    reply = read_reply(status, body)
    assert reply.failure is None or len(reply.failure.message) <= MESSAGE_LENGTH


def test_absurd_token_counts_are_left_out(kit):
    body = kit.completion()
    body["usage"] = {"prompt_tokens": 10**30, "completion_tokens": -4}
    reply = read(200, body)
    assert (reply.prompt_tokens, reply.completion_tokens) == (None, None)


@given(st.text(max_size=2000))
def test_messages_are_one_short_line(text):
    line = one_line(text)
    assert len(line) <= MESSAGE_LENGTH
    assert all(character.isprintable() for character in line)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "3"}, 3, 3),
        ({"retry-after": "0.5"}, 0.5, 0.5),
        ({"retry-after-ms": "250"}, 0.25, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0, 0),
        ({"retry-after": "Wed, 21 Oct 2093 07:28:00 GMT"}, 1e9, 1e10),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers, low, high):
    seconds = retry_after(headers)
    assert seconds is not None
    assert low <= seconds <= high


@pytest.mark.parametrize("value", ["", "soon", "-3", "nan", "inf", "Wed, 99 Foo 2093"])
def test_a_retry_after_that_says_nothing(value):
    assert retry_after({"retry-after": value}) is None


@given(retry=st.integers(1, 40), asked=st.none() | st.floats(0, 1e6), cap=st.floats(0, 120), seed=st.integers())
def test_waits_grow_stay_under_the_cap_and_obey_the_endpoint(retry, asked, cap, seed):
    wait = backoff(retry, asked, cap, random.Random(seed))
    assert 0 <= wait <= 1.1 * cap
    if asked is not None:
        assert wait >= min(asked, cap)
    elif retry > 1 and cap > 0:
        assert wait >= min(cap, 0.5 * 2.0 ** (retry - 1)) / 2
