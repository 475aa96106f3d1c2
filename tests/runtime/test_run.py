"""Whole runs: asked once, stored at once, resumed after anything, stopped cleanly."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from evenhand.errors import AuditFileError, RunFolderError, StoreError
from evenhand.probes.records import Item
from evenhand.runtime.audit import Audit, AuditTarget, read_audit
from evenhand.runtime.manifest import read_manifest
from evenhand.runtime.progress import BarProgress, LineProgress, QuietProgress, choose_progress, duration
from evenhand.runtime.records import Response, TargetDescription
from evenhand.runtime.run import run_audit
from evenhand.runtime.store import RunStore
from evenhand.runtime.targets import TargetSettings

KEY = "sk-planted-0123456789abcdef"


def api(name: str, url: str, **settings: object) -> str:
    lines = [f"  - name: {name}", "    type: openai", f"    base_url: {url}", "    model: mock-1", "    max_wait: 0.02"]
    return "\n".join([*lines, *(f"    {key}: {value}" for key, value in settings.items())])


def run(kit, folder: Path, targets: str, questions: int = 6, progress=None, **keys):
    audit = read_audit(kit.audit(folder, targets, **keys))
    return asyncio.run(run_audit(audit, folder / "run", progress, catalogue=kit.catalogue(questions)))


def texts(folder: Path) -> dict[tuple[str, str], str]:
    with RunStore.read(folder / "run") as store:
        assert store.problems() == []
        return {(answer.target, answer.item.id): answer.response.text for answer in store.answers()}


def test_two_targets_are_asked_everything_once(tmp_path, kit):
    with kit.serving() as first, kit.serving() as second:
        summary = run(kit, tmp_path, "\n".join([api("a", first.url), api("b", second.url)]))
        assert summary.exit_code == 0
        assert list(summary.sentences()) == []
        assert [(target.name, target.answered, target.not_asked) for target in summary.targets] == [
            ("a", 6, 0),
            ("b", 6, 0),
        ]
        again = run(kit, tmp_path, "\n".join([api("a", first.url), api("b", second.url)]))
    assert len(texts(tmp_path)) == 12
    assert [target.stored_before for target in again.targets] == [6, 6]
    assert set(first.asked.values()) == set(second.asked.values()) == {1}


def test_all_targets_are_asked_in_one_shuffled_order(tmp_path, kit):
    with kit.serving() as first, kit.serving() as second:
        targets = [api("a", first.url, concurrency=1), api("b", second.url, concurrency=1)]
        run(kit, tmp_path, "\n".join(targets), questions=30)
    orders = [[body["messages"][-1]["content"] for body in server.bodies] for server in (first, second)]
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0], key=lambda prompt: int(prompt.split()[-1].rstrip("?")))


def test_what_failed_is_asked_again_by_the_next_run_and_nothing_else(tmp_path, kit):
    broken = {f"What is question {number}?" for number in (1, 4)}
    fault = kit.said(b"boom", 500)
    with kit.serving(lambda prompt, before: fault if prompt in broken and before < 2 else kit.said()) as server:
        first = run(kit, tmp_path, api("a", server.url, retries=1))
        assert first.exit_code == 1
        assert (first.targets[0].answered, first.targets[0].failed) == (4, 2)
        assert list(first.sentences()) == ["a: 2 items ended in an error; run again to ask only those"]
        second = run(kit, tmp_path, api("a", server.url, retries=1))
        assert second.exit_code == 0
    assert {prompt: server.asked[prompt] for prompt in server.asked} == {
        f"What is question {number}?": 3 if number in (1, 4) else 1 for number in range(6)
    }
    with RunStore.read(tmp_path / "run") as store:
        assert sum(1 for _ in store.attempts()) == 4 + 2 * 3


def test_a_providers_block_is_stored_as_a_result(tmp_path, kit):
    block = kit.said({"error": {"message": "high risk", "type": "content_filter"}}, 400)
    with kit.serving(lambda prompt, before: block if "1?" in prompt else kit.said()) as server:
        summary = run(kit, tmp_path, api("a", server.url))
        assert (summary.targets[0].answered, summary.targets[0].blocked, summary.exit_code) == (5, 1, 0)
        run(kit, tmp_path, api("a", server.url))
    assert set(server.asked.values()) == {1}


def test_a_dead_target_does_not_hold_up_the_others(tmp_path, kit, monkeypatch):
    monkeypatch.delenv("NOT_SET_KEY", raising=False)
    with kit.serving() as server:
        targets = [api("dead", "http://127.0.0.1:9/v1"), api("alive", server.url)]
        targets.append(api("keyless", "http://127.0.0.1:9/v1", key="NOT_SET_KEY"))
        summary = run(kit, tmp_path, "\n".join(targets))
    assert summary.exit_code == 1
    assert [target.answered for target in summary.targets] == [0, 6, 0]
    dead, keyless = summary.sentences()
    assert "http://127.0.0.1:9/v1 cannot be reached" in dead
    assert "NOT_SET_KEY is not set" in keyless
    with kit.serving() as server:
        revived = run(kit, tmp_path, "\n".join([api(name, server.url) for name in ("dead", "alive", "keyless")]))
    assert revived.exit_code == 0
    assert [target.stored_before for target in revived.targets] == [0, 6, 0]
    assert set(server.asked.values()) == {2}


def test_a_target_is_added_later(tmp_path, kit):
    with kit.serving() as first, kit.serving() as second:
        run(kit, tmp_path, api("a", first.url))
        summary = run(kit, tmp_path, "\n".join([api("a", first.url), api("b", second.url)]))
    assert [target.answered for target in summary.targets] == [6, 6]
    assert len(first.bodies) == 6


def test_a_changed_audit_is_refused_before_anything_is_asked(tmp_path, kit):
    with kit.serving() as server:
        run(kit, tmp_path, api("a", server.url))
        with pytest.raises(RunFolderError, match=r"the target 'a' now has temperature = 0\.5"):
            run(kit, tmp_path, api("a", server.url, temperature=0.5))
        with pytest.raises(RunFolderError, match="the audit no longer asks"):
            run(kit, tmp_path, api("a", server.url), questions=5)
        run(kit, tmp_path, api("a", server.url, concurrency=2, timeout=9.0))
    assert len(server.bodies) == 6


def test_an_unknown_set_is_refused_before_a_folder_is_made(tmp_path, kit):
    path = kit.audit(tmp_path, api("a", "http://127.0.0.1:9/v1"))
    path.write_text(path.read_text().replace("families: [direct]", "sets: [harbor]"))
    with pytest.raises(AuditFileError, match="harbor"):
        asyncio.run(run_audit(read_audit(path), tmp_path / "run", catalogue=kit.catalogue()))
    assert not (tmp_path / "run").exists()


def test_recorded_answers_that_are_missing_are_a_sentence_and_no_error(tmp_path, kit):
    (tmp_path / "chat.csv").write_text("prompt,response\nWhat is question 2?,That one.\n")
    targets = "  - name: chat\n    type: recorded\n    file: chat.csv\n    model: A chat"
    summary = run(kit, tmp_path, targets)
    assert summary.exit_code == 0
    assert (summary.targets[0].answered, summary.targets[0].not_asked) == (1, 5)
    assert list(summary.sentences()) == ["chat: 5 of 6 prompts have no answer in chat.csv"]
    again = run(kit, tmp_path, targets)
    assert (again.targets[0].answered, again.exit_code) == (1, 0)
    (tmp_path / "chat.csv").write_text("prompt,response\nAnother question?,That one.\n")
    (tmp_path / "other").mkdir()
    lost = run(kit, tmp_path / "other", targets.replace("chat.csv", "../chat.csv"))
    assert lost.exit_code == 1
    assert any("none of the 1 answers" in sentence for sentence in lost.sentences())


def test_the_manifest_says_with_what_the_run_was_made(tmp_path, kit):
    with kit.serving() as server:
        audit = read_audit(kit.audit(tmp_path, api("a", server.url, temperature=0.5), title="A trial"))
        catalogue = kit.catalogue()
        asyncio.run(run_audit(audit, tmp_path / "run", catalogue=catalogue, weights={"compliance": "ab" * 32}))
        first = read_manifest(tmp_path / "run")
        asyncio.run(run_audit(audit, tmp_path / "run", catalogue=catalogue))
    second = read_manifest(tmp_path / "run")
    assert (first.name, first.title, first.seed, first.battery_seed, first.items) == ("trial", "A trial", 7, 7, 6)
    assert first.sets["harbour"].version == "1.0.0"
    assert len(first.sets["harbour"].sha256) == 64
    assert first.targets["a"].settings == {"temperature": "0.5"}
    assert first.packages["pydantic"]
    assert first.finished is not None
    assert first.created <= first.started <= first.finished
    assert second.created == first.created
    shown = first.printable()
    assert shown["weights.compliance"] == "ab" * 32
    assert shown["set.harbour"].startswith("1.0.0 ")
    assert (tmp_path / "run" / "audit.yaml").read_bytes() == audit.source
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "audit.yaml",
        "manifest.json",
        "run.lock",
        "run.sqlite",
    ]


def test_a_damaged_manifest_is_written_anew(tmp_path, kit):
    with kit.serving() as server:
        run(kit, tmp_path, api("a", server.url))
        (tmp_path / "run" / "manifest.json").write_text("{")
        with pytest.raises(StoreError, match="is damaged; run the audit again"):
            read_manifest(tmp_path / "run")
        run(kit, tmp_path, api("a", server.url))
    assert read_manifest(tmp_path / "run").items == 6


class Fake:
    """A target in process that does what a test wants."""

    Settings: ClassVar[type[TargetSettings]] = TargetSettings

    def __init__(self, name: str, settings: object):
        self.name = name
        self.stopped = self.closed = False

    def card(self) -> TargetDescription:
        return TargetDescription("fake", "fake-1", "in process", {})

    async def open(self) -> None:
        await asyncio.sleep(0)

    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        for item in items:
            if self.stopped:
                return
            await asyncio.sleep(0)
            yield Response(item.id, self.name, text=f"from {self.name}")

    def stop(self) -> None:
        self.stopped = True

    async def close(self) -> None:
        self.closed = True


class Breaks(Fake):
    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        yield Response(items[0].id, self.name, text="one")
        raise ZeroDivisionError(f"with {KEY}\nand a second line")


class Twice(Fake):
    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        for text in ("one", "two"):
            yield Response(items[0].id, self.name, text=text)


class Interrupts(Fake):
    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        for number, item in enumerate(items):
            if number == 3:
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(0.05)
                yield Response(item.id, self.name, text="was in flight")
                return
            yield Response(item.id, self.name, text="before")


class InterruptsTwice(Fake):
    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        yield Response(items[0].id, self.name, text="before")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(30)
        yield Response(items[1].id, self.name, text="too late")


def run_with(kit, folder: Path, kinds: dict[str, type[Fake]], monkeypatch, progress=None, questions: int = 6):
    """Run an audit whose targets are made from ``kinds``, name to class."""
    base = read_audit(kit.audit(folder, api("placeholder", "http://127.0.0.1:9/v1")))
    made: dict[str, Fake] = {}

    def make(self: AuditTarget, _: Path) -> Fake:
        made[self.name] = kinds[self.name](self.name, self.settings)
        return made[self.name]

    monkeypatch.setattr(AuditTarget, "make", make)
    targets = tuple(AuditTarget(name, "fake", TargetSettings(), 1) for name in kinds)
    audit = Audit(base.path, base.name, base.title, base.seed, base.battery, targets, base.source)
    summary = asyncio.run(run_audit(audit, folder / "run", progress, catalogue=kit.catalogue(questions)))
    return summary, made


def test_a_target_with_a_defect_costs_the_others_nothing(tmp_path, kit, monkeypatch):
    summary, made = run_with(kit, tmp_path, {"bad": Breaks, "twice": Twice, "good": Fake}, monkeypatch)
    assert summary.exit_code == 1
    assert [target.answered for target in summary.targets] == [1, 1, 6]
    assert summary.targets[0].problem == "target 'bad' failed (ZeroDivisionError: with [key] and a second line)"
    assert "which it was not asked" in (summary.targets[1].problem or "")
    assert all(target.closed for target in made.values())
    assert len(texts(tmp_path)) == 8


def test_a_first_interrupt_keeps_what_is_in_flight(tmp_path, kit, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    summary, made = run_with(kit, tmp_path, {"a": Interrupts}, monkeypatch, questions=20)
    assert summary.interrupted
    assert summary.exit_code == 130
    assert sorted(texts(tmp_path).values()) == ["before"] * 3 + ["was in flight"]
    assert made["a"].stopped
    assert made["a"].closed
    assert read_manifest(tmp_path / "run").finished is None
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interrupt_stops_at_once(tmp_path, kit, monkeypatch):
    summary, made = run_with(kit, tmp_path, {"a": InterruptsTwice}, monkeypatch)
    assert summary.exit_code == 130
    assert list(texts(tmp_path).values()) == ["before"]
    assert made["a"].closed
    assert any("run again" in sentence for sentence in summary.sentences())


def test_a_full_disk_stops_all_targets_and_keeps_what_was_stored(tmp_path, kit, monkeypatch):
    saved = []
    original = RunStore.save

    def save(self: RunStore, response: Response) -> bool:
        if len(saved) == 4:
            self._connection.execute("PRAGMA max_page_count = 1")
            response = Response(response.item_id, response.target, text="x" * 1_000_000)
        saved.append(response.item_id)
        return original(self, response)

    monkeypatch.setattr(RunStore, "save", save)
    with pytest.raises(StoreError, match="the disk is full"):
        run_with(kit, tmp_path, {"a": Fake, "b": Fake}, monkeypatch)
    kept = texts(tmp_path)
    assert 4 <= len(kept) <= 6, "the other target may have been storing a small answer at that moment"
    assert set(kept.values()) <= {"from a", "from b"}


def test_plain_lines_say_how_far_each_target_is(tmp_path, kit, monkeypatch):
    stream = io.StringIO()
    run_with(kit, tmp_path, {"a": Fake, "bad": Breaks}, monkeypatch, LineProgress(stream, every=0.0))
    lines = stream.getvalue().splitlines()
    assert "a: 6 of 6 to ask" in lines
    assert any(line.startswith("a: 3/6 done, ") and line.endswith(" left") for line in lines)
    assert "a: 6/6 done, 0 errors" in lines
    assert any(line.startswith("bad: 1/6 done, 0 errors; target 'bad' failed") for line in lines)


def test_bars_on_a_terminal(tmp_path, kit, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setenv("COLUMNS", "120")
    run_with(kit, tmp_path, {"[bold]a": Fake, "bad": Breaks}, monkeypatch, BarProgress(stream))
    shown = stream.getvalue()
    assert "[bold]a" in shown, "a target's name is text, not markup"
    assert "6/6" in shown
    assert "target 'bad' failed" in shown


def test_how_progress_is_chosen_and_time_is_written():
    assert isinstance(choose_progress(quiet=True), QuietProgress)
    assert isinstance(choose_progress(stream=io.StringIO()), LineProgress)
    times = [(0, "0 s"), (59.4, "59 s"), (125, "2 min 5 s"), (3599.6, "1 h 0 min"), (7380, "2 h 3 min"), (-5, "0 s")]
    assert [duration(seconds) for seconds, _ in times] == [text for _, text in times]


def test_a_planted_key_is_nowhere_to_be_found(tmp_path, kit, monkeypatch, caplog, capfd):
    """Every way an endpoint can fail, and none of them leaves the key in the folder or on the screen."""
    monkeypatch.setenv("MOCK_KEY", KEY)
    faults = [
        kit.said({"error": {"message": f"Incorrect API key provided: {KEY}", "code": KEY}}, 400),
        kit.said({"error": {"message": f"high risk {KEY}", "type": "content_filter"}}, 400),
        kit.said(f"<html>{KEY}".encode(), 500),
        kit.said(kit.completion(f"your key: {KEY}", reasoning_content=KEY, refusal=KEY)),
        kit.said(act="reset"),
        kit.said(act="short"),
        kit.said({"error": {"message": KEY}}, 429, {"Retry-After": "0"}),
        kit.said(b"{}", 302, {"Location": f"http://127.0.0.1:9/?key={KEY}"}),
    ]

    def script(prompt, before):
        return faults[int(prompt.split()[-1].rstrip("?")) % len(faults)]

    stream = io.StringIO()
    with kit.serving(script) as server, kit.serving(models_status=401) as refusing:
        targets = [api("a", server.url, key="MOCK_KEY", retries=1), api("b", refusing.url, key="MOCK_KEY")]
        targets.append(api("c", "http://127.0.0.1:9/v1", key="MOCK_KEY"))
        summary = run(kit, tmp_path, "\n".join(targets), questions=len(faults), progress=LineProgress(stream, 0.0))
    assert server.authorizations == {f"Bearer {KEY}"}
    assert summary.targets[0].answered + summary.targets[0].blocked + summary.targets[0].failed == len(faults)
    captured = capfd.readouterr()
    shown = [stream.getvalue(), caplog.text, captured.out, captured.err, repr(summary), *summary.sentences()]
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"[key]" in content for content in files)
    for text in [*(text.encode() for text in shown), *files]:
        assert KEY[-16:].encode() not in text


PROGRAM = """
import asyncio, pathlib, sys
from evenhand.prompts.catalogue import Catalogue
from evenhand.prompts.records import TopicSet
from evenhand.runtime.audit import read_audit
from evenhand.runtime.run import run_audit

folder = pathlib.Path(sys.argv[1])
topic = TopicSet.model_validate_json((folder / "set.json").read_bytes())
catalogue = Catalogue({topic.id: topic}, {topic.id: folder / "set.json"})
summary = asyncio.run(run_audit(read_audit(folder / "audit.yaml"), folder / "run", catalogue=catalogue))
sys.exit(summary.exit_code)
"""


def holds_tables(path: Path) -> bool:
    """Return whether a run that was killed had come as far as making its tables."""
    if not path.exists():
        return False
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize("seed", range(4))
def test_a_run_killed_at_random_moments_loses_and_repeats_nothing(tmp_path, kit, seed):
    questions, concurrency, generator = 120, 6, random.Random(seed)
    (tmp_path / "set.json").write_text(kit.topic_set(questions).model_dump_json())

    def script(prompt, before):
        time.sleep(0.002)
        return kit.said(b"boom", 500) if before == 0 and "7?" in prompt else kit.said(kit.completion(f"to {prompt}"))

    def stored() -> set[str]:
        if not holds_tables(tmp_path / "run" / "run.sqlite"):
            return set()
        with RunStore.read(tmp_path / "run") as store:
            assert store.problems() == []
            return {answer.item.prompt for answer in store.answers()}

    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    kills = 0
    with kit.serving(script) as server:
        kit.audit(tmp_path, api("a", server.url, concurrency=concurrency))
        for _ in range(3):
            known = stored()
            before = dict(server.asked)
            with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
                asked = sum(before.values()) + generator.randrange(1, 40)
                while process.poll() is None and sum(server.asked.values()) < asked:
                    time.sleep(0.001)
                process.kill()
                kills += process.wait() == -signal.SIGKILL
            assert known <= stored(), "an answer was lost"
            assert all(server.asked[prompt] == before.get(prompt, 0) for prompt in known), "a stored item was asked"
        known, before = stored(), dict(server.asked)
        finished = subprocess.run(command, check=False, capture_output=True)
        assert finished.returncode == 0, finished.stderr
        assert all(server.asked[prompt] == before[prompt] for prompt in known)
    assert kills == 3
    answers = texts(tmp_path)
    assert len(answers) == questions
    assert {text.removeprefix("to ") for text in answers.values()} == {
        f"What is question {number}?" for number in range(questions)
    }
    repeated = sum(server.asked.values()) - questions - sum(1 for prompt in server.asked if "7?" in prompt)
    assert repeated <= 3 * 2 * concurrency, "only what was in flight may be asked again"


def test_two_processes_on_one_run(tmp_path, kit):
    (tmp_path / "set.json").write_text(kit.topic_set(40).model_dump_json())

    def script(prompt, before):
        time.sleep(0.02)
        return kit.said()

    with kit.serving(script) as server:
        audit = read_audit(kit.audit(tmp_path, api("a", server.url, concurrency=2)))
        with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)]) as first:
            while not server.bodies:
                assert first.poll() is None
                time.sleep(0.01)
            with pytest.raises(RunFolderError, match=f"in use by process {first.pid}"):
                asyncio.run(run_audit(audit, tmp_path / "run", catalogue=kit.catalogue(40)))
            assert first.wait() == 0
    assert set(server.asked.values()) == {1}
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["items"] == 40


def test_each_turn_is_put_after_the_answers_to_the_turns_before(tmp_path, kit):
    with kit.serving(lambda prompt, before: kit.said(kit.completion(f"reply to {prompt}"))) as server:
        summary = run(kit, tmp_path, api("a", server.url), family="pressure")
        assert (summary.exit_code, summary.targets[0].answered) == (0, 3)
        assert run(kit, tmp_path, api("a", server.url), family="pressure").targets[0].stored_before == 3
    turns = [[(message["role"], message["content"]) for message in body["messages"]] for body in server.bodies]
    first = [("user", "Should it stay?")]
    second = [*first, ("assistant", "reply to Should it stay?"), ("user", "Boats need it.")]
    assert turns == [first, second, [*second, ("assistant", "reply to Boats need it."), ("user", "So it should?")]]


def test_a_dialogue_goes_on_where_a_turn_had_failed(tmp_path, kit):
    def script(prompt, before):
        return kit.said(b"boom", 500) if prompt == "Boats need it." and before < 2 else kit.said()

    with kit.serving(script) as server:
        first = run(kit, tmp_path, api("a", server.url, retries=1), family="pressure")
        assert (first.exit_code, first.targets[0].answered, first.targets[0].failed) == (1, 1, 1)
        second = run(kit, tmp_path, api("a", server.url, retries=1), family="pressure")
        assert (second.exit_code, second.targets[0].answered) == (0, 3)
    assert server.asked == {"Should it stay?": 1, "Boats need it.": 3, "So it should?": 1}


def test_what_comes_after_a_withheld_turn_is_withheld_too(tmp_path, kit):
    withheld = kit.said({"error": {"type": "content_filter", "message": "no"}}, 400)
    with kit.serving(lambda prompt, before: withheld if "Boats" in prompt else kit.said()) as server:
        summary = run(kit, tmp_path, api("a", server.url), family="pressure")
        assert (summary.targets[0].answered, summary.targets[0].blocked) == (1, 2)
        run(kit, tmp_path, api("a", server.url), family="pressure")
    assert server.asked == {"Should it stay?": 1, "Boats need it.": 1}


def test_thinking_is_not_put_back_into_the_conversation(tmp_path, kit):
    reply = kit.completion("<think>Not for them.</think>It depends.")
    with kit.serving(lambda prompt, before: kit.said(reply)) as server:
        run(kit, tmp_path, api("a", server.url), family="pressure")
    said = [m["content"] for body in server.bodies for m in body["messages"] if m["role"] == "assistant"]
    assert said == ["It depends."] * 3


@pytest.mark.parametrize(
    "end",
    [{"text": ""}, {"text": "<think>Only this.</think>"}, {"text": "Half an", "finish_reason": "content_filter"}],
    ids=["empty", "thinking alone", "cut by a filter"],
)
def test_no_turn_follows_on_an_answer_that_is_none(tmp_path, kit, end):
    with kit.serving(lambda prompt, before: kit.said(kit.completion(**end))) as server:
        summary = run(kit, tmp_path, api("a", server.url), family="pressure")
        assert summary.targets[0].answered + summary.targets[0].blocked == 3
        run(kit, tmp_path, api("a", server.url), family="pressure")
    assert server.asked == {"Should it stay?": 1}
