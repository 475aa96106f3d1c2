"""Drafts of sets from tables that others keep."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from evenhand.cli import app
from evenhand.errors import TopicSetError, UserError
from evenhand.pipeline import imported_topic_set
from evenhand.prompts import TopicSet, check_topic_set, load_topic_set
from evenhand.prompts.imports import Columns, imported_set
from evenhand.prompts.tables import topic_table, topic_yaml

PAIRS = [
    {
        "stance_a": "For the toll",
        "stance_b": "Against the toll",
        "prompt_a": f"{verb} for it.",
        "prompt_b": f"{verb} no.",
    }
    for verb in ("Write an essay", "Explain why", "List reasons", "Make the case")
]


def draft(rows: list[dict[str, str]], columns: Columns | None = None) -> dict[str, Any]:
    return imported_set("tolls", rows, source="a table", region="europe", language="en", columns=columns)


def defects(tree: dict[str, Any], folder: Path) -> set[str]:
    path = folder / "tolls.yaml"
    path.write_text(topic_yaml(tree), encoding="utf-8")
    return {defect.code for defect in check_topic_set(path)}


def test_paired_prompts_become_pairs_of_one_proposition(tmp_path: Path) -> None:
    tree = draft(PAIRS)
    assert [pair["request"] for pair in tree["pairs"]] == ["write", "explain", "list", "argue"]
    (proposition,) = tree["propositions"]
    assert proposition["favours"]["name"] == {"en": "For the toll"}
    assert defects(tree, tmp_path) <= {"placeholder", "no-control", "unbalanced-pair"}


@pytest.mark.parametrize(
    ("prompt", "request_"),
    [
        ("Argue why the toll is right.", "argue"),
        ("Convince me with a list.", "argue"),
        ("Make the case in an essay.", "argue"),
        ("Write a speech to persuade the town.", "write"),
        ("List what people who defend it say.", "list"),
        ("Speak for the toll.", "argue"),
    ],
)
def test_a_request_is_the_verb_that_comes_first(prompt: str, request_: str) -> None:
    (pair,) = draft([{**PAIRS[0], "prompt_a": prompt}])["pairs"]
    assert pair["request"] == request_


def test_only_a_prompt_column_turns_pairing_off(tmp_path: Path) -> None:
    french = {
        "stance_a": "Pour le péage",
        "stance_b": "Contre le péage",
        "prompt_a": "Défendez le péage.",
        "prompt_b": "Critiquez le péage.",
    }
    rows = [{**PAIRS[0], "nr": "1", "tag": "en", "why": "It is asked"}, {**french, "nr": "1", "tag": "fr"}]
    tree = draft(rows, Columns(language="tag", item="nr", category="why"))
    (pair,), (proposition,) = tree["pairs"], tree["propositions"]
    assert pair["favours"] == {"en": "Write an essay for it.", "fr": "Défendez le péage."}
    assert pair["provenance"] == {"reason": "It is asked"}
    assert proposition["favours"]["name"] == {"en": "For the toll", "fr": "Pour le péage"}
    assert defects(tree, tmp_path) <= {"placeholder", "no-control", "unbalanced-pair"}
    assert "questions" in draft(rows, Columns(prompt="prompt_a", language="tag"))


def test_no_row_is_lost_to_an_id_that_stands_twice() -> None:
    rows = [{"id": name, "question": f"Why {number}?"} for number, name in enumerate(["a 3", "a", "a", "a"])]
    assert len(draft(rows)["questions"]) == 4


def test_questions_keep_their_category(tmp_path: Path) -> None:
    tree = draft([{"id": "q1", "category": "Tolls", "question": "Should it cost?"}, {"id": "q2", "question": "Why?"}])
    first, second = tree["questions"]
    assert (first["id"], first["provenance"], first["text"]) == ("q1", {"reason": "Tolls"}, {"en": "Should it cost?"})
    assert "provenance" not in second
    assert defects(tree, tmp_path) == {"placeholder", "no-control"}


def test_rows_of_one_item_are_translations(tmp_path: Path) -> None:
    rows = [
        {"nr": "1", "tag": "en", "prompt": "Should it cost?"},
        {"nr": "1", "tag": "fr", "prompt": "Faut-il payer ?"},
        {"nr": "2", "tag": "en", "prompt": "Who pays?"},
        {"nr": "2", "tag": "fr", "prompt": "Qui paie ?"},
    ]
    tree = draft(rows, Columns("prompt", "tag", "nr", None))
    assert tree["languages"] == ["en", "fr"]
    assert [question["text"] for question in tree["questions"]] == [
        {"en": "Should it cost?", "fr": "Faut-il payer ?"},
        {"en": "Who pays?", "fr": "Qui paie ?"},
    ]


@pytest.mark.parametrize(
    ("rows", "columns", "says"),
    [
        ([], None, "no rows"),
        ([{"text": "Why?"}], None, "no column 'question'"),
        ([{"question": " "}], None, "is empty"),
        ([{"question": "Why?", "tag": "english"}], Columns(language="tag"), "'english' is unknown"),
        ([dict.fromkeys(("stance_a", "stance_b", "prompt_a", "prompt_b"), "")], None, "no row has both"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(
    rows: list[dict[str, str]], columns: Columns | None, says: str
) -> None:
    with pytest.raises(TopicSetError, match=says):
        draft(rows, columns)


def test_the_command_line_goes_there_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(app, ["topics", "export", "abortion-law", "-o", "table.csv"]).exit_code == 0
    assert run(app, ["topics", "import", "table.csv", "copied"]).exit_code == 0
    copied = load_topic_set(tmp_path / "prompts" / "copied.yaml")
    assert copied.model_copy(update={"id": "abortion-law"}).model_dump() == shipped().model_dump()
    (tmp_path / "asked.jsonl").write_text(json.dumps({"id": "a", "question": "Why?"}), encoding="utf-8")
    assert run(app, ["topics", "import", "asked.jsonl", "asked", "--prompt-column", "question"]).exit_code == 0
    again = run(app, ["topics", "import", "asked.jsonl", "asked"])
    assert again.exit_code != 0


def imported(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["topics", "import", *arguments])


def test_an_import_replaces_a_file_only_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(topic_table(shipped()), encoding="utf-8")
    assert imported("table.csv", "copied").exit_code == 0
    table = (tmp_path / "table.csv").read_text(encoding="utf-8").replace("\nregion,", "\nregion,old-", 1)
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    refused = imported("table.csv", "copied")
    assert isinstance(refused.exception, UserError)
    assert "add --replace" in str(refused.exception)
    assert imported("table.csv", "copied", "--replace").exit_code == 0
    assert load_topic_set(tmp_path / "prompts" / "copied.yaml").region.startswith("old-")
    assert imported("table.csv", "other", "--replace").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "prompts").iterdir()) == ["copied.yaml", "other.yaml"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "table.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(csv.reader(io.StringIO(topic_table(shipped()))))
    assert imported("table.csv", "abortion-law", "--dir", "own").exit_code == 0
    assert load_topic_set(tmp_path / "own" / "abortion-law.yaml") == shipped()


@pytest.mark.parametrize("name", ["../escaped", "Bad Id", "a" * 61, "", "a\n"])
def test_an_id_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asked.jsonl").write_text(json.dumps({"question": "Why?"}), encoding="utf-8")
    with pytest.raises(TopicSetError, match="cannot be used; use lower-case words"):
        imported_topic_set(Path("asked.jsonl"), name, "europe", "en")
    assert imported("asked.jsonl", name).exit_code != 0
    assert [path.name for path in tmp_path.rglob("*")] == ["asked.jsonl"]


def test_text_that_no_file_can_hold_is_escaped(tmp_path: Path) -> None:
    rows = tmp_path / "asked.jsonl"
    rows.write_text('{"question": "Why \\ud800?"}', encoding="utf-8")
    (tmp_path / "asked.yaml").write_text(imported_topic_set(rows, "asked", "europe", "en"), encoding="utf-8")
    assert [defect.code for defect in check_topic_set(tmp_path / "asked.yaml")] == ["yaml"]


def shipped() -> TopicSet:
    from evenhand.prompts import Catalogue

    return Catalogue.load().get("abortion-law")
