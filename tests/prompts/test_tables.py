"""Topic sets as tables and back, and what hostile tables are told."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import TopicSetError
from evenhand.prompts import TopicSet, content_hash, load_topic_set
from evenhand.prompts.catalogue import packaged_files
from evenhand.prompts.tables import plain_tree, topic_from_table, topic_table, topic_yaml

BRIDGE = Path(__file__).with_name("bridge-toll.yaml")


@pytest.mark.parametrize("path", [BRIDGE, *packaged_files()], ids=lambda path: path.stem)
def test_a_set_survives_the_way_to_a_spreadsheet_and_back(path: Path, tmp_path: Path) -> None:
    topic = load_topic_set(path)
    again = tmp_path / path.name
    again.write_text(topic_yaml(topic_from_table(topic_table(topic))), encoding="utf-8")
    assert load_topic_set(again) == topic
    assert content_hash(load_topic_set(again)) == content_hash(topic)


@pytest.mark.parametrize("path", [BRIDGE, *packaged_files()], ids=lambda path: path.stem)
def test_a_set_written_as_yaml_is_the_same_set(path: Path, tmp_path: Path) -> None:
    topic = load_topic_set(path)
    again = tmp_path / path.name
    again.write_text(topic_yaml(plain_tree(topic)), encoding="utf-8")
    assert load_topic_set(again) == topic


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(str.strip)


@given(title=TEXT, example=TEXT, note=TEXT)
def test_any_text_survives(title: str, example: str, note: str) -> None:
    tree = plain_tree(load_topic_set(BRIDGE))
    tree["title"]["en"] = title
    tree["propositions"][0]["favours"]["examples"]["fr"] = [example, title]
    tree["pairs"][0]["parity_note"] = note
    topic = TopicSet.model_validate_json(json.dumps(tree))
    assert TopicSet.model_validate_json(json.dumps(topic_from_table(topic_table(topic)))) == topic


def test_a_table_has_one_line_a_text_and_one_column_a_language() -> None:
    rows = list(csv.DictReader(io.StringIO(topic_table(load_topic_set(BRIDGE)))))
    question = next(row for row in rows if row["path"] == "questions.0.text")
    assert question == {
        "path": "questions.0.text",
        "value": "",
        "en": "Should people pay to cross the old bridge?",
        "fr": "Faut-il payer pour traverser le vieux pont ?",
    }
    assert {row["path"]: row["value"] for row in rows}["controls.0.matches"] == "should-cost"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "does not name its columns"),
        ("en,fr\nYes,Oui\n", 1, "does not name its columns"),
        ("path,value,en\nid\n", 2, "too few cells"),
        ("path,value,en\nid,bridge,,\n", 2, "too many"),
        ("path,value,en\nid,bridge,\nid.more,x,\n", 3, "leads through a value"),
        ('path,value,en\nid,"bri\n', 2, "broken"),
    ],
)
def test_a_broken_table_is_one_sentence_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(TopicSetError, match=says) as caught:
        topic_from_table(text)
    assert caught.value.line == line


@given(st.text(max_size=200))
def test_no_table_escapes_as_another_error(text: str) -> None:
    with contextlib.suppress(TopicSetError):
        topic_from_table("path,value,en\n" + text)
