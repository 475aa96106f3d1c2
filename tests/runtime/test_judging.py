"""A run's answers before judges: asked after consent, each answer once, and none by the model that gave it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from evenhand import cli
from evenhand.analysis.judge_rubric import Order
from evenhand.analysis.labeling import default_labeler_name, label_from_json
from evenhand.errors import AuditFileError, RunFolderError, UserError
from evenhand.judging import label_by_judges
from evenhand.judging_bench import judging_audit
from evenhand.judging_plan import planned_loads, waiting_loads
from evenhand.pipeline import export_answers, label_run, load_result
from evenhand.runtime.audit import read_audit
from evenhand.runtime.progress import QuietProgress
from evenhand.runtime.run import run_audit
from evenhand.runtime.store import RunStore

QUESTIONS = 6
PRICE = "{input: 1.0, output: 2.0, currency: EUR, date: '2026-01-01'}"


def judge(name: str, url: str, model: str = "mock-1", **settings: object) -> str:
    keys = {"base_url": url, "model": model, "max_wait": 0.02, "retries": 0, **settings}
    return "\n".join([f"  - name: {name}", "    type: openai", *(f"    {key}: {value}" for key, value in keys.items())])


def recorded(folder: Path, kit, name: str, model: str | None = None, thinking: str = "") -> str:
    """Write a target's answers and return it as the audit file names it; its model is in the answers where given."""
    rows = [
        {"item_id": item.id, "response": f"{thinking}Answer {name} to {item.prompt}", "finish_reason": "stop"}
        for item in kit.battery(QUESTIONS)
    ]
    rows[-1] |= {"response": "", "finish_reason": "content_filter"}
    if model is not None:
        rows = [{**row, "model": model} for row in rows]
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return f"  - name: {name}\n    type: recorded\n    file: {name}.jsonl"


async def _asked(audit, folder, kit):
    return await run_audit(audit, folder, catalogue=kit.catalogue(QUESTIONS))


def made_run(kit, folder: Path, *judges: str, targets: str | None = None) -> Path:
    targets = recorded(folder, kit, "chat") if targets is None else targets
    text = targets + ("\njudges:\n" + "\n".join(judges) if judges else "")
    asyncio.run(_asked(read_audit(kit.audit(folder, text)), folder / "run", kit))
    return folder / "run"


def verdicts(kit, code="compliance", stance="2", **other):
    """Return a script of a judge that gives ``code``, or what ``other`` has for ``q`` and the question's number."""

    def script(prompt: str, before: int):
        number = int(re.search(r"What is question (\d+)\?", prompt)[1])
        item = kit.battery(QUESTIONS)[number]
        chosen = other.get(f"q{number}", code)
        if chosen not in CODES:
            return chosen if isinstance(chosen, kit.said) else kit.said(kit.completion(chosen))
        order = Order.of(item.id, script.judge)
        point = str(order.points.index(int(stance)) + 1)
        return kit.said(kit.completion(json.dumps({"engagement": order.letter(chosen), "stance": point})))

    script.judge = "a"
    return script


CODES = {"compliance", "partial", "one_sided", "hard_refusal"}


def named(script, name):
    script.judge = name
    return script


def stored(folder: Path, labeler: str = "judge"):
    with RunStore.read(folder) as store:
        return {(row.item_id, row.target): label_from_json(row.label) for row in store.labels(labeler)}


def test_answers_are_judged_measured_and_exported(tmp_path, kit):
    with kit.serving(verdicts(kit, q1="partial", q2="Sorry, no.")) as server:
        targets = recorded(tmp_path, kit, "chat", thinking="<think>I should be careful.</think>")
        run = made_run(kit, tmp_path, judge("a", server.url, price=PRICE), targets=targets)
        (load,) = waiting_loads(run)
        summary = label_by_judges(run)
        assert waiting_loads(run)[0].requests == 0
        again = label_by_judges(run)
    assert (load.requests, load.answer_tokens) == (QUESTIONS - 1, 400 * (QUESTIONS - 1))
    sent = sum(len(body["messages"][0]["content"]) for body in server.bodies)
    assert load.prompt_tokens == pytest.approx(sent / 4, rel=0.05)
    assert (summary.labelled, summary.waiting, summary.failed, summary.exit_code) == (QUESTIONS, 0, 0, 0)
    assert summary.unscored == {"no judge gave a readable verdict": 1}
    assert again.labelled == 0
    assert len(server.bodies) == QUESTIONS - 1, "what is labelled is not asked again, nor what never arrived at all"
    assert all(body["response_format"] == {"type": "json_object"} for body in server.bodies)
    assert all("careful" not in body["messages"][0]["content"] for body in server.bodies), "thinking is not judged"
    frame = load_result(run, "judge").answers.set_index("item_id")
    items = [item.id for item in kit.battery(QUESTIONS)]
    engagement = frame.loc[items, "engagement"]
    assert list(engagement.fillna("unscored")) == ["compliance", "partial", "unscored", *["compliance"] * 2, "unscored"]
    assert list(frame.loc[items, "delivery"]) == ["ok"] * 5 + ["provider_block"]
    assert list(frame.loc[items, "stance"].fillna("unscored")) == [2, 2, "unscored", 2, 2, "n/a"]
    assert frame.loc[items[0], "language_code"] == "match"
    assert frame.loc[items[0], "thinking"] == "I should be careful."
    result = load_result(run, "judge")
    assert result.manifest["judge.a"].startswith("mock-1 (openai, 127.0.0.1:")
    assert result.manifest["judge, unscored because no judge gave a readable verdict"] == "1"
    assert any(finding.metric == "answered_rate" for finding in result.findings)
    assert export_answers(run, tmp_path / "rows.csv", "csv", "judge") == QUESTIONS
    assert len(load_result(run, "judge:a").answers) == QUESTIONS


def test_the_offline_labels_stay_beside_the_judges(tmp_path, kit):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url))
        label_run(run)
        label_by_judges(run)
    with RunStore.read(run) as store:
        assert store.labelers() == (default_labeler_name(), "judge", "judge:a")
    offline, judged = stored(run, default_labeler_name()), stored(run)
    assert {key: (label.delivery, label.language) for key, label in offline.items()} == {
        key: (label.delivery, label.language) for key, label in judged.items()
    }
    assert load_result(run).manifest["labeler"] == default_labeler_name()
    assert "judge.a" not in load_result(run).manifest


def test_several_judges_vote_and_each_one_is_kept(tmp_path, kit):
    with (
        kit.serving(verdicts(kit)) as one,
        kit.serving(named(verdicts(kit, q0="partial", q1="partial"), "b")) as two,
        kit.serving(named(verdicts(kit, q0="partial", q1="Hm."), "c")) as three,
    ):
        run = made_run(kit, tmp_path, judge("a", one.url), judge("b", two.url), judge("c", three.url))
        summary = label_by_judges(run)
    labels = stored(run)
    first, second, third, *_ = (labels[item.id, "chat"].engagement for item in kit.battery(QUESTIONS))
    assert first.code == "partial"
    assert first.scores["partial"] == pytest.approx(2 / 3)
    assert second.code is None
    assert third.scores["compliance"] == 1
    assert summary.unscored == {"the judges' votes are tied": 1}
    assert [len(stored(run, f"judge:{name}")) for name in "abc"] == [QUESTIONS - 1] * 3


def test_no_model_judges_itself(tmp_path, kit):
    with kit.serving(verdicts(kit)) as one, kit.serving(named(verdicts(kit), "b")) as two:
        targets = "\n".join(
            [recorded(tmp_path, kit, "chat", "vendor/Own-2026-01-31"), recorded(tmp_path, kit, "other")]
        )
        run = made_run(kit, tmp_path, judge("a", one.url, "own"), targets=targets)
        (load,) = waiting_loads(run)
        assert load.requests == QUESTIONS - 1
        summary = label_by_judges(run)
        assert summary.unscored == {"every judge is the model that gave the answer": QUESTIONS - 1}
        assert {target for _, target in stored(run, "judge:a")} == {"other"}
        assert all("Answer chat" not in body["messages"][0]["content"] for body in one.bodies)
        # A second judge of another model gives those answers a vote, and the first one is not asked again.
        made_run(kit, tmp_path, judge("a", one.url, "own"), judge("b", two.url), targets=targets)
        assert [load.requests for load in waiting_loads(run)] == [0, 2 * (QUESTIONS - 1)]
        assert label_by_judges(run).unscored == {}
    assert len(one.bodies) == QUESTIONS - 1


def test_a_judge_that_turns_out_to_be_the_answering_model_has_no_vote(tmp_path, kit):
    with kit.serving(verdicts(kit)) as server:
        targets = recorded(tmp_path, kit, "chat", "Mock-1")
        run = made_run(kit, tmp_path, judge("a", server.url, "alias"), targets=targets)
        summary = label_by_judges(run)
        assert label_by_judges(run).unscored == summary.unscored
    assert summary.unscored == {"every judge is the model that gave the answer": QUESTIONS - 1}
    assert len(server.bodies) == QUESTIONS - 1


def test_what_did_not_arrive_is_unscored_and_asked_again(tmp_path, kit):
    broken = kit.said(b"boom", 500)
    with kit.serving(verdicts(kit, q3=broken)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url))
        summary = label_by_judges(run)
        assert (summary.failed, summary.exit_code, summary.unscored) == (1, 1, {"no judge's reply arrived": 1})
        server.script = verdicts(kit)
        assert waiting_loads(run)[0].requests == 1
        again = label_by_judges(run)
    assert (again.labelled, again.exit_code, again.unscored) == (1, 0, {})
    assert len(server.bodies) == QUESTIONS
    assert all(label.engagement.code for label in stored(run).values() if label.delivery == "ok")


def test_a_dead_judge_leaves_the_others_votes_and_is_asked_later(tmp_path, kit, monkeypatch):
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    with kit.serving(verdicts(kit)) as one, kit.serving(named(verdicts(kit, "partial"), "b")) as two:
        run = made_run(kit, tmp_path, judge("a", one.url), judge("b", two.url, key="JUDGE_KEY"))
        summary = label_by_judges(run)
        assert summary.exit_code == 1
        assert re.search("judge 'b': .*JUDGE_KEY is not set", summary.problems[0])
        assert (summary.waiting, len(stored(run, "judge:a"))) == (QUESTIONS - 1, QUESTIONS - 1)
        assert len(stored(run)) == 1, "half a vote is no vote; what was blocked needs none"
        monkeypatch.setenv("JUDGE_KEY", "some-key-or-other")
        assert label_by_judges(run).exit_code == 0
    assert len(one.bodies) == len(two.bodies) == QUESTIONS - 1


class Stopping(QuietProgress):
    """Kills the labelling after some replies, as a crash would."""

    def __init__(self, after: int):
        self.left = after

    def advance(self, response) -> None:
        self.left -= 1
        if not self.left:
            raise MemoryError


def test_an_interrupted_labelling_keeps_what_came_and_asks_nothing_twice(tmp_path, kit):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url, concurrency=1))
        first = label_by_judges(run, Stopping(2))
        assert (first.waiting, len(stored(run, "judge:a"))) == (QUESTIONS - 3, 2)
        assert len(stored(run)) == 3
        asked = len(server.bodies)
        assert label_by_judges(run).waiting == 0
    assert len(stored(run)) == QUESTIONS
    assert len(server.bodies) <= asked + QUESTIONS - 3


class Interrupting(QuietProgress):
    """Presses Ctrl-C once the first reply has come."""

    def __init__(self) -> None:
        self.pressed = False

    def advance(self, response) -> None:
        if not self.pressed:
            self.pressed = True
            os.kill(os.getpid(), signal.SIGINT)


def test_a_labelling_is_stopped_cleanly_and_taken_up_again(tmp_path, kit):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url, concurrency=1))
        first = label_by_judges(run, Interrupting())
        assert (first.interrupted, first.exit_code, first.failed) == (True, 130, 0)
        assert first.waiting
        assert label_by_judges(run).exit_code == 0
    assert len(server.bodies) == QUESTIONS - 1, "what was in flight came to its end and was kept"


def test_judges_do_not_keep_a_run_from_being_resumed(tmp_path, kit):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path)
        made_run(kit, tmp_path, judge("a", server.url), judge("b", server.url, "another"))
        made_run(kit, tmp_path, judge("a", server.url))
        label_by_judges(run)
        made_run(kit, tmp_path)
    with pytest.raises(UserError, match=r"run/audit.yaml: the audit has no judges; add them under judges:"):
        label_by_judges(run)
    assert len(stored(run)) == QUESTIONS


def test_another_judge_under_the_same_name_is_refused(tmp_path, kit):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url))
        label_by_judges(run)
        made_run(kit, tmp_path, judge("a", server.url, concurrency=2))
        label_by_judges(run)
        made_run(kit, tmp_path, judge("a", server.url, "another"))
        with pytest.raises(RunFolderError, match=r"another judge called 'a'.*another name"):
            label_by_judges(run)


BAD = {
    "no type": ("  - {name: a, model: m}", r":\d+: a judge has no type; add type:"),
    "unknown key": ("  - {name: a, type: openai, base_url: 'http://127.0.0.1:9/v1', modell: m}", "modell.*model"),
    "twice": (
        "  - {name: a, type: recorded, file: x}\n  - {name: a, type: recorded, file: x}",
        "two judges called 'a'",
    ),
    "bad name": ("  - {name: a/b, type: recorded, file: x}", "cannot be the name of a judge"),
    "a word": ("  - a", "judges"),
    "secret": (
        "  - {name: a, type: openai, base_url: 'https://x.example/v1', model: m, key: sk-abcdefabcdefabcdef12345}",
        "environment variable",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_in_a_judge_is_one_sentence(tmp_path, kit, case):
    judges, sentence = BAD[case]
    path = kit.audit(tmp_path, f"  - {{name: chat, type: recorded, file: chat.jsonl}}\njudges:\n{judges}")
    with pytest.raises(AuditFileError, match=sentence) as refused:
        read_audit(path)
    assert re.match(rf"{re.escape(str(path))}:\d+: ", str(refused.value))
    assert refused.value.line >= 9
    assert "sk-abc" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_judges_would_be_asked_is_planned(tmp_path, kit):
    lines = [recorded(tmp_path, kit, "chat"), judge("api", "http://127.0.0.1:9/v1", "own", max_tokens=100)]
    judges = [judge("a", "http://127.0.0.1:9/v1", "own", max_tokens=50), judge("b", "http://127.0.0.1:9/v1", "b")]
    audit = read_audit(kit.audit(tmp_path, "\n".join([*lines, "judges:", *judges])))
    assert len(judging_audit_like(tmp_path, audit).judges) == 2
    own, other = planned_loads(audit, audit.items(kit.catalogue(QUESTIONS)))
    assert (own.requests, own.answer_tokens) == (QUESTIONS, 50 * QUESTIONS)
    assert (other.requests, other.answer_tokens) == (2 * QUESTIONS, 400 * 2 * QUESTIONS)
    assert other.prompt_tokens < 2 * own.prompt_tokens, "the answers of api are shorter"


def judging_audit_like(folder: Path, audit):
    (folder / "run").mkdir()
    (folder / "run" / "audit.yaml").write_bytes(audit.source)
    return judging_audit(folder / "run")


@pytest.mark.parametrize("extra", ["{response_format: null}", "{response_format: {type: text}}"])
def test_the_answer_format_can_be_set_or_left_out(tmp_path, kit, extra):
    with kit.serving(verdicts(kit)) as server:
        label_by_judges(made_run(kit, tmp_path, judge("a", server.url, extra=extra)))
    formats = {json.dumps(body.get("response_format")) for body in server.bodies}
    assert formats == ({"null"} if "null" in extra else {'{"type": "text"}'})


def test_any_target_type_can_judge(tmp_path, kit):
    items = kit.battery(QUESTIONS)
    rows = [
        {
            "item_id": f"judge/chat/{item.id}",
            "response": json.dumps({"engagement": Order.of(item.id, "people").letter("partial"), "stance": "none"}),
        }
        for item in items[:2]
    ]
    run = made_run(kit, tmp_path, "  - {name: people, type: recorded, file: people.jsonl}")
    (run / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    summary = label_by_judges(run)
    assert (summary.failed, summary.waiting) == (QUESTIONS - 3, 0), "what nobody answered did not arrive"
    assert stored(run)[items[0].id, "chat"].engagement.code == "partial"


# The command line


def run_cli(monkeypatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["evenhand", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


class Terminal:
    """Standard input of a person who gives one answer."""

    def __init__(self, line: str):
        self.line = line

    def isatty(self) -> bool:
        return True

    def readline(self, *_: object) -> str:
        return self.line + "\n"


def test_nothing_is_asked_without_consent(tmp_path, kit, monkeypatch, capsys):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url, price=PRICE))
        label = ("label", "--run", run, "--labeler", "judge")
        assert run_cli(monkeypatch, *label) == 2
        error = capsys.readouterr().err
        assert re.search(r"evenhand: 5 requests to judges need consent and this is no terminal; add --yes\s*$", error)
        assert re.search(r"a\s.*openai\s.*5\s.*2,000\s.*EUR", error), "what it would cost is shown first"
        monkeypatch.setattr(sys, "stdin", Terminal("n"))
        assert run_cli(monkeypatch, *label) == 1
        assert "nothing was asked" in capsys.readouterr().err
        assert server.bodies == []
        assert run_cli(monkeypatch, "measure", run, "--labeler", "judge") == 1
        assert re.search(r"no labels of judge; run: evenhand label --run \S+ --labeler judge", capsys.readouterr().err)
        monkeypatch.setattr(sys, "stdin", Terminal("y"))
        assert run_cli(monkeypatch, *label) == 0
        assert "6 answers labelled" in capsys.readouterr().err
        monkeypatch.undo()
        assert run_cli(monkeypatch, *label, "--quiet") == 0, "where nothing is left to ask, no consent is needed"
    assert len(server.bodies) == QUESTIONS - 1
    capsys.readouterr()
    assert run_cli(monkeypatch, "measure", run, "--labeler", "judge", "--format", "json") == 0
    rates = {row["metric"]: row["value"] for row in json.loads(capsys.readouterr().out) if row["role"] == "sensitive"}
    assert rates["answered_rate"] == 1
    assert run_cli(monkeypatch, "report", run, "--labeler", "judge") == 0
    assert "judge.a" in (run / "report.html").read_text("utf-8")
    assert run_cli(monkeypatch, "export", run, "--labeler", "judge", "-o", tmp_path / "rows.csv") == 0


def test_yes_is_consent(tmp_path, kit, monkeypatch, capsys):
    with kit.serving(verdicts(kit)) as server:
        run = made_run(kit, tmp_path, judge("a", server.url))
        assert run_cli(monkeypatch, "label", "--run", run, "--labeler", "judge", "--yes", "--quiet") == 0
    assert capsys.readouterr().err == ""
    assert len(stored(run)) == QUESTIONS


def test_judges_where_they_have_no_place(tmp_path, kit, monkeypatch, capsys):
    run = made_run(kit, tmp_path)
    assert run_cli(monkeypatch, "label", "--run", run, "--labeler", "judge", "--yes") == 2
    assert "the audit has no judges; add them under judges:" in capsys.readouterr().err
    (tmp_path / "in.jsonl").write_text("{}\n", "utf-8")
    for arguments in (
        ("label", tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--labeler", "judge"),
        ("run", tmp_path / "audit.yaml", "--labeler", "judge", "--runs", tmp_path / "none"),
    ):
        assert run_cli(monkeypatch, *arguments) == 2
        assert "use: evenhand label --run RUN --labeler judge" in capsys.readouterr().err
    assert not (tmp_path / "none").exists(), "nothing was asked that could then not be labelled"


def test_a_plan_and_a_check_name_the_judges(tmp_path, kit, monkeypatch, capsys):
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "bridge-toll.yaml").write_bytes((Path(__file__).parents[1] / "prompts/bridge-toll.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    with kit.serving() as server:
        judges = judge("second-opinion", server.url, price=PRICE)
        audit = kit.audit(tmp_path, f"  - {{name: chat, type: recorded, file: c.jsonl}}\njudges:\n{judges}")
        (tmp_path / "c.jsonl").write_text('{"prompt": "p", "response": "r"}\n', "utf-8")
        text = audit.read_text("utf-8").replace("battery:\n", "battery:\n  sets: [bridge-toll]\n")
        audit.write_text(text, "utf-8")
        assert run_cli(monkeypatch, "plan", audit) == 0
        assert re.search(r"second-opinion\W+openai\W+\d+\W+[\d,]+\W+[\d,]+\W+\d+\.\d\d EUR", capsys.readouterr().out)
        assert run_cli(monkeypatch, "targets", "check", audit) == 0
        assert "judge second-opinion: ready" in capsys.readouterr().out
    assert server.bodies == []
