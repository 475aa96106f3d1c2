"""Topic sets as tables and back, and what hostile tables are told."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import TopicSetError, UserError
from evenhand.prompts import TopicSet, content_hash, load_topic_set
from evenhand.prompts.catalogue import packaged_files
from evenhand.prompts.tables import plain_tree, topic_from_table, topic_table, topic_yaml
from evenhand.runtime.transcripts import read_transcripts

BRIDGE = Path(__file__).with_name("bridge-toll.yaml")


def read(text: str, suffix: str = ".csv") -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{suffix}"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        rows = [(row.line, {name: str(cell) for name, cell in row.values.items()}) for row in read_transcripts(path)]
    return topic_from_table(rows)


def reloaded(tree: dict[str, Any]) -> TopicSet:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.yaml"
        path.write_text(topic_yaml(tree), encoding="utf-8")
        return load_topic_set(path)


@pytest.mark.parametrize("path", [BRIDGE, *packaged_files()], ids=lambda path: path.stem)
def test_a_set_survives_the_way_to_a_spreadsheet_and_back(path: Path, tmp_path: Path) -> None:
    topic = load_topic_set(path)
    again = tmp_path / path.name
    again.write_text(topic_yaml(read(topic_table(topic))), encoding="utf-8")
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
    assert TopicSet.model_validate_json(json.dumps(read(topic_table(topic)))) == topic


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


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheets_own_separator_is_understood(delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(csv.reader(io.StringIO(topic_table(load_topic_set(BRIDGE)))))
    assert reloaded(read("\ufeff" + out.getvalue(), ".tsv")) == load_topic_set(BRIDGE)


def test_lines_without_a_path_are_skipped_and_their_order_does_not_matter() -> None:
    header, *lines = topic_table(load_topic_set(BRIDGE)).splitlines()
    table = "\n".join([header, ",,a note,", ",,,", *sorted(lines, reverse=True)])
    assert reloaded(read(table)) == load_topic_set(BRIDGE)


IDS = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,2}", fullmatch=True) | st.sampled_from(
    ["0", "12345678", "states", "languages", "matches", "drafts", "stance", "text", "null", "true", "no", "1e5", "en"]
)


@given(name=IDS, other=IDS, score=st.integers(-2, 2))
def test_any_proposition_id_survives(name: str, other: str, score: int) -> None:
    tree = plain_tree(load_topic_set(BRIDGE))
    tree["propositions"][0]["id"] = tree["questions"][0]["proposition"] = tree["pairs"][0]["proposition"] = name
    tree["formulas"][0]["stance"] = {name: score}
    if other != name:
        tree["propositions"].append({**tree["propositions"][0], "id": other})
        tree["formulas"][0]["stance"][other] = -score
    topic = TopicSet.model_validate_json(json.dumps(tree))
    assert reloaded(read(topic_table(topic))) == topic
    assert reloaded(plain_tree(topic)) == topic


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("id,bridge,\nid.more,x,", 3, "leads nowhere at 'more'"),
        ("ids,bridge,", 2, "leads nowhere at 'ids'"),
        ("questions.a.id,x,", 2, "leads nowhere at 'a'"),
        ("questions.²,x,", 2, "leads nowhere"),
        ("questions.99999.id,x,", 2, "leads nowhere at '99999'"),
        ("questions.-1.id,x,", 2, "leads nowhere"),
        ("states.0,CH,", 2, "leads nowhere"),
        ("formulas.0.stance.a: 1,1,", 2, "leads nowhere at 'a: 1'"),
        ("questions..id,x,", 2, "leads nowhere at ''"),
        (".".join(["questions", "0"] * 5000) + ",x,", 2, "leads nowhere"),
        ("questions.0.id." + "9" * 5000 + ",x,", 2, "leads nowhere"),
        ("questions.0,x,", 2, "no single text or value; name a place in it, such as 0.id"),
        ("propositions.0.favours.examples,,Yes", 2, "such as examples.0"),
        ("id,a,\nid,b,", 3, "stands twice"),
        ("questions.0.text,,a\nquestions.00.text,,b", 3, "stands twice"),
        ("title,Toll,", 2, "'value' is filled in; move the cell to a language's column"),
        ("id,,bridge", 2, "'en' is filled in; move the cell to value"),
    ],
)
def test_a_broken_table_is_one_sentence_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(TopicSetError, match=says) as caught:
        read("path,value,en\n" + text)
    assert caught.value.line == line
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("column", ["xx", "a: b", "EN", "note", "{x", "e\u2028n"])
def test_a_column_that_is_no_language_is_named(column: str) -> None:
    with pytest.raises(TopicSetError, match="is no language tag"):
        read(f"path,value,{column}\ntitle,,Toll")


def test_what_is_left_empty_is_written_as_empty() -> None:
    tree = read("path,value,en\nquestions.0.paraphrases.0,,\npropositions.0.favours.examples.0,,\ntitle,,\n")
    assert topic_yaml(tree).splitlines() == [
        "questions:",
        "  - paraphrases:",
        "      - {}",
        "propositions:",
        "  - favours:",
        "      examples: {}",
        "title: {}",
    ]


@pytest.mark.parametrize("key", ["a: b", "- a", "{", "1", "null", "no", "a\nb", "#a", ""])
def test_no_key_goes_unescaped_into_yaml(key: str) -> None:
    import yaml

    assert yaml.safe_load(topic_yaml({key: "x", "inner": {key: 1}})) == {key: "x", "inner": {key: 1}}


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\ufeffb"])
def test_characters_that_break_lines_are_escaped(text: str) -> None:
    tree = plain_tree(load_topic_set(BRIDGE))
    tree["title"]["en"] = text
    assert reloaded(tree).title["en"] == text


NAMES = "questions pairs formulas stance text propositions favours examples paraphrases title id states 0 1 00 ² toll"
STEPS = st.sampled_from(NAMES.split())
PATHS = st.lists(STEPS | st.text(max_size=5), max_size=12).map(".".join) | st.just(".".join(["0"] * 3000))
CELLS = st.dictionaries(
    st.sampled_from(["path", "value", "en", "fr"]) | st.text(max_size=8), st.text(max_size=12), max_size=4
)


@given(st.lists(st.tuples(PATHS, CELLS), max_size=6))
def test_no_row_escapes_as_another_error(rows: list[tuple[str, dict[str, str]]]) -> None:
    with contextlib.suppress(TopicSetError):
        tree = topic_from_table([(line, {**cells, "path": path}) for line, (path, cells) in enumerate(rows)])
        topic_yaml(tree).encode()


@given(
    columns=st.lists(st.sampled_from(["path", "value", "en", "de"]) | st.text(max_size=6), max_size=5),
    text=st.text(max_size=200),
    delimiter=st.sampled_from(",;\t"),
)
def test_no_table_escapes_as_another_error(columns: list[str], text: str, delimiter: str) -> None:
    with contextlib.suppress(UserError):
        topic_yaml(read(delimiter.join(["path", "value", *columns]) + "\n" + text)).encode()
