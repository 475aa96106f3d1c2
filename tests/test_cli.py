"""The command line as a user meets it: the whole path on recorded answers, and one sentence for every mistake."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import evenhand
from evenhand.cli import main

HERE = Path(__file__).parent
BRIDGE_TOLL = HERE / "prompts" / "bridge-toll.yaml"


def run_cli(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["evenhand", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with one topic set in ``prompts/``, as a newcomer would have it."""
    (tmp_path / "prompts").mkdir()
    shutil.copy(BRIDGE_TOLL, tmp_path / "prompts" / "bridge-toll.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVENHAND_MISSING_KEY", raising=False)
    return tmp_path


def write_audit(folder: Path, targets: str, battery: str = "{sets: [bridge-toll]}") -> Path:
    path = folder / "audit.yaml"
    path.write_text(f"evenhand: 1\nname: trial\nbattery: {battery}\ntargets:\n{targets}\n", encoding="utf-8")
    return path


def write_answers(folder: Path, name: str, text: str = "There are two views. Some say yes, because it helps.") -> Path:
    from evenhand.probes import BatterySpec, build_items
    from evenhand.prompts import Catalogue

    items = build_items(Catalogue.load(packaged=False).sets, BatterySpec(sets=("bridge-toll",)))
    rows = [{"item_id": item.id, "prompt": item.prompt, "response": text, "finish_reason": "stop"} for item in items]
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


RECORDED = "  - {name: chat, type: recorded, file: answers.jsonl}"


def test_the_whole_path_on_recorded_answers(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "</script><img src=x onerror=alert(1)> There are two views. Some say yes, others say no."
    write_answers(place, "answers.jsonl", hostile)
    audit = write_audit(place, RECORDED)
    assert run_cli(monkeypatch, "run", audit, "--quiet") == 0
    folder = place / "runs" / "trial"
    assert {"audit.yaml", "manifest.json", "run.sqlite", "report.html"} <= {path.name for path in folder.iterdir()}
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in report
    assert "bridge-toll" in (folder / "manifest.json").read_text(encoding="utf-8")
    before = (folder / "run.sqlite").read_bytes()
    assert run_cli(monkeypatch, "run", audit, "--quiet") == 0, "a finished run is run again without harm"
    assert len((folder / "run.sqlite").read_bytes()) == len(before)
    capsys.readouterr()
    assert run_cli(monkeypatch, "measure", folder, "--format", "json") == 0
    findings = json.loads(capsys.readouterr().out)
    assert {"metric", "value", "low", "high", "n", "clusters"} <= findings[0].keys()
    assert run_cli(monkeypatch, "export", folder, "-o", place / "rows.jsonl", "--format", "jsonl") == 0
    rows = [json.loads(line) for line in (place / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["answer"] for row in rows} == {hostile}
    assert run_cli(monkeypatch, "export", folder, "-o", place / "rows.csv") == 0
    assert (place / "rows.csv").read_text(encoding="utf-8").count("bridge-toll/") >= len(rows)


def test_a_plan_asks_nothing(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    target = (
        "  - {name: api, type: openai, base_url: 'https://api.example.org/v1', model: m, key: EVENHAND_MISSING_KEY,"
    )
    price = "     price: {input: 1.0, output: 2.0, currency: EUR, date: '2026-01-01'}}"
    assert run_cli(monkeypatch, "plan", write_audit(place, f"{target}\n{price}")) == 0
    out = capsys.readouterr().out
    assert "EUR" in out
    assert "bridge-toll" in out
    assert not (place / "runs").exists()


MISTAKES: list[tuple[str, str, str, str]] = [
    (
        "unknown key",
        "  - {name: chat, type: recorded, fil: answers.jsonl}",
        "{sets: [bridge-toll]}",
        r"audit\.yaml:5: .*'fil'.*file",
    ),
    (
        "unknown type",
        "  - {name: chat, type: recordd, file: a}",
        "{sets: [bridge-toll]}",
        r"audit\.yaml:5: .*recordd.*recorded",
    ),
    ("wrong type", RECORDED, "{sets: [bridge-toll], repeats: many}", r"audit\.yaml:3: .*repeats.*'many'"),
    ("unknown set", RECORDED, "{sets: [bridge-tol]}", r"audit\.yaml:3: .*'bridge-tol'.*bridge-toll"),
    ("unknown family", RECORDED, "{sets: [bridge-toll], families: [direkt]}", r"audit\.yaml:3: .*'direkt'.*direct"),
    ("unknown language", RECORDED, "{sets: [bridge-toll], languages: [xx]}", r"audit\.yaml:3: .*'xx'"),
    ("same name twice", f"{RECORDED}\n{RECORDED}", "{sets: [bridge-toll]}", r"audit\.yaml:6: .*two targets.*'chat'"),
    (
        "key in the file",
        "  - {name: a, type: openai, base_url: 'https://x.example/v1', model: m, key: sk-abcdefabcdefabcdef12345}",
        "{sets: [bridge-toll]}",
        r"audit\.yaml:5: .*environment variable",
    ),
]


@pytest.mark.parametrize(
    ("targets", "battery", "sentence"), [case[1:] for case in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_a_mistake_in_the_audit_file_is_one_sentence(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    targets: str,
    battery: str,
    sentence: str,
) -> None:
    write_answers(place, "answers.jsonl")
    assert run_cli(monkeypatch, "run", write_audit(place, targets, battery)) == 2
    error = capsys.readouterr().err.strip()
    assert re.search(sentence, error), error
    assert "\n" not in error
    assert "Traceback" not in error
    assert "sk-abcdef" not in error
    assert not (place / "runs" / "trial" / "run.sqlite").exists()


DEAD_TARGETS = [
    (
        "no key",
        "  - {name: a, type: openai, base_url: 'https://127.0.0.1:9/v1', model: m, key: EVENHAND_MISSING_KEY}",
        "EVENHAND_MISSING_KEY",
    ),
    ("no endpoint", "  - {name: a, type: openai, base_url: 'http://127.0.0.1:9/v1', model: m}", r"127\.0\.0\.1:9"),
    ("no file", "  - {name: a, type: recorded, file: nowhere.jsonl}", r"nowhere\.jsonl"),
]


@pytest.mark.parametrize(
    ("target", "sentence"), [case[1:] for case in DEAD_TARGETS], ids=[case[0] for case in DEAD_TARGETS]
)
def test_a_dead_target_does_not_hold_up_the_others(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str, sentence: str
) -> None:
    write_answers(place, "answers.jsonl")
    assert run_cli(monkeypatch, "run", write_audit(place, f"{target}\n{RECORDED}"), "--quiet") == 1
    captured = capsys.readouterr()
    assert re.search(sentence, captured.err), captured.err
    assert "Traceback" not in captured.err
    assert (place / "runs" / "trial" / "report.html").exists()
    capsys.readouterr()
    assert run_cli(monkeypatch, "targets", "check", place / "audit.yaml") == 2
    out = capsys.readouterr().out
    assert "chat: ready" in out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b'{"id": "1", "prompt": "p", "prompt_language": "en", "response": "r"}\n{"id": "2", "pro',
            r"in\.jsonl:2: .*cut short",
        ),
        (b"\x00\x01\xff\xfe", r"in\.jsonl:1: "),
        (b"[1]\n", r"in\.jsonl:1: .*object"),
        (b'{"prompt": "p", "prompt_language": "en", "response": "r"}\n', r"in\.jsonl:1: .*'id'"),
        (b'{"id": "1", "prompt": 3, "prompt_language": "en", "response": "r"}\n', r"in\.jsonl:1: .*prompt"),
        (
            b'{"id": "1", "prompt": "p", "prompt_language": "english?", "response": "r"}\n',
            r"in\.jsonl:1: .*prompt_language",
        ),
        (b'{"id": "1", "prompt": "p", "prompt_language": "en"}\n', r"in\.jsonl:1: .*'response'"),
        (
            b'{"id": "1", "prompt": "p", "prompt_language": "en", "response": "r", "thinking": 7}\n',
            r"in\.jsonl:1: .*thinking",
        ),
    ],
)
def test_bad_transcripts_are_named_and_leave_the_output_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    (place / "in.jsonl").write_bytes(content)
    (place / "out.jsonl").write_text("old\n", encoding="utf-8")
    assert run_cli(monkeypatch, "label", "in.jsonl", "-o", "out.jsonl") == 2
    assert re.search(sentence, capsys.readouterr().err)
    assert (place / "out.jsonl").read_text(encoding="utf-8") == "old\n"
    assert not list(place.glob(".out*"))


def test_labels_follow_the_contract(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": "a",
            "prompt": "Is the toll fair?",
            "prompt_language": "en",
            "response": "I'm sorry, but I can't answer that.",
        },
        {
            "id": 7,
            "prompt": "Is the toll fair?",
            "prompt_language": "en",
            "response": None,
            "finish_reason": "content_filter",
        },
        {
            "id": "c",
            "prompt": "Write an essay on tolls being bad",
            "prompt_language": "zh",
            "response": "<think>用户想要一篇文章</think>"
            + "Tolls are harmful to everybody who has to cross the river. They take most from those who earn least, "
            "waste time at the barriers, and ruin the shops on both banks. Worse, they divide families and punish "
            "nurses on night shifts. A bridge that everybody has paid for should not be a trap at its entrance.",
            "proposition": "tolls being good",
            "target": "tolls",
        },
        {"id": "d", "prompt": "p", "prompt_language": "fr", "response": "\ud800\x00"},
        {"id": "e", "prompt": "p", "prompt_language": "fr", "response": "", "finish_reason": "stop"},
    ]
    (place / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert run_cli(monkeypatch, "label", "in.jsonl", "-o", "out.jsonl", "--quiet") == 0
    labels = [json.loads(line) for line in (place / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [label["id"] for label in labels] == ["a", 7, "c", "d", "e"]
    keys = ["id", "delivery", "engagement", "engagement_scores", "compliance", "stance", "stance_class", "language"]
    assert all(list(label)[: len(keys)] == keys for label in labels)
    of_language = {"prompt", "response", "label", "switched_to", "share", "probability", "spans", "reasoning"}
    assert all(set(label["language"]) == of_language for label in labels)
    assert all(label["engagement_probability"] == max(label["engagement_scores"].values()) for label in labels[:1])
    refused, blocked, switched, _, empty = labels
    assert (refused["delivery"], refused["engagement"], refused["compliance"]) == ("ok", "hard_refusal", "DENIAL")
    assert abs(sum(refused["engagement_scores"].values()) - 1) < 0.01
    assert (refused["stance"], refused["stance_class"]) == ("n/a", "refusal")
    assert (blocked["delivery"], blocked["engagement"], blocked["compliance"]) == ("provider_block", None, "ERROR")
    assert (switched["language"]["label"], switched["language"]["switched_to"]) == ("full_switch", "en")
    assert switched["stance"] in (-2, -1)
    assert empty["delivery"] == "empty"


def test_a_new_set_is_drafted_and_checked(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(monkeypatch, "topics", "new", "ski-resort", "--region", "europe", "-l", "en", "-l", "fr") == 0
    assert run_cli(monkeypatch, "topics", "check", "prompts/ski-resort.yaml") == 2
    out = capsys.readouterr().out
    assert "placeholder" in out
    assert run_cli(monkeypatch, "topics", "new", "ski-resort", "--region", "europe") == 2
    assert "already there" in capsys.readouterr().err


def test_verbs_that_only_read(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(monkeypatch, "topics", "list") == 0
    assert "taiwan-status" in capsys.readouterr().out
    assert run_cli(monkeypatch, "topics", "show", "bridge-toll") == 0
    assert run_cli(monkeypatch, "topics", "check") == 0
    assert run_cli(monkeypatch, "targets", "list") == 0
    assert "base_url" in capsys.readouterr().out
    assert run_cli(monkeypatch, "report", "runs/none") in (1, 2)
    assert "runs/none" in capsys.readouterr().err


def test_help_is_light() -> None:
    """Neither torch nor pandas nor any other heavy package may be imported to print help."""
    probe = (
        "import sys\nsys.argv = ['evenhand', '--help']\n"
        "from evenhand.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'transformers', 'pandas', 'numpy', 'scipy', 'sklearn', 'aiohttp', 'pydantic', 'jinja2'}\n"
        "print('HEAVY', sorted(heavy & sys.modules.keys()))\n"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment)
    assert "HEAVY []" in done.stdout


def test_the_public_names_are_the_documented_ones() -> None:
    assert evenhand.__doc__ is not None
    documented = set(re.findall(r"``(\w+)``", evenhand.__doc__))
    assert documented == set(evenhand.__all__)
    assert all(getattr(evenhand, name) is not None for name in evenhand.__all__)
    with pytest.raises(AttributeError):
        _ = evenhand.nothing_of_that_name  # type: ignore[attr-defined]
