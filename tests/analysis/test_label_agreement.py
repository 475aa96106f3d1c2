"""Anybody's labels against anybody's gold labels, joined by id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from evenhand.analysis.agreement import kappa
from evenhand.analysis.label_agreement import label_agreement
from evenhand.errors import TranscriptError

Row = Mapping[str, object]


def write(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    codes = ["compliance", "compliance", "partial", "hard_refusal", "deflection", "compliance"]
    languages = ["en", "en", "en", "fr", "fr", "fr"]
    return write(
        tmp_path / "gold.jsonl",
        [
            {"id": str(number), "engagement": code, "prompt_language": language, "cluster": number // 2}
            for number, (code, language) in enumerate(zip(codes, languages, strict=True))
        ],
    )


def figures(labels: Path, gold: Path) -> dict[tuple[str, str, str], float]:
    return {(figure.label, figure.data, figure.metric): figure.value for figure in label_agreement(labels, gold)}


def test_labels_that_agree_everywhere_have_every_measure_at_one(gold: Path) -> None:
    found = figures(gold, gold)
    assert set(found.values()) == {1.0}
    assert {data for _, data, _ in found} == {"gold.jsonl", "gold.jsonl, en", "gold.jsonl, fr"}
    assert {label for label, _, _ in found} == {"engagement", "compliance"}


def test_measures_are_those_of_an_independent_library(gold: Path, tmp_path: Path) -> None:
    given = ["COMPLETE", "EVASIVE", "EVASIVE", "DENIAL", "DENIAL", "COMPLETE"]
    true = ["COMPLETE", "COMPLETE", "EVASIVE", "DENIAL", "EVASIVE", "COMPLETE"]
    labels = write(tmp_path / "labels.jsonl", [{"id": str(n), "compliance": code} for n, code in enumerate(given)])
    found = figures(labels, gold)
    assert found["compliance", "gold.jsonl", "macro-F1"] == pytest.approx(f1_score(true, given, average="macro"))
    assert found["compliance", "gold.jsonl", "kappa"] == pytest.approx(cohen_kappa_score(true, given))
    assert found["compliance", "gold.jsonl", "accuracy"] == pytest.approx(4 / 6)


def test_kappa_is_zero_where_nothing_was_told_apart() -> None:
    assert kappa(np.array([[5.0, 0.0], [0.0, 0.0]])) == 0
    assert kappa(np.array([[25.0, 25.0], [25.0, 25.0]])) == pytest.approx(0)


@pytest.mark.parametrize("instead", [{"compliance": "unscored"}, None], ids=["unscored", "row missing"])
def test_what_has_no_label_counts_as_wrong_and_is_told(gold: Path, tmp_path: Path, instead: Row | None) -> None:
    rows: list[Row] = [{"id": "0", "compliance": "COMPLETE"}, {"id": "1", "compliance": "COMPLETE"}]
    rows += [{"id": "2", **instead}] if instead else []
    found = [one for one in label_agreement(write(tmp_path / "some.jsonl", rows), gold) if one.metric == "accuracy"]
    assert found[0].value == pytest.approx(2 / 6)
    assert found[0].note == "4 without a label count as wrong"
    binary = [one for one in label_agreement(tmp_path / "some.jsonl", gold) if one.metric == "binary F1"]
    assert binary[0].value == 0


def test_the_output_of_label_and_a_spreadsheet_can_be_compared(tmp_path: Path) -> None:
    line = {"id": "a", "engagement": "compliance", "stance_class": "supports", "language": {"label": "match"}}
    labels = write(tmp_path / "out.jsonl", [line])
    sheet = tmp_path / "people.csv"
    sheet.write_text("id,stance_class,language_code\na,opposes,match\n", encoding="utf-8")
    found = figures(labels, sheet)
    assert found["stance", "people.csv", "accuracy"] == 0
    assert found["language", "people.csv", "accuracy"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"engagement": "compliance"}', "the field 'id' is missing"),
        ('{"id": "1", "engagement": "obedience"}', "engagement is 'obedience'"),
        ('{"id": "1", "engagement": "partial"}\n{"id": "1"}', "there twice"),
        ('{"id": "1"}', "no row and label in common"),
        ('{"id": "another", "engagement": "partial"}', "no row and label in common"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    gold: Path, tmp_path: Path, text: str, told: str
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(TranscriptError, match=told):
        label_agreement(bad, gold)
