"""Asks any endpoint that speaks OpenAI's chat completions protocol."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from ..errors import TargetError
from ..probes.records import Item
from .chat_protocol import Reply, one_line, read_reply
from .openai_settings import NO_KEY, OpenAISettings
from .records import Attempt, ErrorKind, Failure, Response, TargetDescription, utc_now
from .retry import backoff, retry_after
from .secrets import MASK, masked
from .specimen import specimen_of
from .targets import TargetSettings

if TYPE_CHECKING:
    import aiohttp

_PROBE_SECONDS = 15.0
_Ready: TypeAlias = Response | Exception | None
"""What a worker hands over: a response, what it died of, or None once it has nothing more to ask."""

_DEAD_SIGNS: frozenset[ErrorKind] = frozenset({"http", "network", "malformed", "quota"})


class OpenAITarget:
    """One model behind one OpenAI-compatible endpoint.

    The key is read from the environment when the target is opened and leaves this object only in the request's header.
    """

    Settings: ClassVar[type[TargetSettings]] = OpenAISettings

    def __init__(self, name: str, settings: OpenAISettings):
        self.name = name
        self._settings = settings
        self._url = settings.base_url + "/chat/completions"
        self._body = {"model": settings.model, **settings.sampling(), **settings.extra}
        self._key: str | None = None
        self._session: aiohttp.ClientSession | None = None
        self._halt = asyncio.Event()
        self._not_before = 0.0
        self._random = random.Random()

    def card(self) -> TargetDescription:
        """Return model, host and generation settings."""
        settings = self._settings
        shown = {name: str(value) for name, value in settings.sampling().items()}
        shown |= {name: json.dumps(value, ensure_ascii=False) for name, value in settings.extra.items()}
        if settings.system is not None:
            shown["system"] = settings.system
        return TargetDescription("openai", settings.model, settings.host, shown, specimen_of(settings.model))

    async def open(self) -> None:
        """Read the key and reach the endpoint.

        Raises:
            TargetError: The key's variable is not set, the endpoint cannot be reached, or it refuses the key.
        """
        import aiohttp

        settings = self._settings
        self._key = self._read_key()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=settings.concurrency),
            timeout=aiohttp.ClientTimeout(total=settings.timeout, sock_connect=settings.connect_timeout),
            trust_env=not settings.is_loopback,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        await self._probe(self._session)

    def _read_key(self) -> str | None:
        variable = self._settings.key
        if variable is None or variable == NO_KEY:
            return None
        key = os.environ.get(variable, "").strip()
        if not key:
            raise TargetError(
                f"target {self.name!r} needs a key and the environment variable {variable} is not set",
                fix=f"set it: export {variable}=…",
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise TargetError(
                f"the environment variable {variable} for target {self.name!r} holds characters that no key has",
                fix="copy the key again, without spaces, quotation marks or line ends",
            )
        return key

    async def _probe(self, session: aiohttp.ClientSession) -> None:
        import aiohttp

        url = self._settings.base_url + "/models"
        limit = aiohttp.ClientTimeout(total=_PROBE_SECONDS, sock_connect=self._settings.connect_timeout)
        try:
            async with session.get(url, timeout=limit, allow_redirects=False) as response:
                status = response.status
        except aiohttp.ServerTimeoutError as error:
            raise self._unreachable("it does not answer") from error
        except TimeoutError:
            return  # it was reached and is slow to list its models, which says nothing about answers
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._unreachable(self._masked(one_line(str(error)) or type(error).__name__)) from error
        if status in (401, 403) and self._settings.key != NO_KEY:
            variable = self._settings.key
            raise TargetError(
                f"{self._settings.base_url} refuses the key of target {self.name!r} (HTTP {status})",
                fix=f"check the key in {variable}" if variable else "name the key's environment variable under key:",
            )

    def _unreachable(self, reason: str) -> TargetError:
        return TargetError(
            f"target {self.name!r}: {self._settings.base_url} cannot be reached ({reason})",
            fix="check base_url and that the server is running",
        )

    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        """Yield one response for each item as it comes, ``concurrency`` requests at a time.

        Raises:
            TargetError: Too many items in a row got no answer; the endpoint counts as dead.
        """
        if self._session is None:
            raise TargetError(f"target {self.name!r} is not open", fix="call open() first")
        ready: asyncio.Queue[_Ready] = asyncio.Queue(maxsize=self._settings.concurrency)
        source = iter(items)
        tasks = [
            asyncio.create_task(self._work(source, ready)) for _ in range(min(self._settings.concurrency, len(items)))
        ]
        running, unanswered = len(tasks), 0
        dead: str | None = None
        try:
            while running:
                response = await ready.get()
                if response is None:
                    running -= 1
                    continue
                if isinstance(response, Exception):
                    raise response
                failure = response.failure
                unanswered = unanswered + 1 if failure is not None and failure.kind in _DEAD_SIGNS else 0
                if failure is not None and unanswered >= self._settings.give_up_after and dead is None:
                    dead = f"{unanswered} items in a row got no answer (last: {failure.message})"
                    self._halt.set()
                yield response
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if dead is not None:
            fix = "mend that and run again; only what is missing is asked"
            raise TargetError(f"target {self.name!r}: {dead}", fix=fix)

    async def _work(self, source: Iterator[Item], ready: asyncio.Queue[_Ready]) -> None:
        try:
            for item in source:
                if self._halt.is_set():
                    break
                await ready.put(await self._ask_one(item))
        except Exception as error:
            await ready.put(error)
        await ready.put(None)

    async def _ask_one(self, item: Item) -> Response:
        messages = [{"role": message.role, "content": message.content} for message in item.messages]
        if self._settings.system is not None:
            messages.insert(0, {"role": "system", "content": self._settings.system})
        body = json.dumps({**self._body, "messages": messages}).encode()
        failed: list[Attempt] = []
        while True:
            await self._pause(self._not_before - asyncio.get_running_loop().time())
            started = utc_now()
            reply, wait = await self._post(body)
            finished = utc_now()
            if reply.failure is None or not reply.retry or len(failed) >= self._settings.retries or self._halt.is_set():
                return self._response(item, reply, failed, started, finished)
            failed.append(Attempt(reply.failure, started, finished))
            delay = backoff(len(failed), wait, self._settings.max_wait, self._random)
            if wait is not None:
                # The endpoint has asked for quiet, so the other requests wait as well.
                self._not_before = asyncio.get_running_loop().time() + min(wait, self._settings.max_wait)
            await self._pause(delay)

    async def _post(self, body: bytes) -> tuple[Reply, float | None]:
        """Return what came of one request, and the seconds that the endpoint asks to wait."""
        import aiohttp

        assert self._session is not None  # noqa: S101  ask() has seen to it
        try:
            async with self._session.post(self._url, data=body, allow_redirects=False) as response:
                content = await self._read(response)
                if content is None:
                    message = f"the endpoint sent more than {self._settings.max_response_bytes} bytes"
                    return Reply(failure=Failure("malformed", message, response.status)), None
                reply = read_reply(response.status, content)
                if reply.failure is not None:
                    reply = self._without_key(reply)
                return reply, retry_after(response.headers)
        except TimeoutError:
            return _network(f"no answer within {self._settings.timeout:g} s"), None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _network(self._masked(f"{type(error).__name__}: {one_line(str(error))}")), None

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        """Return the body without the key, or None where it is too long."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._settings.max_response_bytes:
                response.close()
                return None
            chunks.append(chunk)
        body = b"".join(chunks)
        return body if self._key is None else body.replace(self._key.encode(), MASK.encode())

    def _without_key(self, reply: Reply) -> Reply:
        failure = reply.failure
        if failure is None:
            return reply
        code = None if failure.code is None else self._masked(failure.code)
        return replace(reply, failure=Failure(failure.kind, self._masked(failure.message), failure.status, code))

    def _masked(self, text: str) -> str:
        return masked(text, self._key)

    def _response(self, item: Item, reply: Reply, failed: list[Attempt], started: str, finished: str) -> Response:
        return Response(
            item_id=item.id,
            target=self.name,
            text=reply.text,
            thinking=reply.thinking,
            finish_reason=reply.finish_reason,
            failure=reply.failure,
            block=reply.block,
            model=reply.model,
            fingerprint=reply.fingerprint,
            request_id=reply.request_id,
            host=self._settings.host,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            started_at=started,
            finished_at=finished,
            attempts=len(failed) + 1,
            failed_attempts=tuple(failed),
        )

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not past ``stop``."""
        if seconds <= 0 or self._halt.is_set():
            return
        try:
            async with asyncio.timeout(seconds):
                await self._halt.wait()
        except TimeoutError:
            pass

    def stop(self) -> None:
        """Begin no further request and no further try."""
        self._halt.set()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _network(message: str) -> Reply:
    return Reply(failure=Failure("network", message), retry=True)
