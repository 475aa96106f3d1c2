"""Trains and measures the engagement model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .data import RefusalRow, data_hashes, refusal_rows
from .engagement_features import features
from .engagement_model import CLASSES, WEIGHTS_NAME, EngagementModel, hashed, network_inputs, text_known
from .speech_acts import find_acts

NETWORKS = 4
UNITS = 48
INNER_FOLDS = 3
RARE_WEIGHT = 2.5
"""Weight of evasions and denials, which are few; a compromise between calibration and finding them."""

TEXT_DROPPED = 0.3
"""Share of training rows shown to the networks without text scores, as answers in other languages will be."""

TRAINING_FILES = ("refusal_speechmap_train", "refusal_xstest", "refusal_us_hard_contested")


def row_features(rows: Sequence[RefusalRow]) -> NDArray[np.float32]:
    """Return language-free features, shape (rows, features)."""
    return np.stack([features(row.prompt, row.answer, find_acts(row.answer)) for row in rows])


def train_engagement(data: Path, out: Path) -> None:
    """Train on everything but the dev rows and write weights to ``out``; the same data gives the same weights."""
    rows = [row for row in refusal_rows(data) if row.data != "speechmap-dev"]
    model = fit(rows, row_features(rows))
    metadata = {"data": json.dumps(data_hashes(data, TRAINING_FILES)), "rows": str(len(rows))}
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / WEIGHTS_NAME, metadata)


def fit(rows: Sequence[RefusalRow], dense: NDArray[np.float32], *, text: object = None) -> EngagementModel:
    """Return a model fitted to ``rows``.

    Args:
        rows: Labelled answers.
        dense: Their features, aligned.
        text: Their hashed n-grams, where they have been made already.
    """
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    labels = np.array([CLASSES.index(row.label) for row in rows])
    sparse = hashed([row.answer for row in rows]) if text is None else text
    out_of_fold = _out_of_fold_scores(rows, labels, sparse)
    linear = _linear(sparse, labels)
    generator = np.random.default_rng(0)
    may_know = np.array([text_known(row.language, row.answer) for row in rows])
    known = (may_know & (generator.random(len(rows)) >= TEXT_DROPPED)).astype(np.float32)
    inputs = network_inputs(dense, out_of_fold, known)
    scaler = StandardScaler().fit(inputs)
    scaled = np.clip(scaler.transform(inputs), -6, 6)
    weights = np.where(labels == 0, 1.0, RARE_WEIGHT)
    networks = []
    for seed in range(NETWORKS):
        network = MLPClassifier((UNITS,), alpha=0.3, max_iter=40, random_state=seed, learning_rate_init=3e-3)
        networks.append(network.fit(scaled, labels, sample_weight=weights))
    scale = np.where(scaler.scale_ > 1e-6, scaler.scale_, 1.0)
    return EngagementModel(
        text_weights=linear.coef_.T.astype(np.float32),
        text_bias=linear.intercept_.astype(np.float32),
        centre=scaler.mean_.astype(np.float32),
        scale=scale.astype(np.float32),
        hidden=np.stack([network.coefs_[0] for network in networks]).astype(np.float32),
        hidden_bias=np.stack([network.intercepts_[0] for network in networks]).astype(np.float32),
        output=np.stack([network.coefs_[1] for network in networks]).astype(np.float32),
        output_bias=np.stack([network.intercepts_[1] for network in networks]).astype(np.float32),
        temperature=1.0,
    )


def _linear(sparse: object, labels: NDArray[np.int64]):  # type: ignore[no-untyped-def]  # scikit-learn is untyped
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=12, tol=None, random_state=0)
    model.set_params(class_weight={0: 1.0, 1: RARE_WEIGHT, 2: RARE_WEIGHT})
    return model.fit(sparse, labels)


def _out_of_fold_scores(rows: Sequence[RefusalRow], labels: NDArray[np.int64], sparse: object) -> NDArray[np.float32]:
    """Return text scores of each row from a model that saw no answer to its question."""
    folds = np.array([fold_of(row.question, "inner", INNER_FOLDS) for row in rows])
    scores = np.zeros((len(rows), len(CLASSES)), dtype=np.float32)
    for fold in range(INNER_FOLDS):
        held = folds == fold
        if held.any():
            model = _linear(sparse[~held], labels[~held])  # type: ignore[index]
            scores[held] = model.decision_function(sparse[held])  # type: ignore[index]
    return scores


def fold_of(name: str, salt: str, folds: int) -> int:
    """Return the fold that ``name`` belongs to, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{salt}\n{name}".encode()).digest()[:4], "big") % folds


def cross_validated_models(
    rows: Sequence[RefusalRow], folds: int = 3
) -> Iterator[tuple[list[int], EngagementModel]]:
    """Yield indices of held-out rows with a model that saw neither their answering model nor their question.

    Each pair of a model fold and a question fold is held out in turn; together they are all rows.
    """
    dense = row_features(rows)
    sparse = hashed([row.answer for row in rows])
    models = np.array([fold_of(row.model, "model", folds) for row in rows])
    questions = np.array([fold_of(row.question, "question", folds) for row in rows])
    for model_fold in range(folds):
        for question_fold in range(folds):
            held = np.flatnonzero((models == model_fold) & (questions == question_fold))
            seen = np.flatnonzero((models != model_fold) & (questions != question_fold))
            if len(held):
                yield list(map(int, held)), fit([rows[index] for index in seen], dense[seen], text=sparse[seen])


def cross_validated(rows: Sequence[RefusalRow], folds: int = 3) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    """Yield indices and log-probabilities of rows whose model and whose question were both unseen in training."""
    dense = row_features(rows)
    for held, model in cross_validated_models(rows, folds):
        known = [text_known(rows[index].language, rows[index].answer) for index in held]
        yield held, model.logits(dense[held], [rows[index].answer for index in held], known)
