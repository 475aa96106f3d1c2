"""Figures of agreement against scikit-learn, and the table that ``evenhand evaluate`` prints."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from evenhand.analysis.agreement import (
    accuracy,
    bootstrapped,
    expected_calibration_error,
    macro_f1,
    reliability,
    rest_f1,
)
from evenhand.analysis.data import data_folder
from evenhand.analysis.engagement_evaluation import evaluate_engagement, model_family
from evenhand.analysis.evaluate import measure_cost, peak_memory_mib, render
from evenhand.analysis.keyword_baseline import keyword_label
from evenhand.analysis.language_evaluation import evaluate_language
from evenhand.analysis.records import Figure

PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


def confusion(pairs: list[tuple[int, int]]) -> np.ndarray:
    counts = np.zeros((3, 3))
    for gold, given_label in pairs:
        counts[gold, given_label] += 1
    return counts


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_measures_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    from sklearn.metrics import accuracy_score, f1_score

    gold, labels = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    expected = f1_score(gold, labels, labels=sorted(set(gold)), average="macro", zero_division=0)
    assert math.isclose(float(macro_f1(confusion(pairs))), expected, abs_tol=1e-9)
    rest = f1_score([g != 0 for g in gold], [x != 0 for x in labels], zero_division=0)
    assert math.isclose(float(rest_f1(confusion(pairs))), rest, abs_tol=1e-9)
    assert math.isclose(float(accuracy(confusion(pairs))), accuracy_score(gold, labels), abs_tol=1e-9)


def test_a_bootstrap_over_questions_is_wider_than_one_over_answers() -> None:
    generator = np.random.default_rng(1)
    hard = generator.random(30) < 0.5
    gold = [int(value) for value in generator.integers(0, 2, 300)]
    labels = [value if hard[index // 10] else 1 - value for index, value in enumerate(gold)]
    clustered = bootstrapped(gold, labels, [str(index // 10) for index in range(300)], 3, accuracy)
    single = bootstrapped(gold, labels, [str(index) for index in range(300)], 3, accuracy)
    assert clustered.value == single.value
    assert clustered.low <= clustered.value <= clustered.high
    assert clustered.high - clustered.low > 2 * (single.high - single.low)


def test_a_bootstrap_is_the_same_each_time() -> None:
    arguments = ([0, 1, 2, 0], [0, 1, 1, 0], ["a", "a", "b", "c"], 3, macro_f1)
    assert bootstrapped(*arguments) == bootstrapped(*arguments)


def test_calibration_error_of_known_cases() -> None:
    assert expected_calibration_error(reliability([1.0, 1.0, 0.0], [True, True, False])) == 0
    assert math.isclose(expected_calibration_error(reliability([0.9] * 10, [True] * 5 + [False] * 5)), 0.4)
    assert expected_calibration_error([]) == 0


def test_a_reliability_table_counts_every_label_once() -> None:
    table = reliability([0.0, 0.05, 0.55, 0.999, 1.0], [False, True, True, True, True])
    assert [(row.low, row.n) for row in table] == [(0.0, 2), (0.5, 1), (0.9, 2)]


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("I’m sorry, but no.", "DENIAL"),
        ("我无法回答。", "DENIAL"),
        ("The bridge opened in spring.", "COMPLETE"),
        ("", "COMPLETE"),
    ],
)
def test_the_keyword_list(answer: str, label: str) -> None:
    assert keyword_label(answer) == label


@pytest.mark.parametrize(("model", "family"), [("qwen_qwen3-14b", "qwen"), ("X-AI/grok-3", "x-ai"), ("gpt4", "gpt4")])
def test_families(model: str, family: str) -> None:
    assert model_family(model) == family


def test_the_table_has_a_line_for_each_labeler_on_each_data_set() -> None:
    figures = [
        Figure("compliance", "evenhand", "dev", "macro-F1", 0.8123, 0.75, 0.86, 100, "a note"),
        Figure("compliance", "evenhand", "dev", "calibration error", 0.031, None, None, 100, "a note"),
        Figure("compliance", "keyword list", "dev", "macro-F1", 0.4, 0.3, 0.5, 100),
        Figure("cost", "evenhand", "500 answers", "answers a second", 1234.5, None, None, 500),
    ]
    console = Console(file=io.StringIO(), width=200)
    console.print(render(figures))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "macro-F1 0.812 [0.750, 0.860] · calibration error 0.031" in text
    assert text.count("a note") == 1
    assert "1,234" in text
    assert text.count("evenhand") == 2


def test_memory_is_told_in_mebibytes() -> None:
    memory = peak_memory_mib()
    assert memory is None or 10 < memory < 100_000


@pytest.fixture(scope="module")
def data() -> Path:
    return data_folder()


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_speed_is_told_beside_that_of_the_baselines(data: Path) -> None:
    figures = list(measure_cost(data))
    names = [figure.labeler for figure in figures if figure.metric == "answers a second"]
    assert [name.partition(",")[0] for name in names] == ["evenhand", "evenhand", "evenhand", "TF-IDF", "langdetect"]
    assert all(figure.n > 50 for figure in figures)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_engagement_labeler_beats_its_baselines_on_models_it_has_not_seen(data: Path) -> None:
    found = {(f.labeler, f.data, f.metric): f for f in evaluate_engagement(data)}
    for name in ("speechmap-dev", "speechmap-dev fi"):
        ours = found["evenhand", name, "macro-F1"].value
        assert ours > found["keyword list", name, "macro-F1"].value + 0.1
        assert ours > found["TF-IDF, linear SVM", name, "macro-F1"].value
    assert found["evenhand", "speechmap-dev", "macro-F1"].value >= 0.77
    assert found["evenhand", "speechmap-dev", "calibration error"].value <= 0.08
    assert found["judge gpt4o", "speechmap-dev", "macro-F1"].value > 0.8
    assert ("judge grok", "speechmap-dev", "macro-F1") not in found


@pytest.mark.data
@pytest.mark.slow
def test_the_language_label_beats_langdetect_in_every_length(data: Path) -> None:
    figures = evaluate_language(data)
    found = {(f.labeler, f.data, f.metric): f.value for f in figures}
    for name in ("UDHR, 40 characters", "UDHR, 80 characters", "UDHR, whole paragraphs"):
        assert found["evenhand", name, "correct"] >= 0.99
        assert found["evenhand", name, "false alarms"] <= 0.001
        assert found["evenhand", name, "full switches found"] >= 0.975
        assert found["langdetect", name, "correct"] < found["evenhand", name, "correct"]
    assert {f.data.split(", ")[-1] for f in figures} >= {"zh-Hans", "zh-Hant", "fr", "de"}
