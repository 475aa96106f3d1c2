"""The run's database: nothing lost, nothing twice, and every failure one sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.errors import RunFolderError, StoreError
from evenhand.runtime.records import (
    Attempt,
    Failure,
    PlannedTarget,
    RoutingCounts,
    StoredLabel,
    TargetDescription,
)
from evenhand.runtime.rows import routing_from_row, routing_to_row, storable
from evenhand.runtime.store import RunStore

CARD = TargetDescription("openai", "mock-1", "127.0.0.1:1", {"temperature": "0.0"})
START, END = "2026-01-01T00:00:00.000+00:00", "2026-01-01T00:00:01.000+00:00"


def target(name: str = "model", **identity: object) -> PlannedTarget:
    return PlannedTarget(name, {"type": "openai", "model": "mock-1", **identity}, CARD)


def retriable() -> Failure:
    return Failure("http", "HTTP 503", 503)


@pytest.fixture
def store(tmp_path, kit):
    with RunStore.write(tmp_path / "run") as opened:
        opened.plan(kit.battery(), [target()])
        yield opened


def stored(folder: Path) -> list:
    with RunStore.read(folder) as reader:
        assert reader.problems() == []
        return list(reader.answers())


def test_an_answer_comes_back_as_it_was(store, kit):
    item = store.items[0]
    earlier = (Attempt(retriable(), START, END),)
    given_ = kit.answer(
        item,
        text="Ja.",
        thinking="Hm.",
        finish_reason="stop",
        block=None,
        model="mock-1-0613",
        fingerprint="fp_1",
        request_id="r-1",
        host="api.example.org",
        prompt_tokens=12,
        completion_tokens=3,
        prompt_hash="ab" * 32,
        attempts=2,
        failed_attempts=earlier,
    )
    assert store.save(given_)
    (read,) = stored(store.folder)
    assert read.item == item
    assert read.response == replace(given_, failed_attempts=())
    assert [(number, attempt and attempt.failure) for _, _, number, attempt in store.attempts()] == [
        (1, retriable()),
        (2, None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b\x00",
        "</script><img src=x onerror=alert(1)>",
        "x" * 1_000_000,
        "'); DROP TABLE responses; --",
        "\u202eright to left\u202c ؏ 🏳️‍🌈 བོད",
        "\r\n\t\x1b[31m",
        "",
    ],
    ids=["nul", "markup", "megabyte", "sql", "bidi", "control", "empty"],
)
def test_hostile_answers_are_kept_to_the_letter(store, kit, text):
    store.save(kit.answer(store.items[0], text=text, thinking=text, model=text, request_id=text))
    (read,) = stored(store.folder)
    assert (read.response.text, read.response.thinking, read.response.model) == (text, text, text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\ud800b", "a\ufffdb"), ("\udfff", "\ufffd"), ("\ud83d\ude00", "😀"), ("\ude00\ud83d", "\ufffd\ufffd")],
)
def test_lone_surrogates_become_the_replacement_character(store, kit, text, kept):
    failure = Failure("context", text, 400, text)
    store.save(kit.answer(store.items[0], text=text, failure=failure, block=text))
    (read,) = stored(store.folder)
    assert read.response.text == kept
    assert read.response.failure == Failure("context", kept, 400, kept)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_whatever_is_storable_is_utf8_and_storing_twice_changes_nothing(text):
    once = storable(text)
    assert once.encode().decode() == storable(once)
    if all(not 0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert once == text


def test_nothing_is_stored_twice(store, kit):
    item = store.items[0]
    assert store.save(kit.answer(item, text="first"))
    assert not store.save(kit.answer(item, text="second"))
    assert [read.response.text for read in stored(store.folder)] == ["first"]
    assert sum(1 for _ in store.attempts()) == 1


@pytest.mark.parametrize("kind", ["http", "network", "malformed", "quota", "target"])
def test_a_failed_item_is_asked_again_and_its_attempts_stay(store, kit, kind):
    item = store.items[0]
    store.save(kit.answer(item, text="", failure=Failure(kind, "no")))
    store.save_labels([StoredLabel(item.id, "model", "rules", "{}")])
    assert item in store.to_ask("model")
    assert store.save(kit.answer(item, text="at last"))
    assert item not in store.to_ask("model")
    (read,) = stored(store.folder)
    assert (read.response.text, read.response.attempts, read.response.failure) == ("at last", 2, None)
    assert list(store.labels()) == [], "the label was that of the failure"


@pytest.mark.parametrize("kind", ["content_filter", "context"])
def test_a_block_is_a_result(store, kit, kind):
    item = store.items[0]
    store.save(kit.answer(item, text="", failure=Failure(kind, "no", 400, "content_filter")))
    assert item not in store.to_ask("model")


def test_an_answer_and_its_attempts_are_one_transaction(store, kit):
    store._connection.execute("CREATE TRIGGER t BEFORE INSERT ON routing BEGIN SELECT RAISE(ABORT, 'no'); END")
    counts = np.ones((1, 4), dtype=np.uint32)
    broken = kit.answer(store.items[0], routing=RoutingCounts((1,), counts, counts, 4, 4, 1))
    with pytest.raises(StoreError):
        store.save(broken)
    assert stored(store.folder) == []
    assert list(store.attempts()) == []
    assert store.save(kit.answer(store.items[1]))


@pytest.mark.parametrize(("highest", "width"), [(9, 1), (300, 2), (70_000, 4)])
def test_routing_counts_come_back_exactly(store, kit, highest, width):
    generator = np.random.default_rng(5)
    prompt = generator.integers(0, highest, (3, 16), dtype=np.uint32)
    prompt[0, 0] = highest
    counts = RoutingCounts((1, 2, 5), prompt, prompt[::-1].copy(), 20, 8, 4)
    store.save(kit.answer(store.items[0], routing=counts))
    ((item_id, name, read),) = store.routing()
    assert (item_id, name) == (store.items[0].id, "model")
    assert (read.layers, read.prompt_tokens, read.first_tokens, read.top_k) == ((1, 2, 5), 20, 8, 4)
    np.testing.assert_array_equal(read.prompt, counts.prompt)
    np.testing.assert_array_equal(read.completion, counts.completion)
    assert read.prompt.dtype == np.uint32
    assert routing_to_row(counts).width == width


def test_routing_of_a_large_model_stays_small():
    generator = np.random.default_rng(5)
    counts = generator.poisson(60 * 8 / 384, (2, 60, 384)).astype(np.uint32)
    row = routing_to_row(RoutingCounts(tuple(range(60)), counts[0], counts[1], 60, 60, 8))
    assert len(row.counts) < 30_000


@pytest.mark.parametrize("damage", [{"counts": b"no zlib"}, {"experts": 5}, {"experts": 10**9}, {"layers": "[1]"}])
def test_damaged_routing_counts_are_refused(damage):
    counts = np.ones((2, 4), dtype=np.uint32)
    row = routing_to_row(RoutingCounts((1, 2), counts, counts, 4, 4, 1))
    with pytest.raises(ValueError, match="routing counts"):
        routing_from_row(replace(row, **damage))


def test_labels_of_several_labelers_stand_side_by_side(store, kit):
    for item in store.items[:2]:
        store.save(kit.answer(item))
    store.save_labels([StoredLabel(item.id, "model", "rules-1", '{"code": 1}') for item in store.items[:2]])
    store.save_labels([StoredLabel(store.items[0].id, "model", "human:anna", '{"code": 2}')])
    store.save_labels([StoredLabel(store.items[0].id, "model", "rules-1", '{"code": 3}')])
    assert store.labelers() == ("human:anna", "rules-1")
    assert [label.label for label in store.labels("rules-1")] == ['{"code": 3}', '{"code": 1}']
    assert [read.item.id for read in store.answers(unlabeled_by="human:anna")] == [store.items[1].id]
    assert sum(1 for _ in store.labels()) == 3


def test_a_label_that_is_no_json_is_refused_with_its_whole_batch(store, kit):
    good = StoredLabel(store.items[0].id, "model", "rules", "{}")
    with pytest.raises(StoreError):
        store.save_labels([good, replace(good, item_id=store.items[1].id, label="{")])
    assert list(store.labels()) == []


def test_a_run_can_be_resumed_and_grown(tmp_path, kit):
    folder = tmp_path / "run"
    with RunStore.write(folder) as store:
        store.plan(kit.battery(3), [target()])
        store.save(kit.answer(store.items[0]))
    with RunStore.write(folder) as store:
        store.plan(kit.battery(5), [target(), target("second")])
        assert len(store.items) == 5
        assert store.target_names == ("model", "second")
        assert len(store.to_ask("model")) == 4
        assert len(store.to_ask("second")) == 5
        assert store.cards()["second"] == CARD


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda kit: (kit.battery(2), [target()]), "no longer asks harbour/direct/q2/en/r0"),
        (lambda kit: (kit.battery(3, text="Why"), [target()]), "the text of harbour/direct/q0/en/r0 has changed"),
        (
            lambda kit: (tuple(replace(item, claim="Another.") for item in kit.battery(3)), [target()]),
            r"q0/en/r0 has changed \(claim\)",
        ),
        (lambda kit: (kit.battery(3), [target("other")]), "no longer has the target 'model'"),
        (
            lambda kit: (kit.battery(3), [target(model="mock-2")]),
            "now has model = 'mock-2' and was asked with 'mock-1'",
        ),
        (lambda kit: (kit.battery(3), [target(seed=4)]), "now has seed = 4 and was asked with None"),
    ],
    ids=["dropped", "text", "claim", "target", "model", "seed"],
)
def test_a_changed_audit_is_refused(tmp_path, kit, change, says):
    folder = tmp_path / "run"
    with RunStore.write(folder) as store:
        store.plan(kit.battery(3), [target()])
    with RunStore.write(folder) as store:
        with pytest.raises(RunFolderError, match=says) as refused:
            store.plan(*change(kit))
        assert "start a new run under another name" in str(refused.value)
        assert len(store.items) == 3


def test_the_topic_sets_are_kept_with_the_run(store, kit):
    topic = kit.topic_set()
    store.save_sets({topic.id: topic})
    with RunStore.read(store.folder) as reader:
        assert reader.sets() == (topic,)


def test_a_second_process_is_refused_and_told_who_is_first(tmp_path, kit):
    folder = tmp_path / "run"
    program = (
        "import sys, pathlib; from evenhand.runtime.store import RunStore; "
        "s = RunStore.write(pathlib.Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(RunFolderError, match=f"in use by process {other.pid}") as refused:
            RunStore.write(folder)
        assert refused.value.exit_code == 2
        with RunStore.read(folder) as reader:
            assert reader.items == ()
        other.kill()
        other.communicate()
    with RunStore.write(folder) as store:
        store.plan(kit.battery(), [target()])


def test_a_full_disk_ends_the_run_and_loses_nothing(store, kit):
    store.save(kit.answer(store.items[0]))
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreError, match="the disk is full; free some space") as full:
        store.save(kit.answer(store.items[1], text="x" * 100_000))
    assert full.value.exit_code == 1
    assert [read.item.id for read in stored(store.folder)] == [store.items[0].id]
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert store.save(kit.answer(store.items[1], text="x" * 100_000))


def test_a_file_system_without_space_ends_the_run_and_loses_nothing(tmp_path, kit):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a file system takes privileges")
    try:
        with RunStore.write(disk / "run") as store:
            store.plan(kit.battery(60), [target()])
            with pytest.raises(StoreError, match="disk"):
                all(store.save(kit.answer(item, text="x" * 40_000)) for item in store.items)
            saved = sum(1 for _ in store.attempts())
        assert 0 < saved < 60
        assert len(stored(disk / "run")) == saved
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def unprivileged():
    """Drop root's power to write everywhere while a test runs."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_may_not_be_written(tmp_path, kit, request):
    folder = tmp_path / "run"
    with RunStore.write(folder) as store:
        store.plan(kit.battery(), [target()])
        store.save(kit.answer(store.items[0]))
    for path in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        path.chmod(0o755)
    if not all(path.stat().st_mode & 0o001 for path in tmp_path.parents):
        pytest.skip("nobody may look into the folder for temporary files")
    (folder / "run.lock").chmod(0o444)
    (folder / "run.sqlite").chmod(0o444)
    folder.chmod(0o555)
    request.getfixturevalue("unprivileged")
    with pytest.raises(StoreError, match="cannot be written: Permission denied"):
        RunStore.write(folder)
    assert len(stored(folder)) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"this is not a database at all " * 100, "it is no database"),
        (b"", "not one of evenhand's"),
    ],
)
def test_a_file_that_is_no_run(tmp_path, content, says):
    folder = tmp_path / "run"
    folder.mkdir()
    path = folder / "run.sqlite"
    path.write_bytes(content)
    if not content:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE notes (text)")
        other.close()
    for way in (RunStore.write, RunStore.read):
        with pytest.raises(StoreError, match=says) as refused:
            way(folder)
        assert "\n" not in str(refused.value)


def test_a_damaged_database_is_reported_in_one_sentence(tmp_path, kit):
    folder = tmp_path / "run"
    with RunStore.write(folder) as store:
        store.plan(kit.battery(200), [target()])
        for item in store.items:
            store.save(kit.answer(item))
    path = folder / "run.sqlite"
    content = bytearray(path.read_bytes())
    content[8192 : len(content) // 2] = os.urandom(len(content) // 2 - 8192)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="it is damaged; restore it from a copy"):
        for _ in RunStore.read(folder).answers():
            pass


def test_a_run_of_a_later_version_is_refused(tmp_path, kit):
    folder = tmp_path / "run"
    RunStore.write(folder).close()
    with sqlite3.connect(folder / "run.sqlite") as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StoreError, match="schema version 99 and this evenhand knows 1"):
        RunStore.write(folder)


def test_folders_that_are_no_run_folders(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("x")
    with pytest.raises(RunFolderError, match="is a file"):
        RunStore.write(tmp_path / "file")
    with pytest.raises(RunFolderError, match=r"holds 'chapter.txt' and no run.sqlite"):
        RunStore.write(tmp_path / "thesis")
    with pytest.raises(RunFolderError, match="is no run folder"):
        RunStore.read(tmp_path / "nowhere")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), thinking=st.none() | st.text(max_size=50), reason=st.none() | st.text(max_size=9))
def test_any_answer_survives_the_store(tmp_path_factory, kit, text, thinking, reason):
    with RunStore.write(tmp_path_factory.mktemp("any") / "run") as store:
        store.plan(kit.battery(1), [target()])
        given_ = kit.answer(store.items[0], text=text, thinking=thinking, finish_reason=reason)
        store.save(given_)
        ((read),) = store.answers()
        assert read.response == given_
