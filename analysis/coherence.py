"""Whether an answer has come apart: scripts thrown together, words glued to words, the same again and again.

Small models that are asked in a language they hardly know write like this, and judges hold that such an answer gives
nothing of what was asked for. The signs need no dictionary, so that they mean the same in every language. A logistic
model weighs them; it learns from sound answers and from the same answers broken on purpose (``broken_answers``).
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engagement_ngrams import MULTIPLIER, tokens, word_hashes
from .language_scripts import HANI, KANA, LATIN, SCRIPTS, Letters

COHERENCE_FEATURES: tuple[str, ...] = (
    "foreign_letters",
    "scripts",
    "glued_scripts",
    "glued_words",
    "odd_characters",
    "tail_compressed",
    "tail_variety",
    "tail_longest_run",
    "tail_commonest_word",
    "repeated_sentences",
    "broken_characters",
)
HEAD, TAIL, END = 5000, 3000, 1500
"""Characters that are read at the beginning, at the end, and of the end alone, where loops show."""

LARGEST = 6.0
"""Log-odds beyond which an answer is as coherent, or as little so, as can be told."""

_LEAST_BYTES = 300
_LEAST_WORDS = 40
_SENTENCE = 20
_SENTENCE_END = re.compile(r"[.!?。！？\n]+")
_PREFIX = "incoherence."
_PLAIN = ((0, 0x250), (0x300, 0x370), (0x2000, 0x2070), (0x3000, 0x3040), (0xFE00, 0xFFF0))
"""Code points (first, one past the last) of letters without a script of their own, marks and punctuation."""


def coherence_features(answer: str) -> NDArray[np.float32]:
    """Return the values of ``COHERENCE_FEATURES`` for one answer, most of them logarithms, shape (features,)."""
    return np.fromiter(_values(answer), dtype=np.float32, count=len(COHERENCE_FEATURES))


def _values(answer: str) -> Iterator[float]:
    whole = answer if len(answer) <= HEAD + TAIL else f"{answer[:HEAD]} {answer[-TAIL:]}"
    yield from _mixture(Letters.of(whole))
    end = answer[-END:]
    data = end.encode("utf-8", "ignore")
    yield len(zlib.compress(data, 1)) / len(data) if len(data) > _LEAST_BYTES else 0.5
    yield from _repetition(Letters.of(end).codes)
    sentences = [found for part in _SENTENCE_END.split(whole) if len(found := part.strip()) > _SENTENCE]
    yield 1 - len(set(sentences)) / len(sentences) if len(sentences) > 3 else 0.0
    yield float("\ufffd" in whole)


def _mixture(letters: Letters) -> Iterator[float]:
    """Yield how much of a text is in scripts other than its own, glued together, or in no script at all."""
    written = np.where(letters.scripts == KANA, np.uint8(HANI), letters.scripts)
    counts = np.bincount(written, minlength=len(SCRIPTS) + 1)
    counts[0] = 0
    per_thousand = 1000 / max(1, int(counts.sum()))
    main = int(counts.argmax())
    # Names and terms in Latin letters are at home in every script.
    foreign = counts.sum() - counts[main] - (counts[LATIN] if main != LATIN else 0)
    yield math.log1p(float(foreign) * per_thousand)
    yield float(np.count_nonzero(counts))
    before, after = written[:-1], written[1:]
    glued = (before != after) & (before > 0) & (after > 0)
    if main == HANI:
        glued &= (before != HANI) & (after != HANI)
    yield math.log1p(np.count_nonzero(glued) * per_thousand)
    codes = letters.codes
    capital = ((codes >= 0x41) & (codes <= 0x5A)) | ((codes >= 0xC0) & (codes <= 0xDE) & (codes != 0xD7))
    small = (written == LATIN) & ~capital
    yield math.log1p(np.count_nonzero(small[:-1] & capital[1:]) * per_thousand)
    odd = written == 0
    for first, past in _PLAIN:
        odd &= (codes < first) | (codes >= past)
    yield math.log1p(1000 * np.count_nonzero(odd) / max(1, len(codes)))


def _repetition(codes: NDArray[np.uint32]) -> Iterator[float]:
    """Yield how varied the words are, the longest run of one word, and the share of the commonest long one."""
    starts, lengths, wide = tokens(codes)
    if not len(starts):
        yield from (0.7, math.log1p(1), 0.0)
        return
    words = word_hashes(codes, starts, lengths)
    enough = len(words) >= _LEAST_WORDS
    yield len(np.unique(words)) / len(words) if enough else 0.7
    changes = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1], [True]]))
    yield math.log1p(int(np.diff(changes).max()))
    # One Chinese character is too little to be a word: "的" alone is every twentieth.
    pairs = (words[:-1] * MULTIPLIER + words[1:])[wide[:-1] & wide[1:]]
    long = np.concatenate([words[(lengths > 3) & ~wide], pairs])
    yield int(np.unique(long, return_counts=True)[1].max()) / len(words) if enough and len(long) else 0.0


@dataclass(frozen=True, slots=True)
class IncoherenceModel:
    """Weights of the signs.

    Attributes:
        centre: Mean of each sign, shape (features,).
        scale: Its standard deviation.
        weights: Shape (features,).
        bias: Shape (1,).
    """

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> IncoherenceModel:
        """Return the model that ``tensors`` wrote."""
        return cls(**{field.name: tensors[_PREFIX + field.name] for field in fields(cls)})

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the weights as named arrays."""
        return {_PREFIX + field.name: getattr(self, field.name) for field in fields(self)}

    def log_odds(self, signs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the log-odds that each answer is incoherent, within ``LARGEST``, shape (answers,).

        Args:
            signs: Rows of ``coherence_features``, shape (answers, features).
        """
        raw = ((signs - self.centre) / self.scale * self.weights).sum(axis=1, dtype=np.float64) + self.bias
        # Trees cut between values that lie close together: the last digits must not depend on an answer's neighbours.
        return np.asarray(np.round(np.clip(raw, -LARGEST, LARGEST), 2), dtype=np.float32)
