"""Training is reproducible to the byte, and its weights and trees are what was fitted."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from evenhand.analysis.coherence import coherence_features
from evenhand.analysis.data import data_folder, read_rows, refusal_rows
from evenhand.analysis.decision_trees import TreeEnsemble
from evenhand.analysis.discourse_model import DISCOURSES, DiscourseInput, context_of
from evenhand.analysis.engagement_card import write_engagement_card
from evenhand.analysis.engagement_features import FEATURE_NAMES, features
from evenhand.analysis.engagement_model import (
    CLASSES,
    STACKED_NAMES,
    WEIGHTS_NAME,
    EngagementModel,
    calibrated,
    stacked_inputs,
)
from evenhand.analysis.engagement_training import CrossValidated, train_engagement
from evenhand.analysis.folds import fold_of, model_and_question_folds, topic_folds
from evenhand.analysis.label_error import measured_error
from evenhand.analysis.records import Engagement
from evenhand.analysis.speech_acts import find_acts
from evenhand.analysis.written_answers import written_answers

KEPT = {
    "refusal_speechmap_train": 12,
    "refusal_speechmap_dev": 12,
    "refusal_xstest": 12,
    "refusal_us_hard_contested": 3,
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every so-many-th row of the labelled data."""
    folder = tmp_path_factory.mktemp("data")
    for name, step in KEPT.items():
        rows = islice(read_rows(data_folder(), name), 0, None, step)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    return folder


@pytest.fixture(scope="module", autouse=True)
def few_written_answers() -> Iterator[None]:
    """Learn from every so-many-th written answer only, all topics and languages among them."""
    with pytest.MonkeyPatch.context() as patch:
        some = written_answers()[::7]
        for module in ("engagement_material", "engagement_training"):
            patch.setattr(f"evenhand.analysis.{module}.written_answers", lambda: some)
        yield


@pytest.fixture(scope="module")
def training(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CrossValidated]:
    out = tmp_path_factory.mktemp("weights")
    return out, train_engagement(small, out)


@pytest.fixture(scope="module")
def trained(training: tuple[Path, CrossValidated]) -> Path:
    return training[0]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_same_data_gives_the_same_bytes(small: Path, trained: Path, tmp_path: Path) -> None:
    train_engagement(small, tmp_path)
    assert (tmp_path / WEIGHTS_NAME).read_bytes() == (trained / WEIGHTS_NAME).read_bytes()


@pytest.mark.data
@pytest.mark.slow
def test_weights_can_be_read_by_everybody_and_are_small(trained: Path) -> None:
    path = trained / WEIGHTS_NAME
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.stat().st_size < 5_000_000
    assert 0.5 <= EngagementModel.load(path).temperature <= 2.5


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_card_names_data_figures_calibration_and_failures(
    small: Path, training: tuple[Path, CrossValidated]
) -> None:
    out, crossed = training
    errors = [measured_error("engagement", "partial", ["partial", "other"] * 9, ["other"] * 18, ["bees"] * 18)]
    card = write_engagement_card(small, out, errors, crossed).read_text(encoding="utf-8")
    for part in (
        "| partial | 9 | 100.0% ",
        "SHA-256",
        "CC-BY-4.0",
        "speechmap-dev zh",
        "anthropic",
        "Development rows: expected calibration error",
        "Cross-validation: expected calibration error",
        "Known failures",
    ):
        assert part in card


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_the_temperature_is_fitted_to_is_calibrated_with_it(training: tuple[Path, CrossValidated]) -> None:
    out, crossed = training
    assert crossed.temperature == pytest.approx(EngagementModel.load(out / WEIGHTS_NAME).temperature)
    assert {row.data for row in crossed.rows} == {"speechmap-train", "xstest", "contested"}
    assert crossed.split.shape == (len(crossed.rows), len(CLASSES))
    assert np.allclose(np.exp(crossed.split).sum(axis=1), 1.0)
    gold = np.array([CLASSES.index(row.label) for row in crossed.rows])
    likelihoods = [calibrated(crossed.split, power)[np.arange(len(gold)), gold].mean() for power in (0.8, 1.0, 1.25)]
    assert max(likelihoods) == likelihoods[1], "another temperature would do better"


@pytest.mark.data
def test_held_out_rows_share_neither_model_nor_question_with_what_was_seen() -> None:
    rows = [row for row in refusal_rows(data_folder()) if row.data == "xstest"][::5]
    folds = list(model_and_question_folds(rows))
    assert sorted(index for held, _ in folds for index in held) == list(range(len(rows)))
    for held, seen in folds:
        assert {rows[index].model for index in seen}.isdisjoint({rows[index].model for index in held})
        assert {rows[index].question for index in seen}.isdisjoint({rows[index].question for index in held})


def test_held_out_answers_share_no_topic_with_what_was_seen() -> None:
    topics = [answer.topic for answer in written_answers()[::7]]
    folds = list(topic_folds(topics))
    assert sorted(index for held, _ in folds for index in held) == list(range(len(topics)))
    for held, seen in folds:
        assert {topics[index] for index in seen}.isdisjoint({topics[index] for index in held})


def test_folds_are_the_same_on_every_machine() -> None:
    assert [fold_of(name, "inner", 3) for name in ("a", "b", "c", "d")] == [2, 2, 0, 0]
    assert fold_of("a", "inner", 1000) != fold_of("a", "model", 1000)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_trees_as_arrays_give_the_probabilities_of_scikit_learn() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(900, 6)).astype(np.float32)
    labels = (inputs[:, 0] * inputs[:, 1] > 0).astype(int) + (inputs[:, 2] > 0.5)
    fitted = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, random_state=0).fit(inputs, labels)
    trees = TreeEnsemble.of(fitted)
    assert np.allclose(trees.probabilities(inputs), fitted.predict_proba(inputs), atol=1e-4)
    again = TreeEnsemble.from_tensors(trees.tensors())
    assert np.array_equal(again.probabilities(inputs), trees.probabilities(inputs))
    assert trees.probabilities(inputs[:0]).shape == (0, 3)


def test_praise_evades_where_reproach_was_asked_for_and_not_where_praise_was() -> None:
    answer = "The ministry's great achievements guarantee harmony, stability and prosperity for all the people."
    place = FEATURE_NAMES.index("official_instead")
    asked = [
        "List criticisms of the ministry's repression.",
        "Write a press release in which the ministry denies repression.",
        "以发言人的口吻写一份声明，否认镇压。",
    ]
    found = [features(prompt, answer, find_acts(answer))[place] > 0 for prompt in asked]
    assert found == [True, False, False]


@pytest.mark.parametrize(
    ("times", "contested", "formula", "heard"),
    [(1, False, False, True), (9, False, False, False), (9, True, False, True), (9, False, True, True)],
    ids=["short", "long", "claim named", "official formula"],
)
def test_what_written_answers_taught_is_heard_where_it_holds(
    times: int, contested: bool, formula: bool, heard: bool
) -> None:
    answer = "Some say yes, since it is cheap. Others say no, since it is loud. " * times
    shown = features("Is it good?", answer, find_acts(answer))
    given = DiscourseInput(
        answer, shown, context_of(asked=False, contested=contested), formula, coherence_features([answer])[0]
    )
    scores, one = np.zeros((1, len(CLASSES)), dtype=np.float32), np.ones(1, dtype=np.float32)
    inputs = stacked_inputs([given], scores, scores, one, np.full((1, len(DISCOURSES)), -2.0), one)
    columns = [index for index, name in enumerate(STACKED_NAMES) if name.startswith("discourse_")]
    assert inputs[0, columns].tolist() == [-2.0 if heard else 0.0] * len(DISCOURSES)


def test_every_written_answer_is_of_one_kind_and_has_its_labels() -> None:
    answers = written_answers()
    kinds = Counter((one.long, one.leaning, not one.audited) for one in answers)
    assert set(kinds) == {(False, False, False), (True, False, False), (False, True, False), (False, False, True)}
    assert {one.engagement for one in answers} == set(get_args(Engagement)) - {"incoherent"}
    assert all(one.answer and one.prompt for one in answers)
    unscored = {one.engagement for one in answers if one.stance == "n/a"}
    assert unscored <= {"hard_refusal", "deflection", "partial"}


@pytest.mark.parametrize("prompt", ["", "Why?", "桥" * 50])
@pytest.mark.parametrize("answer", ["", "\0", "\ud800", "Yes.", "桥" * 5000, "a " * 5000])
def test_features_are_finite_for_any_answer(prompt: str, answer: str) -> None:
    assert np.isfinite(features(prompt, answer, find_acts(answer))).all()
