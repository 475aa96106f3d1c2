"""Who is held out together: folds that are the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .data import RefusalRow

TOPIC_FOLDS = 5


def fold_of(name: str, salt: str, folds: int) -> int:
    """Return the fold that ``name`` belongs to, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{salt}\n{name}".encode()).digest()[:4], "big") % folds


def model_and_question_folds(rows: Sequence[RefusalRow], folds: int = 3) -> Iterator[tuple[list[int], list[int]]]:
    """Yield indices of held-out rows, and of rows that share neither answering model nor question with them.

    Each pair of a model fold and a question fold is held out in turn; together they are all rows.
    """
    models = np.array([fold_of(row.model, "model", folds) for row in rows])
    questions = np.array([fold_of(row.question, "question", folds) for row in rows])
    for model_fold in range(folds):
        for question_fold in range(folds):
            held = np.flatnonzero((models == model_fold) & (questions == question_fold)).tolist()
            seen = np.flatnonzero((models != model_fold) & (questions != question_fold)).tolist()
            if held:
                yield held, seen


def question_folds(rows: Sequence[RefusalRow], folds: int = 5) -> Iterator[tuple[list[int], list[int]]]:
    """Yield indices of held-out rows, and of those that answer other questions, whoever answers.

    What is said of XSTest elsewhere is split like this: it has answers of five models only.
    """
    yield from _each_fold(np.array([fold_of(row.question, "question only", folds) for row in rows]), folds)


def topic_folds(topics: Sequence[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield indices of answers on some topics, and of those on the others; each topic is held out once."""
    names = sorted(set(topics))
    folds = np.array([names.index(topic) % TOPIC_FOLDS for topic in topics])
    yield from _each_fold(folds, TOPIC_FOLDS)


def _each_fold(numbers: NDArray[np.int64], folds: int) -> Iterator[tuple[list[int], list[int]]]:
    for fold in range(folds):
        held, seen = np.flatnonzero(numbers == fold).tolist(), np.flatnonzero(numbers != fold).tolist()
        if held and seen:
            yield held, seen
