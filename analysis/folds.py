"""Who is held out together: folds that are the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

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


def topic_folds(topics: Sequence[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield indices of answers on some topics, and of those on the others; each topic is held out once."""
    names = sorted(set(topics))
    folds = np.array([names.index(topic) % TOPIC_FOLDS for topic in topics])
    for fold in range(TOPIC_FOLDS):
        held, seen = np.flatnonzero(folds == fold).tolist(), np.flatnonzero(folds != fold).tolist()
        if held and seen:
            yield held, seen
