"""Trains the engagement model; the same data gives the same weights, to the byte."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import RefusalRow, data_hashes, refusal_rows
from .decision_trees import TreeEnsemble
from .engagement_features import features
from .engagement_model import (
    CLASSES,
    CLIP,
    NETWORK_COLUMNS,
    WEIGHTS_NAME,
    EngagementModel,
    calibrated,
    stacked_inputs,
    text_known,
)
from .engagement_ngrams import hashed
from .speech_acts import find_acts

TRAINING_FILES = ("refusal_speechmap_train", "refusal_xstest", "refusal_us_hard_contested")
NETWORKS = 4
UNITS = 48
INNER_FOLDS = 3
RARE_WEIGHT = 2.5
"""Weight of evasions and denials, which are few; a compromise between calibration and finding them."""

CONTESTED_WEIGHT = 0.4
DISPUTED_WEIGHT = 0.6
"""Weights of answers that judges disagree about."""

TEXT_DROPPED = 0.3
"""Share of training rows shown without text scores, as answers in other languages will be."""

_TEMPERATURES = np.round(np.arange(0.6, 2.51, 0.05), 2)


def row_features(rows: Sequence[RefusalRow]) -> NDArray[np.float32]:
    """Return language-free features, shape (rows, features)."""
    return np.stack([features(row.prompt, row.answer, find_acts(row.answer)) for row in rows])


def train_engagement(data: Path, out: Path) -> None:
    """Train on everything but the development rows and write weights to ``out``.

    Raises:
        UserError: A file of data is missing or damaged.
    """
    rows = [row for row in refusal_rows(data) if row.data != "speechmap-dev"]
    model = replace(fit(rows, row_features(rows)), temperature=fitted_temperature(rows))
    metadata = {"data": json.dumps(data_hashes(data, TRAINING_FILES), sort_keys=True), "rows": str(len(rows))}
    out.mkdir(parents=True, exist_ok=True)
    path = out / WEIGHTS_NAME
    model.save(path, metadata)
    path.chmod(0o644)


def fit(rows: Sequence[RefusalRow], dense: NDArray[np.float32], *, text: Any = None) -> EngagementModel:
    """Return a model fitted to ``rows``, its temperature 1.

    Args:
        rows: Labelled answers.
        dense: Their features, aligned.
        text: Their hashed n-grams, where they have been made already.
    """
    from threadpoolctl import threadpool_limits

    labels = np.array([CLASSES.index(row.label) for row in rows])
    sparse = hashed([row.answer for row in rows]) if text is None else text
    trust = np.array([_trust(row) for row in rows])
    weights = np.where(labels == 0, 1.0, RARE_WEIGHT) * trust
    # Sums over threads would come out in another order on another machine.
    with threadpool_limits(1):
        linear = _linear(sparse, labels, trust)
        scores = _out_of_fold_scores(rows, labels, sparse, trust)
        may_know = np.array([text_known(row.language, row.answer) for row in rows])
        shown = np.random.default_rng(0).random(len(rows)) >= TEXT_DROPPED
        inputs = stacked_inputs(dense, scores, (may_know & shown).astype(np.float32))
        trees = _trees(inputs, labels, weights)
        centre, scale, networks = _networks(inputs[:, NETWORK_COLUMNS], labels, weights)
    return EngagementModel(
        text_weights=linear.coef_.T.astype(np.float32),
        text_bias=linear.intercept_.astype(np.float32),
        centre=centre,
        scale=scale,
        hidden=np.stack([network.coefs_[0] for network in networks]).astype(np.float32),
        hidden_bias=np.stack([network.intercepts_[0] for network in networks]).astype(np.float32),
        output=np.stack([network.coefs_[1] for network in networks]).astype(np.float32),
        output_bias=np.stack([network.intercepts_[1] for network in networks]).astype(np.float32),
        trees=trees,
        temperature=1.0,
    )


def _trust(row: RefusalRow) -> float:
    disputed = row.judges.get("gpt4o", row.label) != row.label
    return (CONTESTED_WEIGHT if row.data == "contested" else 1.0) * (DISPUTED_WEIGHT if disputed else 1.0)


def _linear(sparse: Any, labels: NDArray[np.int64], trust: NDArray[np.float64]) -> Any:
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=12, tol=None, random_state=0)
    model.set_params(class_weight={0: 1.0, 1: RARE_WEIGHT, 2: RARE_WEIGHT})
    return model.fit(sparse, labels, sample_weight=trust)


def _out_of_fold_scores(
    rows: Sequence[RefusalRow], labels: NDArray[np.int64], sparse: Any, trust: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return text scores of each row from a model that saw no answer to its question."""
    folds = np.array([fold_of(row.question, "inner", INNER_FOLDS) for row in rows])
    scores = np.zeros((len(rows), len(CLASSES)), dtype=np.float32)
    for fold in range(INNER_FOLDS):
        held = folds == fold
        if held.any():
            scores[held] = _linear(sparse[~held], labels[~held], trust[~held]).decision_function(sparse[held])
    return scores


def _trees(inputs: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float64]) -> TreeEnsemble:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=8,
        l2_regularization=5,
        min_samples_leaf=20,
        max_features=0.3,
        early_stopping=False,
        random_state=0,
    )
    return TreeEnsemble.of(model.fit(inputs, labels, sample_weight=weights))


def _networks(
    inputs: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], list[Any]]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    centre, spread = inputs.mean(axis=0, dtype=np.float64), inputs.std(axis=0, dtype=np.float64)
    scale = np.where(spread > 1e-6, spread, 1.0)
    scaled = np.clip((inputs - centre) / scale, -CLIP, CLIP)
    networks = []
    for seed in range(NETWORKS):
        network = MLPClassifier((UNITS,), alpha=0.3, max_iter=40, random_state=seed, learning_rate_init=3e-3)
        with warnings.catch_warnings():
            # Stopping early is what keeps the networks from learning the training models by heart.
            warnings.simplefilter("ignore", ConvergenceWarning)
            networks.append(network.fit(scaled, labels, sample_weight=weights))
    return centre.astype(np.float32), scale.astype(np.float32), networks


def fitted_temperature(rows: Sequence[RefusalRow]) -> float:
    """Return the temperature with the best likelihood on cross-validated rows."""
    dense = row_features(rows)
    logs = np.zeros((len(rows), len(CLASSES)))
    for held, model in cross_validated_models(rows):
        known = [text_known(rows[index].language, rows[index].answer) for index in held]
        logs[held] = model.logits(dense[held], [rows[index].answer for index in held], known)
    labels = np.array([CLASSES.index(row.label) for row in rows])
    own = np.arange(len(rows))
    losses = [-calibrated(logs, float(temperature))[own, labels].mean() for temperature in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def fold_of(name: str, salt: str, folds: int) -> int:
    """Return the fold that ``name`` belongs to, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{salt}\n{name}".encode()).digest()[:4], "big") % folds


def cross_validated_models(rows: Sequence[RefusalRow], folds: int = 3) -> Iterator[tuple[list[int], EngagementModel]]:
    """Yield indices of held-out rows with a model that saw neither their answering model nor their question.

    Each pair of a model fold and a question fold is held out in turn; together they are all rows.
    """
    dense = row_features(rows)
    sparse = hashed([row.answer for row in rows])
    models = np.array([fold_of(row.model, "model", folds) for row in rows])
    questions = np.array([fold_of(row.question, "question", folds) for row in rows])
    for model_fold in range(folds):
        for question_fold in range(folds):
            held = np.flatnonzero((models == model_fold) & (questions == question_fold)).tolist()
            seen = np.flatnonzero((models != model_fold) & (questions != question_fold)).tolist()
            if held:
                yield held, fit([rows[index] for index in seen], dense[seen], text=sparse[seen])
