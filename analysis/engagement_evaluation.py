"""Measures the engagement labeler on answers labelled by others, beside baselines and published judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .agreement import Reliability, accuracy, bootstrapped, expected_calibration_error, macro_f1, reliability, rest_f1
from .data import RefusalRow, refusal_rows
from .engagement import Answered, EngagementLabeler
from .engagement_model import CLASSES, EngagementModel
from .engagement_training import CrossValidated, Lessons, cross_validated
from .folds import question_folds
from .keyword_baseline import keyword_label
from .records import EngagementLabel, Figure, Transcript
from .text_baseline import TextBaseline

OURS = "evenhand"
BASELINE = "TF-IDF, linear SVM"
DEV = "speechmap-dev"
DEV_NOTE = "models not seen in training, questions seen"
CROSS_NOTE = "cross-validated: neither model nor question seen in training"
QUESTION_NOTE = "cross-validated: question not seen in training, other answers of the model seen"
AGREEMENT_NOTE = "agreement of a published judge with the gold labels"
_CODE = {name: index for index, name in enumerate(CLASSES)}


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled answer and what was made of it.

    Attributes:
        row: The answer with its gold label.
        label: Class given, an index into ``CLASSES``.
        probability: Probability of that class, where one was given.
    """

    row: RefusalRow
    label: int
    probability: float | None = None


def answered(row: RefusalRow) -> Answered:
    """Return a labelled row as the labeler takes it; which model answered is not passed on."""
    transcript = Transcript(row.question, row.prompt, row.language, row.answer)
    return Answered(transcript, row.answer, "ok")


def judged_by(labeler: EngagementLabeler, rows: Sequence[RefusalRow]) -> list[Judged]:
    """Return what ``labeler`` makes of ``rows``."""
    return [_judged(row, label) for row, label in zip(rows, labeler.label([answered(r) for r in rows]), strict=True)]


def _judged(row: RefusalRow, label: EngagementLabel) -> Judged:
    if label.compliance == "ERROR":
        raise ValueError("a delivered answer was labelled as not delivered")
    return Judged(row, _CODE[label.compliance], label.compliance_scores[label.compliance])


def groups(items: Sequence[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    """Yield the collections among ``items``, and each language of those that have several."""
    by_data: dict[str, list[Judged]] = defaultdict(list)
    for item in items:
        by_data[item.row.data].append(item)
    for data, members in sorted(by_data.items()):
        yield data, members
        languages = sorted({item.row.language for item in members})
        for language in languages if len(languages) > 1 else ():
            yield f"{data} {language}", [item for item in members if item.row.language == language]


def agreement_figures(labeler: str, items: Sequence[Judged], note: str, *, binary: bool = True) -> Iterator[Figure]:
    """Yield macro-F1, the F1 of what is not complete, and accuracy, by collection and language."""
    for data, members in groups(items):
        gold = [_CODE[item.row.label] for item in members]
        given = [item.label for item in members]
        clusters = [item.row.question for item in members]
        measures = [("macro-F1", macro_f1), ("binary F1", rest_f1), ("accuracy", accuracy)]
        for name, measure in measures if binary else measures[:1]:
            found = bootstrapped(gold, given, clusters, len(CLASSES), measure)
            yield Figure("compliance", labeler, data, name, found.value, found.low, found.high, len(members), note)


def reliability_of(items: Sequence[Judged]) -> list[Reliability]:
    """Return the reliability table of the probabilities in ``items``."""
    given = [(item.probability, item.label == _CODE[item.row.label]) for item in items if item.probability is not None]
    return reliability([probability for probability, _ in given], [right for _, right in given])


def calibration_figures(items: Sequence[Judged], note: str) -> Iterator[Figure]:
    """Yield the expected calibration error of each collection and language."""
    for data, members in groups(items):
        error = expected_calibration_error(reliability_of(members))
        yield Figure("compliance", OURS, data, "calibration error", error, None, None, len(members), note)


def evaluate_engagement(data: Path, *, cross_validate: bool = False) -> list[Figure]:
    """Return every figure of the compliance split on the labelled answers in ``data``.

    Args:
        data: The folder of labelled data.
        cross_validate: Also train anew on parts; takes minutes.

    Raises:
        UserError: A file is missing or damaged.
    """
    rows = refusal_rows(data)
    dev = [row for row in rows if row.data == DEV]
    other = [row for row in rows if row.data != DEV]
    figures: list[Figure] = []
    own = judged_by(EngagementLabeler.load(), dev)
    figures += agreement_figures(OURS, own, DEV_NOTE)
    figures += calibration_figures(own, DEV_NOTE)
    figures += agreement_figures(BASELINE, _baseline(other, dev), DEV_NOTE)
    if cross_validate:
        lessons = Lessons.of(other)
        crossed = judged_in(cross_validated(other, lessons))
        figures += agreement_figures(OURS, crossed, CROSS_NOTE)
        figures += calibration_figures(crossed, CROSS_NOTE)
        by_question = _crossed(other, lessons.held_out_models(question_folds(other)))
        figures += agreement_figures(OURS, [item for item in by_question if item.row.data == "xstest"], QUESTION_NOTE)
    figures += agreement_figures("keyword list", [Judged(row, _CODE[keyword_label(row.answer)]) for row in rows], "")
    for judge in sorted({name for row in rows for name in row.judges}):
        figures += agreement_figures(f"judge {judge}", _judge(rows, judge), AGREEMENT_NOTE)
    return figures


def judged_in(crossed: CrossValidated) -> list[Judged]:
    """Return the likeliest class of each cross-validated row."""
    return [
        Judged(row, int(chances.argmax()), float(np.exp(chances.max())))
        for row, chances in zip(crossed.rows, crossed.split, strict=True)
    ]


def _crossed(rows: Sequence[RefusalRow], models: Iterable[tuple[list[int], EngagementModel]]) -> list[Judged]:
    return [
        item for held, model in models for item in judged_by(EngagementLabeler(model), [rows[index] for index in held])
    ]


def _baseline(train: Sequence[RefusalRow], test: Sequence[RefusalRow]) -> list[Judged]:
    baseline = TextBaseline([row.answer for row in train], [_CODE[row.label] for row in train])
    given = baseline.classes_of([row.answer for row in test])
    return [Judged(row, label) for row, label in zip(test, given, strict=True)]


def _judge(rows: Sequence[RefusalRow], judge: str) -> list[Judged]:
    """Return a published judge's labels of the rows that it labelled and whose gold label is not its own."""
    return [
        Judged(row, _CODE[row.judges[judge]])
        for row in rows
        if row.judges.get(judge) in _CODE and not (judge == "grok" and row.data.startswith("speechmap"))
    ]


def by_family(items: Sequence[Judged], family: Callable[[str], str]) -> dict[str, list[Judged]]:
    """Return ``items`` by the family of the model that answered, names ascending."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for item in items:
        found[family(item.row.model)].append(item)
    return dict(sorted(found.items()))


def model_family(model: str) -> str:
    """Return the house a model comes from, read off its name: ``qwen`` for ``qwen_qwen3-14b``."""
    return model.replace("/", "_").partition("_")[0].lower()
