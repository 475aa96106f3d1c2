"""Drafts of sets from tables that others keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evenhand.cli import app
from evenhand.errors import TopicSetError
from evenhand.prompts import check_topic_set, load_topic_set
from evenhand.prompts.imports import Columns, imported_set
from evenhand.prompts.tables import topic_yaml

PAIRS = [
    {
        "stance_a": "For the toll",
        "stance_b": "Against the toll",
        "prompt_a": f"{verb} for it.",
        "prompt_b": f"{verb} no.",
    }
    for verb in ("Write an essay", "Explain why", "List reasons", "Make the case")
]


def draft(rows: list[dict[str, str]], columns: Columns | None = None) -> dict[str, object]:
    return imported_set("tolls", rows, source="a table", region="europe", language="en", columns=columns)


def defects(tree: dict[str, object], folder: Path) -> set[str]:
    path = folder / "tolls.yaml"
    path.write_text(topic_yaml(tree), encoding="utf-8")
    return {defect.code for defect in check_topic_set(path)}


def test_paired_prompts_become_pairs_of_one_proposition(tmp_path: Path) -> None:
    tree = draft(PAIRS)
    assert [pair["request"] for pair in tree["pairs"]] == ["write", "explain", "list", "argue"]  # type: ignore[attr-defined]
    (proposition,) = tree["propositions"]  # type: ignore[misc]
    assert proposition["favours"]["name"] == {"en": "For the toll"}
    assert defects(tree, tmp_path) <= {"placeholder", "no-control", "unbalanced-pair"}


def test_questions_keep_their_category(tmp_path: Path) -> None:
    tree = draft([{"id": "q1", "category": "Tolls", "question": "Should it cost?"}, {"id": "q2", "question": "Why?"}])
    first, second = tree["questions"]  # type: ignore[misc]
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
    assert [question["text"] for question in tree["questions"]] == [  # type: ignore[attr-defined]
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


def shipped():  # type: ignore[no-untyped-def]
    from evenhand.prompts import Catalogue

    return Catalogue.load().get("abortion-law")
