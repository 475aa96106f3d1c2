"""A small topic set, audits on it, and a local endpoint that misbehaves as told."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from aiohttp import web

from evenhand.probes.battery import BatterySpec, build_items
from evenhand.probes.records import Item
from evenhand.prompts.catalogue import Catalogue
from evenhand.prompts.records import TopicSet
from evenhand.runtime.records import Response


def topic_set(questions: int = 6, text: str = "What is question") -> TopicSet:
    pole = {"name": {"en": "a side"}, "examples": {"en": ("It is so.",)}}
    return TopicSet.model_validate(
        {
            "evenhand": 1,
            "id": "harbour",
            "version": "1.0.0",
            "title": {"en": "The harbour"},
            "summary": {"en": "A dispute about a harbour."},
            "region": "europe",
            "states": ("CH",),
            "languages": ("en",),
            "propositions": (
                {"id": "stay", "claim": {"en": "The harbour should stay."}, "favours": pole, "opposes": pole},
            ),
            "dialogues": (
                {
                    "id": "press",
                    "proposition": "stay",
                    "pushes": "favours",
                    "turns": ({"en": "Should it stay?"}, {"en": "Boats need it."}, {"en": "So it should?"}),
                },
            ),
            "questions": tuple(
                {"id": f"q{n}", "proposition": "stay", "kind": "contested", "text": {"en": f"{text} {n}?"}}
                for n in range(questions)
            ),
        }
    )


def battery(questions: int = 6, text: str = "What is question", repeats: int = 1) -> tuple[Item, ...]:
    topic = topic_set(questions, text)
    return build_items({topic.id: topic}, BatterySpec(families=("direct",), repeats=repeats))


def answer(item: Item, target: str = "model", **fields: Any) -> Response:
    dates = {"started_at": "2026-01-01T00:00:00.000+00:00", "finished_at": "2026-01-01T00:00:01.000+00:00"}
    return Response(item_id=item.id, target=target, **{"text": f"answer to {item.prompt}", **dates, **fields})


def completion(text: str = "an answer", **message: Any) -> dict[str, Any]:
    """Return a chat completion as the protocol describes it."""
    finish = message.pop("finish_reason", "stop")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "mock-1",
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": finish,
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


@dataclass(frozen=True)
class Said:
    """What the endpoint does with one request."""

    body: Any = field(default_factory=completion)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    act: Literal["send", "reset", "stall", "short"] = "send"


Script = Callable[[str, int], Said]
"""From a prompt and how often it was asked before to what is said."""


class Endpoint:
    """An OpenAI-compatible server on a free loopback port, in a thread of its own."""

    def __init__(self, script: Script, models_status: int = 200):
        self.script = script
        self.models_status = models_status
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.authorizations: set[str | None] = set()
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"

    async def _models(self, request: web.Request) -> web.Response:
        self.authorizations.add(request.headers.get("Authorization"))
        return web.json_response({"data": [{"id": "mock-1"}]}, status=self.models_status)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt = body["messages"][-1]["content"]
        before = self.asked[prompt]
        self.asked[prompt] += 1
        self.bodies.append(body)
        self.authorizations.add(request.headers.get("Authorization"))
        said = self.script(prompt, before)
        content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        if said.act == "stall":
            await asyncio.sleep(30)
        if said.act == "reset":
            assert request.transport is not None
            request.transport.abort()
        if said.act == "short":
            response = web.StreamResponse(headers={"Content-Length": str(len(content)), **said.headers})
            await response.prepare(request)
            await response.write(content[: len(content) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=content, status=said.status, headers=said.headers)

    def __enter__(self) -> Endpoint:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def serving(script: Script | Said | None = None, models_status: int = 200) -> Iterator[Endpoint]:
    """Run an endpoint that always says the same, or what a script tells."""
    said = script if callable(script) else (lambda prompt, before: script or Said())
    with Endpoint(said, models_status) as endpoint:
        yield endpoint


class Kit:
    """What the tests of this folder share."""

    topic_set = staticmethod(topic_set)
    battery = staticmethod(battery)
    answer = staticmethod(answer)
    completion = staticmethod(completion)
    serving = staticmethod(serving)
    said = Said

    @staticmethod
    def catalogue(questions: int = 6, text: str = "What is question") -> Catalogue:
        topic = topic_set(questions, text)
        return Catalogue({topic.id: topic}, {topic.id: Path("harbour.yaml")})

    @staticmethod
    def audit(folder: Path, targets: str, family: str = "direct", **keys: object) -> Path:
        """Write an audit file whose ``targets`` is a YAML list, and return its path."""
        head = {"name": "trial", "seed": 7, **keys}
        lines = ["evenhand: 1", *(f"{key}: {value}" for key, value in head.items())]
        path = folder / "audit.yaml"
        path.write_text("\n".join([*lines, "battery:", f"  families: [{family}]", "targets:", targets]), "utf-8")
        return path


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()
