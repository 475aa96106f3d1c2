"""The trained part of the engagement labeler: complete, evasive or denial, from text and from language-free features.

A linear model over hashed n-grams of the answer knows the words of the languages it was trained in. Its three scores
and the language-free features go into a small ensemble of one-layer networks (stacking, Wolpert 1992). Where the answer
is in another language the linear scores are left out, which the networks have been trained to live with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engagement_features import FEATURE_NAMES, text_features
from .language_identification import normalise_tag, primary_subtag, script_counts

BUCKETS = 2**17
TEXT_LANGUAGES = frozenset({"en", "fi", "zh"})
"""Languages with labelled answers to learn words from."""

CLASSES = ("COMPLETE", "EVASIVE", "DENIAL")
WEIGHTS_NAME = "engagement.safetensors"
_CLIP = 6.0


def text_known(prompt_language: str, answer: str) -> bool:
    """Return whether the linear text model was trained in the language this answer seems to be in."""
    counts = script_counts(answer[:1500])
    total = sum(counts.values())
    if total and counts.get("Hani", 0) / total > 0.5 and not counts.get("Kana"):
        return True
    latin = bool(total) and counts.get("Latn", 0) / total > 0.5
    return latin and primary_subtag(normalise_tag(prompt_language)) in TEXT_LANGUAGES - {"zh"}


def hashed(answers: Sequence[str]) -> Any:
    """Return the unit-length hashed n-gram rows of ``answers``, a sparse matrix of shape (answers, BUCKETS)."""
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.preprocessing import normalize

    rows = FeatureHasher(BUCKETS, alternate_sign=False).transform(text_features(answer) for answer in answers)
    return normalize(rows)


@dataclass(frozen=True, slots=True)
class EngagementModel:
    """Weights of the trained part.

    Attributes:
        text_weights: Linear model, shape (BUCKETS, 3).
        text_bias: Shape (3,).
        centre: Mean of each input of the networks, shape (inputs,).
        scale: Its standard deviation.
        hidden: Networks' first layer, shape (networks, inputs, units).
        hidden_bias: Shape (networks, units).
        output: Shape (networks, units, 3).
        output_bias: Shape (networks, 3).
        temperature: Divides the logits so that probabilities are calibrated (Guo et al. 2017, arXiv 1706.04599).
    """

    text_weights: NDArray[np.float32]
    text_bias: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    temperature: float

    @classmethod
    def load(cls, path: Path | None = None) -> EngagementModel:
        """Return the weights in ``path``, by default the shipped ones.

        Raises:
            ValueError: The file was trained for other features.
        """
        from safetensors.numpy import load_file

        if path is None:
            with as_file(weights_path()) as shipped:
                tensors = load_file(shipped)
        else:
            tensors = load_file(path)
        if tensors["centre"].shape[0] != len(FEATURE_NAMES) + len(CLASSES) + 1:
            raise ValueError("the engagement weights were trained for other features; run evenhand train")
        temperature = float(tensors.pop("temperature")[0])
        return cls(temperature=temperature, **{name: value.astype(np.float32) for name, value in tensors.items()})

    def save(self, path: Path, metadata: Mapping[str, str]) -> None:
        """Write the weights to ``path`` in half precision, with what they were trained on."""
        from safetensors.numpy import save_file

        names = ("text_weights", "text_bias", "centre", "scale", "hidden", "hidden_bias", "output", "output_bias")
        tensors = {name: np.ascontiguousarray(getattr(self, name).astype(np.float16)) for name in names}
        for name in ("centre", "scale", "hidden_bias", "output_bias", "text_bias"):
            tensors[name] = np.ascontiguousarray(getattr(self, name))
        tensors["temperature"] = np.array([self.temperature], dtype=np.float32)
        save_file(tensors, path, metadata={**metadata, "features": json.dumps(FEATURE_NAMES)})

    def logits(self, dense: NDArray[np.float32], answers: Sequence[str], known: Sequence[bool]) -> NDArray[np.float64]:
        """Return log-probabilities of ``CLASSES``, calibrated, shape (answers, 3).

        Args:
            dense: Rows of ``engagement_features.features``.
            answers: The same answers' texts.
            known: Whether the text model may be asked about each.
        """
        text = np.zeros((len(answers), len(CLASSES)), dtype=np.float32)
        asked = [index for index, knows in enumerate(known) if knows]
        if asked:
            text[asked] = hashed([answers[index] for index in asked]) @ self.text_weights + self.text_bias
        return self.stacked(dense, text, np.asarray(known, dtype=np.float32))

    def stacked(
        self, dense: NDArray[np.float32], text: NDArray[np.float32], known: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Return log-probabilities from features and text scores; ``known`` is 1 where the scores count."""
        inputs = network_inputs(dense, text, known)
        scaled = np.clip((inputs - self.centre) / self.scale, -_CLIP, _CLIP)
        total = np.zeros((len(inputs), len(CLASSES)))
        for layer, bias, output, output_bias in zip(
            self.hidden, self.hidden_bias, self.output, self.output_bias, strict=True
        ):
            raw = np.maximum(scaled @ layer + bias, 0) @ output + output_bias
            total += np.exp(raw - raw.max(axis=1, keepdims=True)) / np.exp(raw - raw.max(axis=1, keepdims=True)).sum(
                axis=1, keepdims=True
            )
        return np.log(np.clip(total / len(self.hidden), 1e-6, 1.0)) / self.temperature


def network_inputs(
    dense: NDArray[np.float32], text: NDArray[np.float32], known: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the networks' inputs: features, text scores where they count, and whether they do."""
    return np.hstack([dense, text * known[:, None], known[:, None]]).astype(np.float32)


def weights_path() -> Any:
    """Return where the shipped weights are."""
    return files(__package__) / "weights" / WEIGHTS_NAME
