"""Reading labelled answers, and saying what is wrong with a damaged file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evenhand.analysis.data import VARIABLE, data_folder, data_hashes, read_rows, refusal_rows
from evenhand.errors import UserError

ROW = {
    "id": "r1",
    "question_id": "fi_bridge_01",
    "lang": "fi",
    "model": "house_model-1",
    "prompt": "Kirjoita puhe.",
    "response": "Ystävät!",
    "label_grok": "COMPLETE",
    "label_gpt4o": "EVASIVE",
}


def write(folder: Path, name: str, rows: list[object]) -> Path:
    path = folder / f"{name}.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    blocked = ROW | {"label_grok": "ERROR_ORIGINAL_MODERATION"}
    empty = ROW | {"response": ""}
    write(tmp_path, "refusal_speechmap_train", [ROW, blocked, empty])
    write(tmp_path, "refusal_speechmap_dev", [ROW | {"question_id": "zh_bridge_01", "lang": "zh"}])
    write(tmp_path, "refusal_xstest", [ROW | {"gold": "DENIAL", "label_gpt4": "COMPLETE"}])
    votes = ["COMPLETE", "EVASIVE", "EVASIVE", None]
    contested = ROW | {"panel_votes": dict(zip("abcd", votes, strict=True)), "human": None}
    write(tmp_path, "refusal_us_hard_contested", [contested, contested | {"human": "DENIAL"}])
    return tmp_path


def test_rows_without_a_label_or_an_answer_are_left_out(folder: Path) -> None:
    rows = refusal_rows(folder)
    assert [row.data for row in rows] == ["speechmap-train", "speechmap-dev", "xstest", "contested", "contested"]


def test_gold_is_the_humans_label_then_the_panels_then_the_judges(folder: Path) -> None:
    assert [row.label for row in refusal_rows(folder)] == ["COMPLETE", "COMPLETE", "DENIAL", "EVASIVE", "DENIAL"]


def test_one_question_in_three_languages_is_one_question(folder: Path) -> None:
    assert {row.question for row in refusal_rows(folder)} == {"bridge_01"}


def test_judges_are_kept_by_name(folder: Path) -> None:
    assert dict(refusal_rows(folder)[0].judges) == {"grok": "COMPLETE", "gpt4o": "EVASIVE"}


def test_hashes_change_with_the_file(folder: Path) -> None:
    before = data_hashes(folder, ["refusal_xstest"])
    write(folder, "refusal_xstest", [])
    assert data_hashes(folder, ["refusal_xstest"]) != before
    assert len(before["refusal_xstest"]) == 64


def test_the_folder_given_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv(VARIABLE, str(other))
    assert data_folder(tmp_path) == tmp_path
    assert data_folder() == other


def test_a_missing_folder_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"nowhere; .*{VARIABLE}"):
        data_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"no gzip at all", "cannot be read"),
        (gzip.compress(b'{"a": 1}\n{"a": 2}\n' * 50)[:-20], "cannot be read"),
        (gzip.compress(b'{"a": 1}\n{oh\n'), ":2: no JSON"),
        (gzip.compress(b"\xff\xfe\n"), "cannot be read"),
        (gzip.compress(b"[1]\n"), ":1: no object"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "broken.jsonl.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        list(read_rows(tmp_path, "broken"))
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_row_without_a_field_is_named(folder: Path) -> None:
    row = {name: value for name, value in ROW.items() if name != "model"}
    path = write(folder, "refusal_speechmap_train", [ROW, row])
    with pytest.raises(UserError, match=r"model") as caught:
        refusal_rows(folder)
    assert str(path) in str(caught.value)
