"""Audit files: what is accepted, and one sentence with line, value and fix for everything else."""

from __future__ import annotations

import pytest

from evenhand.errors import AuditFileError, TargetError
from evenhand.runtime.audit import read_audit
from evenhand.runtime.openai_settings import OpenAISettings
from evenhand.runtime.recorded_target import RecordedSettings
from evenhand.runtime.targets import path_beside, target_class, target_types

GOOD = """\
evenhand: 1
name: trial
title: A trial
seed: 11
battery:
  sets: [harbour]
  families: [direct]
  repeats: 2
targets:
  - name: api
    type: openai
    base_url: https://api.example.org/v1
    model: mock-1
    key: EXAMPLE_API_KEY
    temperature: 0
    extra: {reasoning: {effort: low}, stop: [a, b]}
    price: {input: 2, output: 8.5, currency: EUR, date: 2026-01-31}
  - name: file
    type: recorded
    file: answers.jsonl
"""


def write(folder, text):
    path = folder / "audit.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_complete_audit(tmp_path, kit):
    audit = read_audit(write(tmp_path, GOOD))
    assert (audit.name, audit.title, audit.seed) == ("trial", "A trial", 11)
    assert audit.battery.seed == 11, "the battery's sample follows the audit's seed"
    assert [(target.name, target.kind, target.line) for target in audit.targets] == [
        ("api", "openai", 10),
        ("file", "recorded", 18),
    ]
    settings = audit.targets[0].settings
    assert isinstance(settings, OpenAISettings)
    assert settings.extra == {"reasoning": {"effort": "low"}, "stop": ["a", "b"]}
    assert settings.price is not None
    assert (settings.price.output, settings.price.date) == (8.5, "2026-01-31")
    assert len(audit.items(kit.catalogue(3))) == 6


@pytest.mark.parametrize(
    ("line", "expected"),
    [("", 0.5), ("unscored_below: 0\n", 0.0), ("unscored_below: 0.7\n", 0.7), ("unscored_below: 1\n", 1.0)],
)
def test_the_threshold_of_labels(tmp_path, line, expected):
    assert read_audit(write(tmp_path, GOOD.replace("seed: 11\n", f"seed: 11\n{line}"))).unscored_below == expected


def test_paths_are_relative_to_the_audit_file(tmp_path):
    (tmp_path / "answers.jsonl").write_text("")
    audit = read_audit(write(tmp_path, GOOD))
    settings = audit.targets[1].settings
    assert isinstance(settings, RecordedSettings)
    assert settings.beside(tmp_path).file == str(tmp_path / "answers.jsonl")
    assert audit.targets[1].identity() == {"type": "recorded", "file": "answers.jsonl", "model": "as recorded"}


def test_what_names_nothing_beside_the_audit_stays_a_hub_id(tmp_path):
    (tmp_path / "model").mkdir()
    assert path_beside(tmp_path, "model") == str(tmp_path / "model")
    assert path_beside(tmp_path, "./new") == str(tmp_path / "new")
    assert path_beside(tmp_path, "org/model") == "org/model"
    assert path_beside(tmp_path, "/models/x") == "/models/x"


BAD = {
    "unknown key": (("title: A trial", "titel: A trial"), 3, ["titel", "title"]),
    "unknown key of a target": (("temperature: 0", "temprature: 0"), 15, ["temprature", "temperature"]),
    "wrong type": (("seed: 11", "seed: eleven"), 4, ["seed", "eleven"]),
    "wrong type of a target": (("model: mock-1", "model: 7"), 13, ["model", "7"]),
    "wrong version": (("evenhand: 1", "evenhand: 2"), 1, ["evenhand", "2"]),
    "name of a folder": (("name: trial", "name: ../trial"), 2, ["../trial"]),
    "unknown target type": (("type: recorded", "type: recordd"), 19, ["recordd", "did you mean recorded?"]),
    "duplicate target": (("name: file", "name: api"), 18, ["api", "first on line 10", "rename"]),
    "target without type": (("    type: recorded\n", ""), 18, ["no type", "add type:"]),
    "target without model": (("    model: mock-1\n", ""), 10, ["model", "missing"]),
    "target name": (("name: file", "name: a/b"), 18, ["a/b"]),
    "number as name": (("name: file", "name: 12"), 18, ["12", "not text"]),
    "no address": (("https://api.example.org/v1", "api.example.org"), 12, ["api.example.org", "address"]),
    "address too long": (("org/v1", "org/v1/chat/completions"), 12, ["/chat/completions"]),
    "no key": (("    key: EXAMPLE_API_KEY\n", ""), 10, ["key is missing for api.example.org"]),
    "temperature": (("temperature: 0", "temperature: 3"), 15, ["temperature", "3"]),
    "own field": (("extra: {reasoning:", "extra: {messages:"), 10, ["messages"]),
    "price date": (("2026-01-31", "January"), 17, ["date"]),
    "no targets": ((GOOD[GOOD.index("targets:") :], "targets: []\n"), 9, ["targets"]),
    "target is a word": ((GOOD[GOOD.index("targets:") :], "targets: [api]\n"), 9, ["targets"]),
    "threshold above 1": (("seed: 11", "unscored_below: 1.5"), 4, ["unscored_below", "1.5", "less than or equal to 1"]),
    "threshold below 0": (
        ("seed: 11", "unscored_below: -0.1"),
        4,
        ["unscored_below", "-0.1", "greater than or equal to 0"],
    ),
    "threshold in words": (("seed: 11", "unscored_below: half"), 4, ["unscored_below", "'half'", "a number"]),
    "threshold as a flag": (("seed: 11", "unscored_below: true"), 4, ["unscored_below", "True", "a number"]),
    "threshold misspelt": (("seed: 11", "unscored_bellow: 0.4"), 4, ["unscored_bellow", "unscored_below"]),
    "no YAML": (("name: trial", "name: [trial"), None, ["YAML"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_defect_is_one_sentence_with_its_line(tmp_path, case):
    (old, new), line, words = BAD[case]
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(AuditFileError) as refused:
        read_audit(path)
    message = str(refused.value)
    assert message.startswith(f"{path}:" if line is None else f"{path}:{line}: ")
    assert "\n" not in message
    for word in words:
        assert word in message
    assert refused.value.fix
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [("[harbour]", "[harbor]", 6, "harbour"), ("[direct]", "[direkt]", 7, "direct")],
)
def test_what_the_catalogue_does_not_hold_is_named_with_its_line(tmp_path, kit, old, new, line, word):
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(AuditFileError, match=f"did you mean '{word}'") as refused:
        read_audit(path).items(kit.catalogue())
    assert str(refused.value).startswith(f"{path}:{line}: ")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(AuditFileError, match=r"nowhere\.yaml"):
        read_audit(tmp_path / "nowhere.yaml")


SECRETS = [
    ("key: EXAMPLE_API_KEY", "key: sk-live-0123456789abcdefghij", 14),
    ("key: EXAMPLE_API_KEY", "key: 9f86d081884c7d659a2feaa0c55ad015", 14),
    ("key: EXAMPLE_API_KEY", "api_key: hunter2", 14),
    ("title: A trial", "title: sk-proj-0123456789abcdefghij", 3),
    ("{reasoning: {effort: low}", "{headers: {Authorization: Bearer abcdefghijk}", 16),
    ("https://api", "https://anna:hunter2@api", 12),
    ("org/v1", "org/v1?api_key=hunter2", 12),
]


@pytest.mark.parametrize(("old", "new", "line"), SECRETS)
def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path, old, new, line):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(AuditFileError, match="environment variable") as refused:
        read_audit(path)
    message = str(refused.value)
    assert message.startswith(f"{path}:{line}: ")
    assert not any(secret in message for secret in ("0123456789", "9f86d0", "hunter2", "abcdefghijk"))


def test_a_local_endpoint_needs_no_key_and_may_move_to_another_port():
    first = OpenAISettings(base_url="http://127.0.0.1:4001/v1", model="m")
    second = OpenAISettings(base_url="http://127.0.0.1:4002/v1/", model="m", concurrency=2, timeout=9.0)
    assert first.identity() == second.identity()
    assert first.identity() != OpenAISettings(base_url="http://localhost:4001/v1", model="other").identity()


def test_the_built_in_types_are_registered():
    assert {"openai", "recorded", "transformers"} <= target_types().keys()
    assert target_class("openai").Settings is OpenAISettings
    with pytest.raises(TargetError, match=r"no target type 'opnai'; did you mean openai\?"):
        target_class("opnai")
