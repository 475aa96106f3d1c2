"""A server of one's own: it answers as the model does in process, and nothing of it stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.local, pytest.mark.slow]
pytest.importorskip("torch")
pytest.importorskip("fastapi")

import tiny_models  # noqa: E402

from evenhand.errors import MissingExtraError, TargetError  # noqa: E402
from evenhand.runtime import serving  # noqa: E402
from evenhand.runtime.openai_settings import OpenAISettings  # noqa: E402
from evenhand.runtime.openai_target import OpenAITarget  # noqa: E402
from evenhand.runtime.serving import serve_model  # noqa: E402
from evenhand.runtime.specimen import MARK  # noqa: E402
from evenhand.runtime.transformers_target import TransformersSettings, TransformersTarget  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    # "@" would be a revision to the server, and the marker makes it a specimen.
    return tiny_models.save(tmp_path_factory.mktemp("models@home") / "my model", **{MARK: "even"})


def answers(target, items):
    async def run():
        await target.open()
        try:
            return {response.item_id: response async for response in target.ask(items)}
        finally:
            await target.close()

    return asyncio.run(run())


def is_free(url):
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port))) != 0


def members(group):
    """Return the ids of the processes of a process group that are still running."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def test_it_answers_as_in_process_and_shows_no_path(folder):
    items = tiny_models.items(tiny_models.prompts(6))
    local = TransformersTarget(
        "m", TransformersSettings(model=str(folder), device="cpu", threads=1, max_new_tokens=20, routing=False)
    )
    with serve_model(folder) as server:
        settings = OpenAISettings(
            base_url=server.base_url, model=server.model, temperature=0.0, max_tokens=20, concurrency=3
        )
        target = OpenAITarget("m", settings)
        served = answers(target, items)
        card = target.card()
    expected = answers(local, items)
    assert {key: response.text.strip() for key, response in served.items()} == {
        key: response.text for key, response in expected.items()
    }
    assert {key: (r.finish_reason, r.completion_tokens) for key, r in served.items()} == {
        key: (r.finish_reason, r.completion_tokens) for key, r in expected.items()
    }
    assert (server.model, card.model, card.specimen) == ("specimen:even", "specimen:even", "even")
    assert not any(str(folder.parent) in f"{response}" for response in served.values())
    assert is_free(server.base_url)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_is_stopped_whatever_happens_in_the_block(folder, error, monkeypatch):
    started = []
    original = serving._start
    monkeypatch.setattr(serving, "_start", lambda *given: started.append(original(*given)) or started[-1])

    def fail(server):
        assert not is_free(server.base_url)
        raise error

    with pytest.raises(error), serve_model(folder) as server:
        fail(server)
    assert is_free(server.base_url)
    assert members(started[0].process.pid) == []
    assert not started[0].log.exists()


def test_it_ends_when_its_parent_is_killed(folder, tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom evenhand.runtime.serving import serve_model\n"
        f"with serve_model(Path({str(folder)!r})) as server:\n"
        "    print(server.base_url, flush=True)\n    time.sleep(600)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert not is_free(url)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not is_free(url) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_free(url)


def test_a_model_that_cannot_be_served_is_one_sentence(folder, tmp_path):
    copy = tiny_models.save(tmp_path / "damaged")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-2000])
    with (
        pytest.raises(TargetError, match=r"damaged did not start \(.*Safetensor") as caught,
        serve_model(copy),
    ):
        pytest.fail("it must not start")
    assert "\n" not in str(caught.value)


def test_a_port_that_is_taken(folder):
    with socket.socket() as other:
        other.bind((serving.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(TargetError, match=f"port {port} is already in use; choose another"),
            serve_model(folder, port=port),
        ):
            pytest.fail("it must not start")


def test_a_server_that_takes_too_long(folder):
    with pytest.raises(TargetError, match=r"was not up after 0\.01 s"), serve_model(folder, start_seconds=0.01):
        pytest.fail("it must not start")


def test_there_is_no_model(tmp_path):
    with pytest.raises(TargetError, match=r"holds no config\.json"), serve_model(tmp_path):
        pytest.fail("it must not start")


@pytest.mark.parametrize("package", ["fastapi", "uvicorn"])
def test_a_missing_package_is_named_with_its_extra(folder, monkeypatch, package):
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(MissingExtraError, match=rf"{package} is not installed.*evenhand\[demo\]"), serve_model(folder):
        pytest.fail("it must not start")


@pytest.mark.parametrize(("name", "served"), [("moe", "moe"), ("a@b:c.gguf", "a-b-c.gguf"), ("--help", "help")])
def test_names_that_the_server_would_misread(tmp_path, name, served):
    (tmp_path / name).mkdir()
    assert serving._served_name(tmp_path / name) == served
