"""Trains the engagement model; the same data gives the same weights, to the byte."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import RefusalRow, data_hashes, refusal_rows
from .decision_trees import TreeEnsemble
from .discourse_model import DISCOURSES, Discourse, DiscourseInput, DiscourseModel, context_of, fit_discourse
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
from .records import Engagement
from .set_phrases import folded
from .speech_acts import asks_for_piece, find_acts
from .written_answers import WrittenAnswer, written_answers, written_answers_hash

TRAINING_FILES = ("refusal_speechmap_train", "refusal_xstest", "refusal_us_hard_contested")
NETWORKS = 4
UNITS = 48
INNER_FOLDS = 3
TOPIC_FOLDS = 5
RARE_WEIGHT = 2.5
"""Weight of evasions and denials, which are few; a compromise between calibration and finding them."""

CONTESTED_WEIGHT = 0.4
DISPUTED_WEIGHT = 0.6
"""Weights of answers that judges disagree about."""

WRITTEN_WEIGHT = 2.0
"""Weight of written answers, whose classes are even and whose labels are certain."""

TEXT_DROPPED = 0.3
"""Share of training rows shown without text scores, as answers in other languages will be."""

CLAIM_DROPPED = 0.3
"""Share of written answers shown without their proposition, as transcripts without one will be."""

_TEMPERATURES = np.round(np.arange(0.6, 2.51, 0.05), 2)
_DISCOURSE_OF: dict[Engagement, Discourse] = {"compliance": "own_voice", "one_sided": "own_voice"}
_CLASS_OF = {"hard_refusal": 2, "deflection": 1, "official_line": 1, "partial": 1}


@dataclass(frozen=True, slots=True)
class Material:
    """Answers made ready to be learnt from.

    Attributes:
        inputs: As the models take them.
        text: Rows of ``engagement_ngrams.hashed``.
        labels: Indices into ``CLASSES``.
        weights: How much each counts.
        questions: What each answers; an answer to the same question is never used to judge it.
        known: Whether the text model may be asked about each.
        discourse: Log-probabilities of ``DISCOURSES`` from a model that saw no answer on the same topic.
    """

    inputs: list[DiscourseInput]
    text: Any
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    questions: list[str]
    known: NDArray[np.bool_]
    discourse: NDArray[np.float64]

    def part(self, indices: Sequence[int]) -> Material:
        """Return some of the answers."""
        return Material(
            [self.inputs[index] for index in indices],
            self.text[indices],
            self.labels[indices],
            self.weights[indices],
            [self.questions[index] for index in indices],
            self.known[indices],
            self.discourse[indices],
        )

    def joined(self, other: Material) -> Material:
        """Return these answers and others."""
        from scipy.sparse import vstack

        return Material(
            self.inputs + other.inputs,
            vstack([self.text, other.text]).tocsr(),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.weights, other.weights]),
            self.questions + other.questions,
            np.concatenate([self.known, other.known]),
            np.concatenate([self.discourse, other.discourse]),
        )


def train_engagement(data: Path, out: Path) -> None:
    """Train on the written answers and on all public rows but the development rows, and write weights to ``out``.

    Raises:
        UserError: A file of data is missing or damaged.
    """
    rows = [row for row in refusal_rows(data) if row.data != "speechmap-dev"]
    written, discourse = written_material()
    public = public_material(rows, discourse)
    model = fit(public, written, discourse)
    model = replace(model, temperature=_fitted_temperature(rows, public, written, discourse))
    metadata = {
        "data": data_hashes(data, TRAINING_FILES),
        "written answers": written_answers_hash(),
        "rows": len(rows) + len(written.inputs),
    }
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / WEIGHTS_NAME, metadata)


def public_material(rows: Sequence[RefusalRow], discourse: DiscourseModel) -> Material:
    """Return labelled answers by others, on topics that the discourse model has not seen."""
    inputs = [
        DiscourseInput(
            row.answer,
            features(row.prompt, row.answer, find_acts(row.answer)),
            context_of(asks_for_piece(row.prompt), contested=False),
            formula=False,
        )
        for row in rows
    ]
    labels = np.array([CLASSES.index(row.label) for row in rows])
    return Material(
        inputs=inputs,
        text=hashed([row.answer for row in rows]),
        labels=labels,
        weights=np.where(labels == 0, 1.0, RARE_WEIGHT) * [_trust(row) for row in rows],
        questions=[row.question for row in rows],
        known=np.array([text_known(row.language, row.answer) for row in rows]),
        discourse=discourse.log_probabilities(inputs),
    )


def written_material(answers: Sequence[WrittenAnswer] | None = None) -> tuple[Material, DiscourseModel]:
    """Return the written answers and the discourse model learnt from them.

    Args:
        answers: The answers; all that there are where None.
    """
    answers = written_answers() if answers is None else answers
    hidden = np.random.default_rng(0).random(len(answers)) < CLAIM_DROPPED
    inputs = [written_input(answer, hide_claim=bool(hide)) for answer, hide in zip(answers, hidden, strict=True)]
    labels = [discourse_label(answer) for answer in answers]
    topics = [answer.topic for answer in answers]
    scores = np.zeros((len(answers), len(DISCOURSES)))
    for held, model in by_topic(inputs, labels, topics):
        scores[held] = model.log_probabilities([inputs[index] for index in held])
    material = Material(
        inputs=inputs,
        text=hashed([answer.answer for answer in answers]),
        labels=np.array([_CLASS_OF.get(answer.engagement, 0) for answer in answers]),
        weights=np.full(len(answers), WRITTEN_WEIGHT),
        questions=topics,
        known=np.array([text_known(answer.language, answer.answer) for answer in answers]),
        discourse=scores,
    )
    return material, fit_discourse(inputs, labels, topics)


def written_input(answer: WrittenAnswer, *, hide_claim: bool = False) -> DiscourseInput:
    """Return a written answer as the discourse model takes it."""
    contested = answer.proposition is not None
    return DiscourseInput(
        answer.answer,
        features(answer.prompt, answer.answer, find_acts(answer.answer)),
        context_of(answer.asked if contested else asks_for_piece(answer.prompt), contested and not hide_claim),
        folded(answer.formula) in folded(answer.answer),
    )


def discourse_label(answer: WrittenAnswer) -> int:
    """Return the index of a written answer's class in ``DISCOURSES``."""
    return DISCOURSES.index(_DISCOURSE_OF.get(answer.engagement) or answer.engagement)


def by_topic(
    inputs: Sequence[DiscourseInput], labels: Sequence[int], topics: Sequence[str]
) -> Iterator[tuple[list[int], DiscourseModel]]:
    """Yield indices of held-out answers with a discourse model that saw no answer on their topics."""
    for held, seen in topic_folds(topics):
        yield held, fit_discourse([inputs[i] for i in seen], [labels[i] for i in seen], [topics[i] for i in seen])


def topic_folds(topics: Sequence[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield indices of answers on some topics, and of those on the others; each topic is held out once."""
    names = sorted(set(topics))
    folds = np.array([names.index(topic) % TOPIC_FOLDS for topic in topics])
    for fold in range(TOPIC_FOLDS):
        held, seen = np.flatnonzero(folds == fold).tolist(), np.flatnonzero(folds != fold).tolist()
        if held and seen:
            yield held, seen


def fit(public: Material, written: Material, discourse: DiscourseModel) -> EngagementModel:
    """Return a model fitted to public and written answers, with a temperature of 1."""
    from threadpoolctl import threadpool_limits

    material = public.joined(written)
    labels, weights = material.labels, material.weights
    # Sums over threads would come out in another order on another machine.
    with threadpool_limits(1):
        linear = _linear(material.text, labels, weights)
        scores = _out_of_fold_scores(material)
        shown = np.random.default_rng(0).random(len(labels)) >= TEXT_DROPPED
        known = (material.known & shown).astype(np.float32)
        inputs = stacked_inputs(material.inputs, scores, known, material.discourse)
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
        discourse=discourse,
        temperature=1.0,
    )


def _trust(row: RefusalRow) -> float:
    disputed = row.judges.get("gpt4o", row.label) != row.label
    return (CONTESTED_WEIGHT if row.data == "contested" else 1.0) * (DISPUTED_WEIGHT if disputed else 1.0)


def _linear(sparse: Any, labels: NDArray[np.int64], weights: NDArray[np.float64]) -> Any:
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=12, tol=None, random_state=0)
    return model.fit(sparse, labels, sample_weight=weights)


def _out_of_fold_scores(material: Material) -> NDArray[np.float32]:
    """Return text scores of each row from a model that saw no answer to its question."""
    folds = np.array([fold_of(question, "inner", INNER_FOLDS) for question in material.questions])
    scores = np.zeros((len(folds), len(CLASSES)), dtype=np.float32)
    for fold in range(INNER_FOLDS):
        held = folds == fold
        if held.any():
            model = _linear(material.text[~held], material.labels[~held], material.weights[~held])
            scores[held] = model.decision_function(material.text[held])
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


def _fitted_temperature(
    rows: Sequence[RefusalRow], public: Material, written: Material, discourse: DiscourseModel
) -> float:
    """Return the temperature with the best likelihood on cross-validated public rows."""
    logs = np.zeros((len(rows), len(CLASSES)))
    for held, seen in model_and_question_folds(rows):
        model = fit(public.part(seen), written, discourse)
        part = public.part(held)
        logs[held], _ = model.judge(part.inputs, part.known.tolist())
    own = np.arange(len(rows))
    losses = [-calibrated(logs, float(temperature))[own, public.labels].mean() for temperature in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


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


def cross_validated_models(rows: Sequence[RefusalRow]) -> Iterator[tuple[list[int], EngagementModel]]:
    """Yield indices of held-out rows with a model that saw neither their answering model nor their question."""
    written, discourse = written_material()
    public = public_material(rows, discourse)
    for held, seen in model_and_question_folds(rows):
        yield held, fit(public.part(seen), written, discourse)


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
            public = replace(public, discourse=discourse.log_probabilities(public.inputs))
        yield held, fit(public, written, discourse)
