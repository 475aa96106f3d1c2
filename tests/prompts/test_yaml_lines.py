"""The YAML reader: plain data, YAML 1.2's core rules, nothing constructed, the line of everything."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import AuditFileError, TopicSetError
from evenhand.probes import BatterySpec
from evenhand.prompts import check_topic_set
from evenhand.prompts.yaml_lines import parse_yaml, read_yaml, validated

FILE = Path("set.yaml")
VALID = Path(__file__).with_name("bridge-toll.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("~", None),
        ("", None), ("1:30", "1:30"), ("017", 17), ("0x1F", "0x1F"), ("1_000", "1_000"), ("-3", -3), ("1.5", 1.5),
        ("1e3", 1000.0), ("1.0.0", "1.0.0"), (".inf", ".inf"), (".nan", ".nan"), ("1e999", "1e999"),
        ("2024-01-02", "2024-01-02"), ("'1'", "1"), ("=", "="), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_plain_words_mean_what_they_say(written: str, value: object) -> None:
    document = parse_yaml(f"a: {written}\n", FILE, TopicSetError)
    assert document.data == {"a": value}
    assert type(document.data["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: &x 2\n", 2, "'x'"),
        ("a: 1\nb: *x\n", 2, "'x'"),
        ("a: 1\nb: !!bool x\n", 2, "tag"),
        ("a: 1\nb: !!int x\n", 2, "tag"),
        ("a: 1\nb: !!binary aGk=\n", 2, "tag"),
        ("a: 1\nb: 2\na: 3\n", 3, "first on line 1"),
        ("a: 1\n2: b\n", 2, "'2'"),
        ("a: 1\ntrue: b\n", 2, "'true'"),
        ("a: 1\n[b]: c\n", 2, "key"),
        ('a: 1\nb: "\\0"\n', 2, "control character"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a:\n" + "".join(" " * depth + "k:\n" for depth in range(1, 200)), 61, "nested"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(AuditFileError, match=says) as caught:
        parse_yaml(text, FILE, AuditFileError)
    assert caught.value.line == line
    assert caught.value.fix


def test_lines_are_those_of_keys_and_entries() -> None:
    document = parse_yaml(
        "a:\n  - x\n  -\n    b: |\n      long\n      text\n    c: 1\nd: {e: 2}\n", FILE, TopicSetError
    )
    assert document.data == {"a": ["x", {"b": "long\ntext\n", "c": 1}], "d": {"e": 2}}
    assert [document.line(path) for path in [("a",), ("a", 0), ("a", 1, "b"), ("a", 1, "c"), ("d", "e")]] == [
        1,
        2,
        4,
        7,
        8,
    ]
    assert document.line(("a", 1, "absent", 4)) == 4


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("ab1.:-[]{},?!&*|>'\"%@#\\ \n\té语\x00\u2028")), max_size=60))
def test_no_text_escapes_as_another_error(text: str) -> None:
    sentence = ""
    try:
        json.dumps(parse_yaml(text, FILE, TopicSetError).data, allow_nan=False)
    except TopicSetError as error:
        sentence = str(error)
    assert "\n" not in sentence


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\ufffe\uffff\u2028\u2029"),
    max_size=12,
)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(words, trees, max_size=4))
def test_json_is_read_as_json(data: dict[str, object]) -> None:
    # JSON is YAML 1.2, apart from surrogate escapes and the line separators that end a line inside a quoted YAML text.
    text = json.dumps(data, ensure_ascii=False)
    assert parse_yaml(text, FILE, TopicSetError).data == data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(AuditFileError, match="not a file"):
        read_yaml(tmp_path / "pipe.yaml", AuditFileError)


def test_a_name_that_no_file_can_have_is_one_sentence() -> None:
    with pytest.raises(AuditFileError, match="cannot be read"):
        read_yaml(Path("a\0b.yaml"), AuditFileError)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('repeats: "3"', "repeats is '3', but must be a whole number"),
        ("repeats: true", "a whole number"),
        ("repeats: 1.0", "a whole number"),
        ("paraphrases: yes", "true or false"),
        ("sets: hello", "sets is 'hello', but must be a list or 'all'"),
        ("sets: [1]", "sets.0 is 1, but must be text"),
        ("languages: [english]", "languages.0: 'english' is no BCP-47 language tag"),
        ("sampel: 3", "no key 'sampel'"),
    ],
)
def test_a_wrong_value_is_one_fault_in_the_files_own_words(text: str, says: str) -> None:
    value, faults = validated(parse_yaml(text, FILE, AuditFileError), BatterySpec)
    assert value is None
    (fault,) = faults
    assert says in fault.problem
    assert fault.fix


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("      fr: [qui l'utilise le paie]\n", "", "missing-translation"),
        ("[qui l'utilise le paie]", "[]", "missing-translation"),
        ("title:\n  en: Toll on the old bridge\n  fr: Péage du vieux pont", "title: {}", "missing-translation"),
        ("languages: [en, fr]", "languages: [en, fr, en]", "duplicate-language"),
        (
            "fr: Faut-il payer pour traverser le vieux pont ?",
            "fr: Should people pay to cross the old bridge?",
            "untranslated",
        ),
        ("cross the old bridge?", "cross the\u202e old bridge?", "hidden-character"),
    ],
)
def test_gaps_in_languages_and_hidden_text_are_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in VALID
    path = tmp_path / "bridge-toll.yaml"
    path.write_text(VALID.replace(old, new, 1), encoding="utf-8")
    assert code in {defect.code for defect in check_topic_set(path)}
