"""Trains the engagement model; the same data gives the same weights, to the byte."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .coherence import IncoherenceModel
from .data import RefusalRow, data_hashes, refusal_rows
from .decision_trees import TreeEnsemble
from .discourse_model import DiscourseModel
from .engagement_material import Material, public_material, written_material
from .engagement_model import (
    CLASSES,
    CLIP,
    NETWORK_COLUMNS,
    WEIGHTS_NAME,
    EngagementModel,
    calibrated,
    coherence_rows,
    stacked_inputs,
)
from .folds import fold_of, model_and_question_folds, topic_folds
from .written_answers import written_answers, written_answers_hash

TRAINING_FILES = ("refusal_speechmap_train", "refusal_xstest", "refusal_us_hard_contested")
NETWORKS = 4
UNITS = 48
INNER_FOLDS = 3
TEXT_DROPPED = 0.3
"""Share of training rows shown without text scores, as answers in other languages will be."""

INCOHERENCE_REGULARISATION = 0.3

_TEMPERATURES = np.round(np.arange(0.6, 2.51, 0.05), 2)


@dataclass(frozen=True, slots=True)
class Lessons:
    """Everything that a model is fitted to.

    Attributes:
        public: Answers labelled by others.
        written: Answers written for training.
        discourse: What the discourse scores of both come from.
    """

    public: Material
    written: Material
    discourse: DiscourseModel

    @classmethod
    def of(cls, rows: Sequence[RefusalRow]) -> Lessons:
        """Return what ``rows`` and the written answers teach; takes a minute."""
        written, discourse = written_material()
        return cls(public_material(rows, discourse), written, discourse)

    def model(self, unseen: tuple[int, ...] = ()) -> EngagementModel:
        """Return a model of all of it, without the columns ``unseen`` of ``STACKED_NAMES``."""
        return fit(self.public, self.written, self.discourse, unseen)

    def held_out_models(
        self, folds: Iterable[tuple[list[int], list[int]]]
    ) -> Iterator[tuple[list[int], EngagementModel]]:
        """Yield indices of held-out public answers with a model that saw what ``folds`` says of the others."""
        for held, seen in folds:
            yield held, fit(self.public.part(seen), self.written, self.discourse)


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """What models make of rows that saw neither who answered them nor what they answer.

    Attributes:
        rows: Labelled answers by others.
        split: Log-probabilities of ``CLASSES``, shape (rows, 3).
        temperature: What they are calibrated with, fitted to these rows.
    """

    rows: Sequence[RefusalRow]
    split: NDArray[np.float64]
    temperature: float


def train_engagement(data: Path, out: Path) -> CrossValidated:
    """Train on the written answers and on all public rows but the development rows, and write weights to ``out``.

    Returns:
        What the temperature was fitted to, for the card.

    Raises:
        UserError: A file of data is missing or damaged.
    """
    rows = [row for row in refusal_rows(data) if row.data != "speechmap-dev"]
    lessons = Lessons.of(rows)
    crossed = cross_validated(rows, lessons)
    model = replace(lessons.model(), temperature=crossed.temperature)
    metadata = {
        "data": data_hashes(data, TRAINING_FILES),
        "written answers": written_answers_hash(),
        "rows": len(rows) + len(lessons.written.inputs),
    }
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / WEIGHTS_NAME, metadata)
    return crossed


def fit(
    public: Material, written: Material, discourse: DiscourseModel, unseen: tuple[int, ...] = ()
) -> EngagementModel:
    """Return a model fitted to public and written answers, with a temperature of 1.

    Args:
        public: Answers labelled by others.
        written: Answers written for training.
        discourse: What the discourse scores of both come from.
        unseen: Columns of ``STACKED_NAMES`` to do without.
    """
    from threadpoolctl import threadpool_limits

    material = public.joined(written)
    labels, weights = material.labels, material.weights
    # Sums over threads would come out in another order on another machine.
    with threadpool_limits(1):
        linear = _linear(material.text, labels, weights)
        scores = _out_of_fold_scores(material, material.text)
        built = _linear(material.skeletons, labels, weights)
        built_scores = _out_of_fold_scores(material, material.skeletons)
        shown = np.random.default_rng(0).random(len(labels)) >= TEXT_DROPPED
        known = (material.known & shown).astype(np.float32)
        incoherence = fit_incoherence(material)
        apart = incoherence.log_odds(coherence_rows(material.inputs))
        inputs = stacked_inputs(material.inputs, scores, built_scores, known, material.discourse, apart)
        inputs[:, unseen] = 0.0
        trees = _trees(inputs, labels, weights)
        centre, scale, networks = _networks(inputs[:, NETWORK_COLUMNS], labels, weights)
    return EngagementModel(
        text_weights=linear.coef_.T.astype(np.float32),
        text_bias=linear.intercept_.astype(np.float32),
        built_weights=built.coef_.T.astype(np.float32),
        built_bias=built.intercept_.astype(np.float32),
        centre=centre,
        scale=scale,
        hidden=np.stack([network.coefs_[0] for network in networks]).astype(np.float32),
        hidden_bias=np.stack([network.intercepts_[0] for network in networks]).astype(np.float32),
        output=np.stack([network.coefs_[1] for network in networks]).astype(np.float32),
        output_bias=np.stack([network.intercepts_[1] for network in networks]).astype(np.float32),
        trees=trees,
        discourse=discourse,
        incoherence=incoherence,
        temperature=1.0,
        unseen=unseen,
    )


def fit_incoherence(material: Material) -> IncoherenceModel:
    """Return a model that tells complete answers from the same answers broken on purpose."""
    from sklearn.linear_model import LogisticRegression

    sound = coherence_rows(material.inputs)[material.labels == 0]
    broken = material.broken[(material.labels == 0) & ~np.isnan(material.broken).any(axis=1)]
    signs = np.concatenate([sound, broken]).astype(np.float64)
    centre, spread = signs.mean(axis=0), signs.std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0)
    labels = np.arange(len(signs)) >= len(sound)
    model = LogisticRegression(C=INCOHERENCE_REGULARISATION, max_iter=500).fit((signs - centre) / scale, labels)
    found = (centre, scale, model.coef_[0], model.intercept_)
    return IncoherenceModel(*(np.asarray(value, dtype=np.float32) for value in found))


def _linear(sparse: Any, labels: NDArray[np.int64], weights: NDArray[np.float64]) -> Any:
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=12, tol=None, average=True, random_state=0)
    return model.fit(sparse, labels, sample_weight=weights)


def _out_of_fold_scores(material: Material, rows: Any) -> NDArray[np.float32]:
    """Return scores of each answer's n-gram ``rows`` from a model that saw no answer to its question."""
    folds = np.array([fold_of(question, "inner", INNER_FOLDS) for question in material.questions])
    scores = np.zeros((len(folds), len(CLASSES)), dtype=np.float32)
    for fold in range(INNER_FOLDS):
        held = folds == fold
        if held.any():
            model = _linear(rows[~held], material.labels[~held], material.weights[~held])
            scores[held] = model.decision_function(rows[held])
    return scores


def _trees(inputs: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float64]) -> TreeEnsemble:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=8,
        l2_regularization=20,
        min_samples_leaf=60,
        max_features=0.2,
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


def cross_validated(rows: Sequence[RefusalRow], lessons: Lessons) -> CrossValidated:
    """Return what models make of ``rows`` that saw neither a row's model nor its question; takes minutes.

    Args:
        rows: Labelled answers by others.
        lessons: What they and the written answers teach.
    """
    public = lessons.public
    logs = np.zeros((len(rows), len(CLASSES)))
    for held, model in lessons.held_out_models(model_and_question_folds(rows)):
        part = public.part(held)
        logs[held] = model.judge(part.inputs, part.known.tolist()).split
    temperature = _best_temperature(logs, public.labels)
    return CrossValidated(rows, calibrated(logs, temperature), temperature)


def _best_temperature(logs: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the temperature with which ``labels`` are likeliest."""
    own = np.arange(len(labels))
    losses = [-calibrated(logs, float(temperature))[own, labels].mean() for temperature in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def topic_held_out_models(rows: Sequence[RefusalRow]) -> Iterator[tuple[list[int], EngagementModel]]:
    """Yield indices of held-out written answers with a model that saw no answer on their topics.

    Args:
        rows: Public rows, all of which every model may see.
    """
    answers = written_answers()
    public: Material | None = None
    for held, seen in topic_folds([answer.topic for answer in answers]):
        written, discourse = written_material([answers[index] for index in seen])
        if public is None:
            public = public_material(rows, discourse)
        else:
            skeletons = discourse.skeletons(public.inputs)
            scores = discourse.log_probabilities(public.inputs, skeletons)
            public = replace(public, discourse=scores, skeletons=skeletons)
        yield held, fit(public, written, discourse)
