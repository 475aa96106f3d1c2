"""An OpenAI-compatible endpoint as a target, against real local servers with faults."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Sequence

import pytest

from evenhand.errors import TargetError
from evenhand.probes.records import Item
from evenhand.runtime.openai_settings import OpenAISettings
from evenhand.runtime.openai_target import OpenAITarget
from evenhand.runtime.records import Response

KEY = "sk-planted-0123456789abcdef"


def make(url: str, **settings: object) -> OpenAITarget:
    return OpenAITarget(
        "model", OpenAISettings.model_validate({"base_url": url, "model": "mock-1", "max_wait": 0.02, **settings})
    )


def ask(target: OpenAITarget, items: Sequence[Item], stop_after: int | None = None) -> list[Response]:
    async def run() -> list[Response]:
        responses = []
        try:
            await target.open()
            async for response in target.ask(items):
                responses.append(response)
                if len(responses) == stop_after:
                    target.stop()
        finally:
            await target.close()
        return responses

    return asyncio.run(run())


def test_what_is_sent_and_what_comes_back(kit, monkeypatch):
    monkeypatch.setenv("MOCK_KEY", KEY)
    (item,) = kit.battery(1)
    with kit.serving(kit.said(kit.completion("Yes.", reasoning_content="Hm."))) as server:
        target = make(
            server.url,
            key="MOCK_KEY",
            system="Be brief.",
            temperature=0.0,
            seed=3,
            max_tokens=50,
            extra={"stop": ["#"]},
        )
        (response,) = ask(target, [item])
    assert server.bodies == [
        {
            "model": "mock-1",
            "temperature": 0.0,
            "seed": 3,
            "max_tokens": 50,
            "stop": ["#"],
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": item.prompt}],
        }
    ]
    assert server.authorizations == {f"Bearer {KEY}"}
    assert (response.item_id, response.target, response.text) == (item.id, "model", "Yes.")
    assert (response.thinking, response.finish_reason, response.model) == ("Hm.", "stop", "mock-1")
    assert response.host == server.url.split("/")[2]
    assert (response.prompt_tokens, response.completion_tokens, response.attempts) == (7, 3, 1)
    assert response.started_at <= response.finished_at


def test_a_specimen_behind_an_endpoint_is_recognised():
    url = "http://127.0.0.1:9/v1"
    assert make(url, model="/opt/evenhand/runtime/specimens/even").card().specimen == "even"
    assert make(url).card().specimen is None


def test_every_item_is_answered_once_and_never_more_at_a_time_than_asked(kit):
    items = kit.battery(40)
    with kit.serving() as server:
        responses = ask(make(server.url, concurrency=5), items)
    assert sorted(response.item_id for response in responses) == sorted(item.id for item in items)
    assert set(server.asked.values()) == {1}


RETRIED = {
    "429": lambda kit: kit.said({"error": {"message": "slow"}}, 429, {"Retry-After": "0.01"}),
    "500": lambda kit: kit.said(b"boom", 500),
    "503 json": lambda kit: kit.said({"error": {"message": "overloaded"}}, 503),
    "reset": lambda kit: kit.said(act="reset"),
    "stall": lambda kit: kit.said(act="stall"),
    "cut json": lambda kit: kit.said(b'{"choices": [{"message": {"con'),
    "cut body": lambda kit: kit.said(act="short"),
    "html": lambda kit: kit.said(b"<html><body>Please log in</body></html>"),
    "no choices": lambda kit: kit.said({"choices": []}),
    "error in 200": lambda kit: kit.said({"error": {"message": "upstream", "code": 502}}),
}


@pytest.mark.parametrize("fault", RETRIED)
def test_a_passing_fault_is_tried_again(kit, fault):
    (item,) = kit.battery(1)
    with kit.serving(lambda prompt, before: RETRIED[fault](kit) if before < 2 else kit.said()) as server:
        (response,) = ask(make(server.url, timeout=0.3 if fault == "stall" else 20.0), [item])
    assert (response.text, response.failure, response.attempts) == ("an answer", None, 3)
    assert len(response.failed_attempts) == 2
    assert server.asked[item.prompt] == 3


@pytest.mark.parametrize("fault", RETRIED)
def test_a_lasting_fault_ends_in_an_explained_failure(kit, fault):
    (item,) = kit.battery(1)
    with kit.serving(RETRIED[fault](kit)) as server:
        (response,) = ask(make(server.url, retries=1, timeout=0.3 if fault == "stall" else 20.0), [item])
    assert response.text == ""
    assert response.failure is not None
    assert response.failure.kind in ("http", "network", "malformed")
    assert response.failure.message
    assert server.asked[item.prompt] == 2


FINAL = {
    "content filter": (400, {"error": {"message": "high risk", "type": "content_filter"}}, "content_filter"),
    "context": (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, "context"),
    "unauthorized": (401, {"error": {"message": "bad key"}}, "http"),
    "not found": (404, {"error": {"message": "no such model"}}, "http"),
    "quota": (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, "quota"),
}


@pytest.mark.parametrize("case", FINAL)
def test_what_no_second_try_can_mend_is_asked_once(kit, case):
    status, body, kind = FINAL[case]
    (item,) = kit.battery(1)
    with kit.serving(kit.said(body, status)) as server:
        (response,) = ask(make(server.url), [item])
    assert response.failure is not None
    assert (response.failure.kind, response.failure.status) == (kind, status)
    assert server.asked[item.prompt] == 1
    assert (response.block is not None) == (kind == "content_filter")


def test_many_faults_at_once_cost_no_item(kit):
    items = kit.battery(120)
    faults = [RETRIED[name](kit) for name in ("429", "500", "reset", "cut json", "cut body", "html")]

    def script(prompt, before):
        number = int(prompt.rsplit(" ", 1)[1].rstrip("?"))
        return faults[number % len(faults)] if before < number % 3 else kit.said(kit.completion(f"answer {prompt}"))

    with kit.serving(script) as server:
        responses = ask(make(server.url, concurrency=16), items)
    assert {response.item_id for response in responses} == {item.id for item in items}
    assert len(responses) == len(items)
    prompts = {item.id: item.prompt for item in items}
    assert all(response.text == f"answer {prompts[response.item_id]}" for response in responses)


def test_an_endless_body_is_not_swallowed(kit):
    (item,) = kit.battery(1)
    with kit.serving(kit.said(b"x" * 3_000_000)) as server:
        (response,) = ask(make(server.url, max_response_bytes=100_000), [item])
    assert response.failure is not None
    assert response.failure.kind == "malformed"
    assert "more than 100000 bytes" in response.failure.message
    assert server.asked[item.prompt] == 1


def test_a_redirect_is_not_followed(kit, monkeypatch):
    monkeypatch.setenv("MOCK_KEY", KEY)
    (item,) = kit.battery(1)
    with (
        kit.serving() as elsewhere,
        kit.serving(kit.said(b"{}", 307, {"Location": elsewhere.url + "/chat/completions"})) as server,
    ):
        (response,) = ask(make(server.url, key="MOCK_KEY", retries=0), [item])
    assert response.failure is not None
    assert elsewhere.authorizations == set()


def test_hostile_answers_arrive_to_the_letter(kit):
    texts = ["a\x00b", "</script><img onerror=x>", "\ud83d\ude00", "😀" * 5, "x" * 1_000_000, "\udfff"]
    items = kit.battery(len(texts))
    by_prompt = {item.prompt: text for item, text in zip(items, texts, strict=True)}
    with kit.serving(lambda prompt, before: kit.said(kit.completion(by_prompt[prompt]))) as server:
        responses = ask(make(server.url), items)
    read = {response.item_id: response.text for response in responses}
    assert [read[item.id] for item in items] == [json.loads(json.dumps(text)) for text in texts]


def test_stopping_finishes_what_is_in_flight_and_begins_nothing(kit):
    items = kit.battery(60)
    with kit.serving() as server:
        responses = ask(make(server.url, concurrency=4), items, stop_after=8)
    assert 8 <= len(responses) <= 8 + 2 * 4, "what is in flight, and what has come and is not yet taken"
    assert len(server.bodies) == len(responses)


def test_stopping_does_not_wait_for_a_long_retry(kit):
    items = kit.battery(2)
    slow = kit.said({"error": {"message": "later"}}, 429, {"Retry-After": "50"})
    with kit.serving(lambda prompt, before: slow if prompt == items[0].prompt else kit.said()) as server:
        target = make(server.url, max_wait=60.0)
        responses = ask(target, items, stop_after=1)
    assert len(responses) == 2
    failure = next(response.failure for response in responses if response.failure)
    assert failure.status == 429


@pytest.mark.parametrize("status", [401, 500])
def test_a_dead_endpoint_is_given_up_with_the_reason(kit, status):
    items = kit.battery(100)
    responses: list[Response] = []

    async def run(target: OpenAITarget) -> None:
        await target.open()
        try:
            async for response in target.ask(items):
                responses.append(response)
        finally:
            await target.close()

    with (
        kit.serving(kit.said({"error": {"message": "gone"}}, status)) as server,
        pytest.raises(TargetError, match=r"10 items in a row got no answer \(last: gone\)"),
    ):
        asyncio.run(run(make(server.url, retries=0, concurrency=4, give_up_after=10)))
    assert 10 <= len(responses) <= 10 + 2 * 4
    assert all(response.failure for response in responses)


def test_an_unreachable_endpoint_is_named_with_the_fix(kit):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TargetError, match=rf"http://127.0.0.1:{port}/v1 cannot be reached .*; check base_url"):
        ask(make(f"http://127.0.0.1:{port}/v1"), kit.battery(1))


def test_a_host_that_does_not_exist(kit, monkeypatch):
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(TargetError, match=r"https://no-such-host.invalid/v1 cannot be reached"):
        ask(make("https://no-such-host.invalid/v1", key="none"), kit.battery(1))


def test_a_refused_key_is_reported_before_anything_is_asked(kit, monkeypatch):
    monkeypatch.setenv("MOCK_KEY", KEY)
    with (
        kit.serving(models_status=401) as server,
        pytest.raises(TargetError, match=r"refuses the key .*check the key in MOCK_KEY") as refused,
    ):
        ask(make(server.url, key="MOCK_KEY"), kit.battery(1))
    assert KEY not in str(refused.value)
    assert not server.bodies


@pytest.mark.parametrize("status", [404, 405, 500])
def test_an_endpoint_without_a_model_list_is_asked_all_the_same(kit, status):
    with kit.serving(models_status=status) as server:
        assert len(ask(make(server.url), kit.battery(2))) == 2


@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_key_that_is_not_set(kit, monkeypatch, value):
    monkeypatch.delenv("MOCK_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MOCK_KEY", value)
    with pytest.raises(TargetError, match="MOCK_KEY is not set; set it: export MOCK_KEY="):
        ask(make("http://127.0.0.1:9/v1", key="MOCK_KEY"), kit.battery(1))


@pytest.mark.parametrize("value", [KEY + "\r\nX-Evil: 1", f'"{KEY}" x', KEY + "é"])
def test_a_key_that_would_break_the_header_is_refused_unseen(kit, monkeypatch, value):
    monkeypatch.setenv("MOCK_KEY", value)
    with pytest.raises(TargetError, match="characters that no key has") as refused:
        ask(make("http://127.0.0.1:9/v1", key="MOCK_KEY"), kit.battery(1))
    assert "sk-planted" not in str(refused.value)


ECHOES = {
    "in the answer": lambda kit: kit.said(kit.completion(f"Your key is {KEY}.")),
    "in an error": lambda kit: kit.said({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401),
    "in the code": lambda kit: kit.said({"error": {"message": "no", "code": f"bad {KEY}"}}, 400),
    "in HTML": lambda kit: kit.said(f"<html>{KEY}</html>".encode()),
    "in the model": lambda kit: kit.said({**kit.completion(), "model": KEY, "id": KEY}),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_is_echoed_goes_nowhere(kit, monkeypatch, echo):
    monkeypatch.setenv("MOCK_KEY", KEY)
    with kit.serving(ECHOES[echo](kit)) as server:
        target = make(server.url, key="MOCK_KEY", retries=1)
        (response,) = ask(target, kit.battery(1))
    for shown in (repr(response), repr(target), repr(target.card()), repr(target._settings)):
        assert "planted" not in shown
