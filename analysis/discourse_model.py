"""Tells from how an answer is built what it does with the request.

A multinomial logistic model of skeleton n-grams and of the language-free features, trained on the answers in
``answers/``. What an n-gram means depends on what was asked: a survey of both sides answers a question and evades a
request for one side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from .discourse_ngrams import common_words, skeleton_rows
from .engagement_features import FEATURE_NAMES

Discourse = Literal["hard_refusal", "deflection", "official_line", "own_voice", "partial", "multi_perspective"]
"""An engagement class as far as an answer alone shows it; ``own_voice`` is ``compliance`` or ``one_sided``."""

DISCOURSES: tuple[Discourse, ...] = get_args(Discourse)
CONTEXTS = 4
COMMON_IN = 5
"""Topics in which a word must occur to be kept in the skeleton."""

REGULARISATION = 20.0
_DENSE_SCALE = 0.05
"""Weight of a feature's standard deviation against an n-gram row of length 1."""

_CLIP = 4.0
_PREFIX = "discourse."


def context_of(asked: bool, contested: bool) -> int:
    """Return the context of an answer: whether a piece or a side was asked for, on a contested claim or not known."""
    return 2 * contested + asked


@dataclass(frozen=True, slots=True)
class DiscourseInput:
    """One answer as the model takes it.

    Attributes:
        answer: The text.
        features: Row of ``engagement_features.features``.
        context: What ``context_of`` returned.
        formula: Whether an official formula stands in it.
        coherence: Values of ``coherence.COHERENCE_FEATURES``.
    """

    answer: str
    features: NDArray[np.float32]
    context: int
    formula: bool
    coherence: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DiscourseModel:
    """Weights.

    Attributes:
        common: Hashes of the words kept in the skeleton, ascending.
        grams: Shape (buckets, 6).
        dense: Weights of the features everywhere and in each context, shape (1 + CONTEXTS, features, 6).
        bias: Shape (CONTEXTS, 6).
        centre: Mean of each feature.
        scale: Its standard deviation.
    """

    common: NDArray[np.uint64]
    grams: NDArray[np.float32]
    dense: NDArray[np.float32]
    bias: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> DiscourseModel:
        """Return the model that ``tensors`` wrote."""
        named: dict[str, Any] = {field.name: tensors[_PREFIX + field.name] for field in fields(cls)}
        return cls(**{name: array if name == "common" else array.astype(np.float32) for name, array in named.items()})

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the weights as named arrays, the large ones in half precision."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {_PREFIX + name: array.astype(np.float16) if name == "grams" else array for name, array in named.items()}

    def skeletons(self, inputs: Sequence[DiscourseInput]) -> Any:
        """Return the skeleton n-grams of the answers, a sparse matrix of shape (answers, ``BUCKETS``)."""
        return skeleton_rows([given.answer for given in inputs], [given.context for given in inputs], self.common)

    def log_probabilities(self, inputs: Sequence[DiscourseInput], rows: Any) -> NDArray[np.float64]:
        """Return the log-probability of each of ``DISCOURSES``, shape (answers, 6).

        Without a formula there is no official line.

        Args:
            inputs: The answers.
            rows: Their ``skeletons``.
        """
        contexts = np.array([given.context for given in inputs], dtype=np.intp)
        scaled = _scaled(_dense(inputs), self.centre, self.scale)
        logits = rows @ self.grams + scaled @ self.dense[0] + self.bias[contexts]
        for context in set(contexts.tolist()):
            here = contexts == context
            logits[here] += scaled[here] @ self.dense[1 + context]
        logits[[not given.formula for given in inputs], DISCOURSES.index("official_line")] = -30.0
        shifted = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def fit_discourse(inputs: Sequence[DiscourseInput], labels: Sequence[int], topics: Sequence[str]) -> DiscourseModel:
    """Return a model fitted to ``inputs``.

    Args:
        inputs: The answers.
        labels: Indices into ``DISCOURSES``.
        topics: What each answer is about.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    contexts = np.array([given.context for given in inputs], dtype=np.intp)
    common = common_words([given.answer for given in inputs], topics, COMMON_IN)
    rows = skeleton_rows([given.answer for given in inputs], contexts.tolist(), common)
    dense = _dense(inputs)
    centre = dense.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = dense.std(axis=0, dtype=np.float64)
    scale = np.where(spread > 1e-6, spread, 1.0).astype(np.float32)
    scaled = _scaled(dense, centre, scale)
    own = np.eye(CONTEXTS, dtype=np.float32)[contexts]
    by_context = [scaled * own[:, [context]] for context in range(CONTEXTS)]
    columns = hstack([rows, csr_matrix(np.hstack([scaled, *by_context, own]))]).tocsr()
    # Sums over threads would come out in another order on another machine.
    with threadpool_limits(1):
        model = LogisticRegression(C=REGULARISATION, max_iter=300, tol=1e-3).fit(columns, labels)
    weights = np.zeros((columns.shape[1], len(DISCOURSES)), dtype=np.float32)
    weights[:, model.classes_] = model.coef_.T
    intercept = np.full(len(DISCOURSES), -30.0, dtype=np.float32)
    intercept[model.classes_] = model.intercept_
    buckets, size = rows.shape[1], scaled.shape[1]
    return DiscourseModel(
        common=common,
        grams=weights[:buckets],
        dense=weights[buckets:-CONTEXTS].reshape(1 + CONTEXTS, size, len(DISCOURSES)),
        bias=weights[-CONTEXTS:] + intercept,
        centre=centre,
        scale=scale,
    )


def _dense(inputs: Sequence[DiscourseInput]) -> NDArray[np.float32]:
    formula = np.array([[float(given.formula)] for given in inputs], dtype=np.float32).reshape(-1, 1)
    return np.hstack([np.array([given.features for given in inputs]).reshape(-1, len(FEATURE_NAMES)), formula])


def _scaled(dense: NDArray[np.float32], centre: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.clip((dense - centre) / scale, -_CLIP, _CLIP) * _DENSE_SCALE, dtype=np.float32)
