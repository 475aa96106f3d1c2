"""How well the stance labeler does on answers labelled by people, beside baselines and published judges."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .agreement import accuracy, bootstrapped, macro_f1
from .engagement_model import EngagementModel
from .folds import fold_of
from .records import Figure
from .stance import StanceLabeler, StanceQuestion
from .stance_features import StanceEvidence
from .stance_model import CLASSES, model_inputs
from .stance_training import StanceRow, fit_rows, training_material

OURS = "evenhand"
FOLDS = 10
NOTE = f"{FOLDS}-fold cross-validation, no issue in both parts"
_NAMES = {
    "issuebench": "IssueBench",
    "values": "LLM values (PCT)",
    "prismia": "Prismia (weak labels)",
    "written": "written answers",
}
_SPEED_REPEATS = 5


def evaluate_stance(data: Path) -> list[Figure]:
    """Return figures on rows whose issue was unseen in training, of ours, of baselines and of published judges.

    Args:
        data: The folder of labelled data.

    Raises:
        UserError: A file is missing or damaged.
    """
    material = training_material(data, EngagementModel.load())
    rows, evidence = material.rows, material.evidence
    ours = [CLASSES[index] for index in cross_validated(rows, evidence).argmax(axis=1)]
    figures = list(stance_figures(rows, ours, OURS, NOTE))
    figures += issuebench_figures(rows, evidence, ours)
    figures.append(_speed([row for row in rows if row.data == "issuebench"]))
    return figures


def issuebench_figures(
    rows: Sequence[StanceRow], evidence: Sequence[StanceEvidence], ours: Sequence[str]
) -> Iterator[Figure]:
    """Yield figures on IssueBench by the kind of prompt, beside what the prompt asks for and published judges.

    Args:
        rows: Answers, others among them.
        evidence: What each shows.
        ours: How each is labelled.
    """
    chosen = [index for index, row in enumerate(rows) if row.data == "issuebench"]
    labels: dict[tuple[str, str], dict[int, str]] = {
        (OURS, NOTE): {index: ours[index] for index in chosen},
        ("what the prompt asks for", "baseline"): {index: _by_request(evidence[index]) for index in chosen},
    }
    for judge in sorted({judge for index in chosen for judge in rows[index].judges}):
        labels[judge, "published judge, shown the issue"] = {i: rows[i].judges.get(judge, "") for i in chosen}
    for kind in ("all", "neutral", "sided"):
        part = [index for index in chosen if kind in ("all", rows[index].polarity)]
        for (labeler, note), given in labels.items():
            name = f"{_NAMES['issuebench']}, {kind} prompts"
            yield from _figures([rows[i] for i in part], [given[i] for i in part], labeler, name, note)


def cross_validated(
    rows: Sequence[StanceRow], evidence: Sequence[StanceEvidence], unseen: tuple[int, ...] = ()
) -> NDArray[np.float64]:
    """Return probabilities of each row's classes from a model that saw no row of its issue, shape (rows, 4).

    Args:
        rows: The answers.
        evidence: What each shows.
        unseen: Columns of ``stance_model.INPUT_NAMES`` to do without.
    """
    inputs = model_inputs(evidence)
    inputs[:, unseen] = 0.0
    folds = np.array([fold_of(row.cluster, "stance", FOLDS) for row in rows])
    chances = np.zeros((len(rows), len(CLASSES)))
    for fold in range(FOLDS):
        held, seen = np.flatnonzero(folds == fold).tolist(), np.flatnonzero(folds != fold).tolist()
        if held:
            chances[held] = fit_rows([rows[i] for i in seen], inputs[seen]).probabilities(inputs[held])
    return chances


def stance_figures(rows: Sequence[StanceRow], given: Sequence[str], labeler: str, note: str) -> Iterator[Figure]:
    """Yield macro-F1 and accuracy of the labels ``given`` to ``rows``, by collection."""
    for collection, name in _NAMES.items():
        here = [index for index, row in enumerate(rows) if row.data == collection]
        if here:
            yield from _figures([rows[i] for i in here], [given[i] for i in here], labeler, name, note)


def _by_request(evidence: StanceEvidence) -> str:
    """Return the side the prompt asks for unless the answer begins with a refusal; the baseline to beat."""
    if evidence.plain_value("refusal_first"):
        return "refusal"
    return "supports" if evidence.asked > 0 else "opposes" if evidence.asked < 0 else "balanced"


def _figures(rows: Sequence[StanceRow], given: Sequence[str], labeler: str, data: str, note: str) -> Iterator[Figure]:
    # A judge's answer outside the four classes is wrong whatever the gold label.
    gold = [CLASSES.index(row.label) for row in rows]
    named = [CLASSES.index(label) if label in CLASSES else len(CLASSES) for label in given]
    clusters = [row.cluster for row in rows]
    for metric, measure in (("macro-F1", macro_f1), ("accuracy", accuracy)):
        estimate = bootstrapped(gold, named, clusters, len(CLASSES) + 1, measure)
        yield Figure("stance", labeler, data, metric, estimate.value, estimate.low, estimate.high, len(rows), note)


def _speed(rows: Sequence[StanceRow]) -> Figure:
    labeler = StanceLabeler.load()
    questions = [StanceQuestion(row.transcript, row.transcript.response, None, delivered=True) for row in rows]
    labeler.label(questions)
    start = time.process_time()
    for _ in range(_SPEED_REPEATS):
        labeler.label(questions)
    rate = _SPEED_REPEATS * len(questions) / max(time.process_time() - start, 1e-9)
    length = int(np.mean([len(question.answer) for question in questions]))
    note = f"stance alone, one core, answers of {length} characters on average"
    return Figure("stance", OURS, _NAMES["issuebench"], "answers a second", rate, None, None, len(questions), note)
