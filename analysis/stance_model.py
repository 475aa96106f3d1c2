"""The trained part of the stance labeler: supports, balanced, opposes or refusal, from a few numbers.

A multinomial logistic model of the numbers in ``stance_features``. It is fitted to every answer twice, once as it is
and once with the proposition exchanged for its opposite, so that neither side of a proposition is preferred by
construction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .softmax import softmax
from .stance_features import BY_KIND, DIRECTED, PLAIN, SHARED, StanceEvidence
from .weights_file import load_weights, save_weights

CLASSES = ("supports", "balanced", "opposes", "refusal")
MIRRORED = (2, 1, 0, 3)
"""Index of the class that each class becomes when the proposition is exchanged for its opposite."""

_ALL_DIRECTED = (*DIRECTED, *BY_KIND)
_DIRECTED_TWICE = [index for index, name in enumerate(_ALL_DIRECTED) if name not in SHARED]
_PLAIN_TWICE = [index for index, name in enumerate(PLAIN) if name not in SHARED]
TURNING = len(_ALL_DIRECTED) + len(_DIRECTED_TWICE)
"""Number of inputs, the first ones, that change their sign with the proposition."""

INPUT_NAMES: tuple[str, ...] = (
    *DIRECTED,
    *(f"by_kind_{name}" for name in BY_KIND),
    *(_ALL_DIRECTED[index] for index in _DIRECTED_TWICE),
    *PLAIN,
    *(PLAIN[index] for index in _PLAIN_TWICE),
)
"""What ``model_inputs`` returns: signs of their own in an opinion come a second time."""

INPUTS = len(INPUT_NAMES)
WEIGHTS_NAME = "stance.safetensors"


@dataclass(frozen=True, slots=True)
class StanceModel:
    """Weights of the trained part.

    Attributes:
        scale: Standard deviation of each input, shape (inputs,).
        centre: Mean of each input; 0 for directed ones.
        weights: Shape (inputs, 4).
        bias: Shape (4,).
        strength: Weights of "only this side" against "mainly this side", shape (inputs,), then the bias.
        nothing: Weights of "describes without evaluating" against everything else, likewise.
    """

    scale: NDArray[np.float32]
    centre: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    strength: NDArray[np.float32]
    nothing: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path | None = None) -> StanceModel:
        """Return the weights in ``path``, by default the shipped ones.

        Raises:
            ValueError: The file was trained for other features.
        """
        tensors = load_weights(path, WEIGHTS_NAME)
        if "nothing" not in tensors or tensors["centre"].shape[0] != INPUTS:
            raise ValueError("the stance weights were trained for other features; run evenhand train")
        return cls(**tensors)

    def save(self, path: Path, metadata: Mapping[str, object]) -> None:
        """Write the weights to ``path``, with what they were trained on."""
        names = ("scale", "centre", "weights", "bias", "strength", "nothing")
        tensors = {name: np.asarray(getattr(self, name), dtype=np.float32) for name in names}
        save_weights(path, tensors, {**metadata, "features": [*_ALL_DIRECTED, *PLAIN]})

    def probabilities(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each of ``CLASSES``, shape (answers, 4)."""
        return softmax(self._scaled(inputs) @ self.weights + self.bias)

    def only_one_side(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that an answer which takes a side says nothing for the other, shape (answers,)."""
        return _chance(_sizes(self._scaled(inputs)), self.strength)

    def without_stance(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that an answer only describes and takes no stance at all, shape (answers,)."""
        return _chance(_sizes(self._scaled(inputs)), self.nothing)

    def _scaled(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip((inputs - self.centre) / self.scale, -5, 5)


def _sizes(scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return inputs in which what speaks for either side counts by its size, so that it is the same for both."""
    return np.hstack([np.abs(scaled[:, :TURNING]), scaled[:, TURNING:]])


def _chance(sizes: NDArray[np.float64], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-(sizes @ weights[:-1] + weights[-1]))))


def model_inputs(evidence: Sequence[StanceEvidence]) -> NDArray[np.float64]:
    """Return the model's inputs, shape (answers, inputs)."""
    directed = np.array([one.directed for one in evidence])
    plain = np.array([one.plain for one in evidence])
    # Opinions that were asked for are given in other words than pieces are written in: each has weights of its own.
    opinion = plain[:, [PLAIN.index("opinion_request")]]
    return np.hstack([directed, directed[:, _DIRECTED_TWICE] * opinion, plain, plain[:, _PLAIN_TWICE] * opinion])


def mirrored(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inputs as they would be towards the opposite propositions."""
    turned = inputs.copy()
    turned[:, :TURNING] *= -1
    return turned


def fit(
    inputs: NDArray[np.float64],
    labels: Sequence[int],
    weights: Sequence[float],
    strong: Sequence[bool | None],
    stanceless: Sequence[bool],
    *,
    regularisation: float = 0.02,
) -> StanceModel:
    """Return a model fitted to answers and to their mirror images.

    Args:
        inputs: Rows of ``model_inputs``.
        labels: Indices into ``CLASSES``.
        weights: How much each answer counts for the four classes; for the two questions below all count alike.
        strong: Whether an answer says nothing for the other side; None where unknown or where it takes no side.
        stanceless: Whether it only describes.
        regularisation: Inverse strength of the penalty (scikit-learn's C).
    """
    from sklearn.linear_model import LogisticRegression

    both = np.vstack([inputs, mirrored(inputs)])
    gold = np.concatenate([np.asarray(labels), [MIRRORED[label] for label in labels]])
    centre, scale = both.mean(axis=0), both.std(axis=0)
    centre[:TURNING] = 0.0
    scale = np.where(scale > 1e-6, scale, 1.0)
    scaled = np.clip((both - centre) / scale, -5, 5)
    model = LogisticRegression(C=regularisation, max_iter=2000)
    model.fit(scaled, gold, sample_weight=np.tile(np.asarray(weights), 2))
    sizes = _sizes(scaled[: len(inputs)])
    known = [index for index, value in enumerate(strong) if value is not None]
    strength = _two_classes(sizes[known], [bool(strong[index]) for index in known], 0.05)
    nothing = _two_classes(sizes, stanceless, 0.1)
    ordered = np.zeros((inputs.shape[1], len(CLASSES)))
    bias = np.full(len(CLASSES), -10.0)
    ordered[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
    tensors = (scale, centre, ordered, bias, strength, nothing)
    return StanceModel(*(np.asarray(value, dtype=np.float32) for value in tensors))


def _two_classes(sizes: NDArray[np.float64], labels: Sequence[bool], regularisation: float) -> NDArray[np.float64]:
    """Return logistic weights and the bias of what is labelled true; without an example of each, the bias decides."""
    from sklearn.linear_model import LogisticRegression

    if len(set(labels)) < 2:
        return np.array([*np.zeros(sizes.shape[1]), 10.0 if any(labels) else -10.0])
    model = LogisticRegression(C=regularisation, max_iter=2000).fit(sizes, list(labels))
    return np.concatenate([model.coef_[0], model.intercept_])
