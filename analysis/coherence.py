"""Whether an answer has come apart: scripts thrown together, words glued to words, the same again and again.

Small models that are asked in a language they hardly know write like this, and judges hold that such an answer gives
nothing of what was asked for. The signs need no dictionary, so that they mean the same in every language. A logistic
model weighs them; it learns from sound answers and from the same answers broken on purpose (``broken_answers``).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engagement_ngrams import MULTIPLIER, code_points, tokens, word_hashes
from .language_scripts import HANI, KANA, LAST_CODE, LATIN, SCRIPTS, Letters

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
_SENTENCE_ENDS = ".!?。！？"
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
    yield from _repetition(code_points(end))
    yield _repeated_sentences(whole)
    yield float("\ufffd" in whole)


def _repeated_sentences(text: str) -> float:
    # Replacing one mark after another takes a third of the time of a pattern of all.
    for mark in _SENTENCE_ENDS:
        text = text.replace(mark, "\n")
    sentences = [found for part in text.split("\n") if len(found := part.strip()) > _SENTENCE]
    return 1 - len(set(sentences)) / len(sentences) if len(sentences) > 3 else 0.0


_CAPITAL, _SMALL, _ODD = 1, 2, 4


@cache
def _signs() -> NDArray[np.uint8]:
    """Return for each code point whether it is a capital letter, a small one, or odd, as bits."""
    codes = np.arange(LAST_CODE + 1)
    scripts = Letters.of("".join(map(chr, codes))).scripts
    capital = ((codes >= 0x41) & (codes <= 0x5A)) | ((codes >= 0xC0) & (codes <= 0xDE) & (codes != 0xD7))
    odd = scripts == 0
    for first, past in _PLAIN:
        odd &= (codes < first) | (codes >= past)
    small = (scripts == LATIN) & ~capital
    return np.asarray(capital * _CAPITAL | small * _SMALL | odd * _ODD, dtype=np.uint8)


def _mixture(letters: Letters) -> Iterator[float]:
    """Yield how much of a text is in scripts other than its own, glued together, or in no script at all."""
    written = letters.scripts
    counts = np.bincount(written, minlength=len(SCRIPTS) + 1)
    if counts[KANA]:
        written = np.where(written == KANA, np.uint8(HANI), written)
        counts[HANI] += counts[KANA]
        counts[KANA] = 0
    counts[0] = 0
    per_thousand = 1000 / max(1, int(counts.sum()))
    main = int(counts.argmax())
    # Names and terms in Latin letters are at home in every script.
    foreign = counts.sum() - counts[main] - (counts[LATIN] if main != LATIN else 0)
    yield math.log1p(float(foreign) * per_thousand)
    kinds = int(np.count_nonzero(counts))
    yield float(kinds)
    glued = 0
    if kinds > 1:
        before, after = written[:-1], written[1:]
        places = (before != after) & (before > 0) & (after > 0)
        if main == HANI:
            places &= (before != HANI) & (after != HANI)
        glued = int(np.count_nonzero(places))
    yield math.log1p(glued * per_thousand)
    signs = _signs().take(letters.codes, mode="clip")
    # A small letter, then a capital one.
    yield math.log1p(np.count_nonzero((signs[:-1] & _SMALL) & ((signs[1:] & _CAPITAL) << 1)) * per_thousand)
    yield math.log1p(1000 * np.count_nonzero(signs & _ODD) / max(1, len(signs)))


def _repetition(codes: NDArray[np.uint32]) -> Iterator[float]:
    """Yield how varied the words are, the longest run of one word, and the share of the commonest long one."""
    starts, lengths, wide = tokens(codes)
    if not len(starts):
        yield from (0.7, math.log1p(1), 0.0)
        return
    words = word_hashes(codes, starts, lengths)
    enough = len(words) >= _LEAST_WORDS
    ordered = np.sort(words)
    yield (1 + np.count_nonzero(ordered[1:] != ordered[:-1])) / len(words) if enough else 0.7
    yield math.log1p(_longest_run(words))
    # One Chinese character is too little to be a word: "的" alone is every twentieth.
    pairs = (words[:-1] * MULTIPLIER + words[1:])[wide[:-1] & wide[1:]]
    long = np.concatenate([words[(lengths > 3) & ~wide], pairs])
    yield _longest_run(np.sort(long)) / len(words) if enough and len(long) else 0.0


def _longest_run(words: NDArray[np.uint64]) -> int:
    changes = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1], [True]]))
    return int((changes[1:] - changes[:-1]).max())


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
