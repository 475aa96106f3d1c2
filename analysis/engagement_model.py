"""The trained part of the engagement labeler: complete, evasive or denial, from text and from language-free features.

A linear model over hashed n-grams of the answer knows the words of the languages it was trained in, another over its
skeleton n-grams how complete and evasive ones are built, the discourse model what each class of written ones is like.
Their scores and the language-free features go into boosted trees and a small ensemble of one-layer networks, whose
probabilities are averaged (stacking, Wolpert 1992). Where the answer is in another language the linear scores are left
out, which trees and networks have been trained to live with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .coherence import COHERENCE_FEATURES, IncoherenceModel
from .decision_trees import TreeEnsemble
from .discourse_model import DISCOURSES, DiscourseInput, DiscourseModel
from .engagement_features import FEATURE_NAMES
from .engagement_ngrams import hashed
from .language_identification import normalise_tag, primary_subtag, script_counts
from .softmax import softmax
from .weights_file import load_weights, save_weights

TEXT_LANGUAGES = frozenset({"de", "en", "fi", "fr", "zh"})
"""Languages with labelled answers to learn words from."""

CLASSES = ("COMPLETE", "EVASIVE", "DENIAL")
WEIGHTS_NAME = "engagement.safetensors"
CLIP = 6.0
_SHORT = FEATURE_NAMES.index("short")
_LEAST_DISCOURSE = -8.0
"""Log-probability below which one is as good as another."""

STACKED_NAMES: tuple[str, ...] = (
    *FEATURE_NAMES,
    *(f"text_{name}" for name in CLASSES),
    *(f"built_{name}" for name in CLASSES),
    "text_known",
    *(f"discourse_{name}" for name in DISCOURSES),
    "contested",
    "asked",
    "incoherence",
)
"""What ``stacked_inputs`` returns."""

_TREES_ONLY = ("altered_", "official_", "critique_", "rebuttal_", "prompt_critique", "word_length", "latin_mixed")
NETWORK_COLUMNS: tuple[int, ...] = (
    *(index for index, name in enumerate(FEATURE_NAMES) if not name.startswith(_TREES_ONLY)),
    *range(len(FEATURE_NAMES), len(STACKED_NAMES)),
)
"""Inputs that the networks see. Of the register of an answer, praise or reproach, they learn the training models."""

_HALF = ("text_weights", "built_weights", "hidden", "output")
_FULL = ("text_bias", "built_bias", "centre", "scale", "hidden_bias", "output_bias")


def text_known(prompt_language: str, answer: str) -> bool:
    """Return whether the linear text model was trained in the language this answer seems to be in."""
    counts = script_counts(answer[:1500])
    total = sum(counts.values())
    if total and counts.get("Hani", 0) / total > 0.5 and not counts.get("Kana"):
        return True
    latin = bool(total) and counts.get("Latn", 0) / total > 0.5
    return latin and primary_subtag(normalise_tag(prompt_language)) in TEXT_LANGUAGES - {"zh"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of answers.

    Attributes:
        split: Log-probabilities of ``CLASSES``, calibrated, shape (answers, 3).
        discourse: Log-probabilities of ``DISCOURSES``, shape (answers, 6).
        incoherent: Probability that each has come apart, shape (answers,).
    """

    split: NDArray[np.float64]
    discourse: NDArray[np.float64]
    incoherent: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EngagementModel:
    """Weights of the trained part.

    Attributes:
        text_weights: Linear model, shape (BUCKETS, 3).
        text_bias: Shape (3,).
        built_weights: Linear model over skeleton n-grams, shape (skeleton buckets, 3).
        built_bias: Shape (3,).
        centre: Mean of each input of the networks, shape (inputs,).
        scale: Its standard deviation.
        hidden: Networks' first layer, shape (networks, inputs, units).
        hidden_bias: Shape (networks, units).
        output: Shape (networks, units, 3).
        output_bias: Shape (networks, 3).
        trees: Boosted trees over the same inputs, not scaled.
        discourse: What the discourse scores come from.
        incoherence: What tells that an answer has come apart.
        temperature: Divides the logits so that probabilities are calibrated (Guo et al. 2017, arXiv 1706.04599).
        unseen: Columns of ``STACKED_NAMES`` that trees and networks are not shown, for ablations; not saved.
    """

    text_weights: NDArray[np.float32]
    text_bias: NDArray[np.float32]
    built_weights: NDArray[np.float32]
    built_bias: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    trees: TreeEnsemble
    discourse: DiscourseModel
    incoherence: IncoherenceModel
    temperature: float
    unseen: tuple[int, ...] = ()

    @classmethod
    def load(cls, path: Path | None = None) -> EngagementModel:
        """Return the weights in ``path``, by default the shipped ones.

        Raises:
            ValueError: The file was trained for other features.
        """
        tensors = load_weights(path, WEIGHTS_NAME)
        if "built_weights" not in tensors or tensors["centre"].shape[0] != len(NETWORK_COLUMNS):
            raise ValueError("the engagement weights were trained for other features; run evenhand train")
        named: dict[str, Any] = {name: tensors[name].astype(np.float32) for name in (*_HALF, *_FULL)}
        return cls(
            trees=TreeEnsemble.from_tensors(tensors),
            discourse=DiscourseModel.from_tensors(tensors),
            incoherence=IncoherenceModel.from_tensors(tensors),
            temperature=float(tensors["temperature"][0]),
            **named,
        )

    def save(self, path: Path, metadata: Mapping[str, object]) -> None:
        """Write the weights to ``path``, the large ones in half precision, with what they were trained on."""
        tensors: dict[str, NDArray[Any]] = {
            **{name: getattr(self, name).astype(np.float16) for name in _HALF},
            **{name: getattr(self, name) for name in _FULL},
            **self.trees.tensors(),
            **self.discourse.tensors(),
            **self.incoherence.tensors(),
            "temperature": np.array([self.temperature], dtype=np.float32),
        }
        save_weights(path, tensors, {**metadata, "features": FEATURE_NAMES})

    def judge(self, given: Sequence[DiscourseInput], known: Sequence[bool]) -> Judgement:
        """Return what the answers are judged to be.

        Args:
            given: The answers.
            known: Whether the text model may be asked about each.
        """
        text = np.zeros((len(given), len(CLASSES)), dtype=np.float32)
        asked = [index for index, knows in enumerate(known) if knows]
        if asked:
            text[asked] = hashed([given[index].answer for index in asked]) @ self.text_weights + self.text_bias
        skeletons = self.discourse.skeletons(given)
        built = skeletons @ self.built_weights + self.built_bias
        discourse = self.discourse.log_probabilities(given, skeletons)
        incoherence = self.incoherence.log_odds(coherence_rows(given))
        inputs = stacked_inputs(given, text, built, np.asarray(known, dtype=np.float32), discourse, incoherence)
        inputs[:, self.unseen] = 0.0
        scaled = np.clip((inputs[:, NETWORK_COLUMNS] - self.centre) / self.scale, -CLIP, CLIP)
        networks = np.zeros((len(inputs), len(CLASSES)))
        for layer, bias, output, output_bias in zip(
            self.hidden, self.hidden_bias, self.output, self.output_bias, strict=True
        ):
            networks += softmax(np.maximum(scaled @ layer + bias, 0) @ output + output_bias)
        mean = (networks / len(self.hidden) + self.trees.probabilities(inputs)) / 2
        split = calibrated(np.log(np.clip(mean, 1e-6, 1.0)), self.temperature)
        return Judgement(split, discourse, 1 / (1 + np.exp(-incoherence.astype(np.float64))))


def calibrated(logs: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return log-probabilities spread or drawn together by ``temperature``; the order of the classes stays."""
    return np.asarray(np.log(np.clip(softmax(logs / temperature), 1e-9, 1.0)))


def stacked_inputs(
    given: Sequence[DiscourseInput],
    text: NDArray[np.float32],
    built: NDArray[np.float32],
    known: NDArray[np.float32],
    discourse: NDArray[np.float64],
    incoherence: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the inputs of trees and networks, shape (answers, inputs).

    They are the features, the scores of both linear models where they count, whether they do, the discourse scores
    where they are heard, whether a piece was asked for and a contested claim named, and how far the answer has come
    apart.

    Args:
        given: The answers.
        text: Scores of the linear model of n-grams, shape (answers, 3).
        built: Scores of that of skeleton n-grams, shape (answers, 3).
        known: 1 where these scores count.
        discourse: Log-probabilities of ``DISCOURSES``.
        incoherence: Log-odds of incoherence, shape (answers,).
    """
    dense = np.array([one.features for one in given])
    contexts = np.array([divmod(one.context, 2) for one in given])
    # Short answers and answers on named claims taught the discourse model. What it makes of long pieces on anything
    # else cost the stack more than it brought.
    heard = contexts[:, 0].astype(np.bool_) | [one.formula for one in given] | (dense[:, _SHORT] > 0)
    floored = np.maximum(discourse, _LEAST_DISCOURSE) * heard[:, None]
    known = known[:, None]
    parts = [dense, text * known, built * known, known, floored, contexts, incoherence[:, None]]
    return np.hstack(parts).astype(np.float32)


def coherence_rows(given: Sequence[DiscourseInput]) -> NDArray[np.float32]:
    """Return the answers' values of ``COHERENCE_FEATURES``, shape (answers, features)."""
    return np.array([one.coherence for one in given], dtype=np.float32).reshape(len(given), len(COHERENCE_FEATURES))
