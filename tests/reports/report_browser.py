"""Drives Debian's Chromium over the DevTools protocol, and keeps what it logged, requested and refused."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from evenhand.reports.screenshot import chromium_command, find_chromium


class Page:
    """One tab.

    Attributes:
        requests: URL of every request that was made.
        logged: Every console message, log entry and exception, policy violations among them.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse):
        self._socket = socket
        self._last = 0
        self._loaded = False
        self.requests: list[str] = []
        self.logged: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result; events that arrive before it are kept."""
        self._last += 1
        number = self._last
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._receive()
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    async def _receive(self) -> dict[str, Any]:
        message = await self._socket.receive(timeout=60)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        event = json.loads(message.data)
        method = event.get("method")
        if method == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        elif method in {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded"}:
            self.logged.append(json.dumps(event["params"]))
        elif method == "Page.loadEventFired":
            self._loaded = True
        return event

    async def wait(self, seconds: float) -> None:
        """Let the page go on by itself for a while, and read what it says meanwhile."""
        await asyncio.sleep(seconds)
        await self.call("Page.getNavigationHistory")

    async def open(self, url: str) -> None:
        """Load a page and wait until it and its script have run."""
        self._loaded = False
        await self.call("Page.navigate", url=url)
        while not self._loaded:
            await self._receive()

    async def run(self, expression: str) -> Any:
        """Evaluate JavaScript in the page and return its value."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@asynccontextmanager
async def page(*, width: int = 1280, height: int = 800, scripts: bool = True) -> AsyncIterator[Page]:
    """Start a browser with an empty profile and yield one tab; the browser is ended after it."""
    browser = find_chromium()
    assert browser is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = chromium_command(browser, Path(profile), "--remote-debugging-port=0", "about:blank")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = await _port(Path(profile), process)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                    tab = next(entry for entry in await answer.json() if entry["type"] == "page")
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    opened = Page(socket)
                    for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
                        await opened.call(f"{domain}.enable")
                    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
                    await opened.call("Emulation.setDeviceMetricsOverride", **size)
                    await opened.call("Emulation.setScriptExecutionDisabled", value=not scripts)
                    yield opened
        finally:
            process.terminate()
            process.wait(timeout=20)


async def _port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    written = profile / "DevToolsActivePort"
    for _ in range(600):
        assert process.poll() is None, "the browser ended at once"
        if written.is_file() and (text := written.read_text()):
            return int(text.split()[0])
        await asyncio.sleep(0.05)
    raise AssertionError("the browser opened no port")
