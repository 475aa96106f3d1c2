"""Serves a local model over OpenAI's protocol with ``transformers serve``, for as long as a ``with`` block lasts."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..errors import MissingExtraError, TargetError
from .specimen import specimen_of

HOST = "127.0.0.1"
START_SECONDS = 120.0
"""Longest wait for the first answer; importing torch from a cold disk takes most of it."""

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.1
_REQUEST_SECONDS = 60.0
_TRIES = 3
_NEEDED = ("torch", "transformers", "fastapi", "uvicorn", "openai")
_PORT_TAKEN = "address already in use"
_ERROR_LINE = re.compile(r"^(?:[\w.]+(?:Error|Exception|Interrupt|Exit)\b|ERROR:)")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that answers.

    Attributes:
        base_url: Address for ``base_url`` of an ``openai`` target, such as ``http://127.0.0.1:40123/v1``.
        model: What the server calls the model: ``specimen:even``, or the name of the model's folder.
    """

    base_url: str
    model: str


@contextmanager
def serve_model(path: Path, *, port: int | None = None, start_seconds: float = START_SECONDS) -> Iterator[ServedModel]:
    """Serve the model in ``path`` on the loopback interface until the block is left, however it is left.

    Args:
        path: Folder of the model.
        port: Port to listen on; None for a free one.
        start_seconds: Longest wait for the first answer.

    Yields:
        Where the model answers.

    Raises:
        MissingExtraError: The server's packages are not installed.
        TargetError: There is no model in ``path``, or the server does not start; with the last line of its log.
    """
    for package in _NEEDED:
        if find_spec(package) is None:
            raise MissingExtraError(package, "demo")
    if not (path / "config.json").is_file():
        raise TargetError(f"{path} holds no config.json", fix="name the folder of a model")
    with tempfile.TemporaryDirectory(prefix="evenhand-serve-", ignore_cleanup_errors=True) as scratch:
        # The server calls the model by the path it is given. A link of our own keeps this machine's folders out of
        # what it sends, and with it out of reports.
        folder, name = Path(scratch), _served_name(path)
        (folder / name).symlink_to(path.resolve(), target_is_directory=True)
        server = _started(folder, name, port, start_seconds)
        try:
            yield ServedModel(f"http://{HOST}:{server.port}/v1", name)
        finally:
            server.stop()


def _served_name(path: Path) -> str:
    specimen = specimen_of(str(path))
    # The server reads "@" as a revision and ":x.gguf" as a file; a leading hyphen would be an option.
    return f"specimen:{specimen}" if specimen else re.sub(r"[^\w.-]", "-", path.resolve().name).lstrip("-.") or "model"


@dataclass(frozen=True, slots=True)
class _Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self) -> None:
        """End the server and whatever it has started: politely first, then for certain."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            try:
                self.process.wait(_GRACE_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()

    def last_line(self) -> str:
        """Return the line of the log that says what went wrong."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        lines = [line.strip(" │") for line in text.splitlines() if line.strip(" │╭╰─╮╯")]
        telling = [line for line in lines if _ERROR_LINE.match(line)]
        return ((telling or lines or ["it said nothing"])[-1])[:300]


def _started(folder: Path, name: str, port: int | None, seconds: float) -> _Server:
    """Start the server and wait until the model has answered once."""
    for attempt in range(1, _TRIES + 1):
        server = _start(folder, name, _free_port() if port is None else port)
        try:
            _await_answer(server, name, seconds)
        except BaseException as error:
            server.stop()
            # Between finding a free port and listening on it another process may have taken it.
            taken = isinstance(error, TargetError) and _PORT_TAKEN in server.log.read_text("utf-8", "replace")
            if not taken:
                raise
            if port is not None or attempt == _TRIES:
                raise TargetError(f"port {server.port} is already in use", fix="choose another port") from None
        else:
            return server
    raise AssertionError("unreachable")


def _start(folder: Path, name: str, port: int) -> _Server:
    command = [sys.executable, "-P", "-m", f"{__package__}.serving_process", name]
    command += ["--host", HOST, "--port", str(port), "--device", "cpu"]
    log = folder / "server.log"
    cache = folder / "cache"
    (cache / "hub").mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603  # our own module with our own arguments
            command,
            cwd=folder,
            env=_environment(os.environ, cache),
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches only us: the answers in flight are still wanted.
            start_new_session=True,
        )
    return _Server(process, port, log)


def _environment(inherited: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Return the server's environment: offline, one thread, nothing written outside the scratch folder."""
    return {
        **inherited,
        "HF_HOME": str(cache),
        "HF_HUB_CACHE": str(cache / "hub"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "COLUMNS": "300",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await_answer(server: _Server, name: str, seconds: float) -> None:
    """Return once the server is up and the model has said something.

    Raises:
        TargetError: The server ended, took too long, or answers with an error.
    """
    deadline = time.monotonic() + seconds
    while _request(server.port, "GET", "/health", None, 5.0)[0] != 200:
        if server.process.poll() is not None:
            raise TargetError(
                f"the server of {name} did not start ({server.last_line()})",
                fix="load the same folder with a transformers target to see whether the model itself is sound",
            )
        if time.monotonic() > deadline:
            raise TargetError(f"the server of {name} was not up after {seconds:g} s ({server.last_line()})")
        time.sleep(_POLL_SECONDS)
    body = {"model": name, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1, "temperature": 0}
    status, text = _request(server.port, "POST", "/v1/chat/completions", body, _REQUEST_SECONDS)
    if status != 200 or server.process.poll() is not None:
        said = f"HTTP {status}: {text[:200]}" if status else text
        raise TargetError(f"the server of {name} is up but does not answer ({said}; {server.last_line()})")


def _request(port: int, method: str, path: str, body: object, seconds: float) -> tuple[int, str]:
    """Return status and body; status 0 where the server cannot be reached. Proxies are not asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, " ".join(response.read().decode("utf-8", "replace").split())
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
