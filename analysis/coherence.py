"""Whether an answer has come apart: scripts thrown together, words glued to words, the same again and again.

Small models that are asked in a language they hardly know write like this, and judges hold that such an answer gives
nothing of what was asked for. The signs need no dictionary, so that they mean the same in every language. A logistic
model weighs them; it learns from sound answers and from the same answers broken on purpose (``broken_answers``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engagement_ngrams import MULTIPLIER, Words, chunks, code_points
from .language_scripts import HANI, KANA, LAST_CODE, LATIN, SCRIPTS, Letters

COHERENCE_FEATURES: tuple[str, ...] = (
    "foreign_letters",
    "scripts",
    "glued_scripts",
    "glued_words",
    "odd_characters",
    "tail_distinct",
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

_AT_ONCE = 16
"""Answers in one array; the arrays of more would not stay in a processor's cache."""

_STRETCH = 8
"""Characters by which it is told whether something comes again; two stretches of this length are seldom alike."""

_LEAST_CHARACTERS = 200
_LEAST_WORDS = 40
_SENTENCE = 20
_SENTENCE_ENDS = ".!?。！？"
_PREFIX = "incoherence."
_PLAIN = ((0, 0x250), (0x300, 0x370), (0x2000, 0x2070), (0x3000, 0x3040), (0xFE00, 0xFFF0))
"""Code points (first, one past the last) of letters without a script of their own, marks and punctuation."""


def coherence_features(answers: Sequence[str]) -> NDArray[np.float32]:
    """Return each answer's values of ``COHERENCE_FEATURES``, most of them logarithms, shape (answers, features)."""
    rows = [values for part in chunks(answers, _AT_ONCE) for values in _values(part)]
    return np.array(rows, dtype=np.float32).reshape(len(answers), len(COHERENCE_FEATURES))


def _values(answers: Sequence[str]) -> Iterator[tuple[float, ...]]:
    wholes = [one if len(one) <= HEAD + TAIL else f"{one[:HEAD]} {one[-TAIL:]}" for one in answers]
    # Blanks up to a length limit are no loop.
    ends = [answer.rstrip()[-END:] for answer in answers]
    for whole, mixture, repetition in zip(wholes, _mixtures(wholes), _repetitions(ends), strict=True):
        yield (*mixture, *repetition, _repeated_sentences(whole), float("\ufffd" in whole))


def _repeated_sentences(text: str) -> float:
    # Replacing one mark after another takes a third of the time of a pattern of all.
    for mark in _SENTENCE_ENDS:
        text = text.replace(mark, "\n")
    parts = [part.strip() for part in text.split("\n") if len(part) > _SENTENCE]
    sentences = [part for part in parts if len(part) > _SENTENCE]
    return 1 - len(set(sentences)) / len(sentences) if len(sentences) > 3 else 0.0


_SCRIPT, _CAPITAL, _ODD = np.uint8(0x0F), np.uint8(0x10), np.uint8(0x20)


@cache
def _signs() -> NDArray[np.uint8]:
    """Return for each code point its script and, as bits, whether it is a capital letter, and whether odd."""
    codes = np.arange(LAST_CODE + 1)
    scripts = Letters.of("".join(map(chr, codes))).scripts
    capital = ((codes >= 0x41) & (codes <= 0x5A)) | ((codes >= 0xC0) & (codes <= 0xDE) & (codes != 0xD7))
    odd = scripts == 0
    for first, past in _PLAIN:
        odd &= (codes < first) | (codes >= past)
    return np.asarray(scripts | capital * _CAPITAL | odd * _ODD, dtype=np.uint8)


def _mixtures(texts: Sequence[str]) -> Iterator[tuple[float, ...]]:
    """Yield how much of each text is in scripts other than its own, glued together, or in no script at all."""
    signs = _signs().take(code_points("\n".join([*texts, ""])), mode="clip")
    scripts, capital, odd = signs & _SCRIPT, (signs & _CAPITAL) > 0, (signs & _ODD) > 0
    latin = scripts == LATIN
    # A small letter, then a capital one.
    glued_words = (latin[:-1] & ~capital[:-1]) & capital[1:]
    start = 0
    for text in texts:
        end = start + len(text)
        foreign, kinds, glued, letters = _scripts(scripts[start:end], int(np.count_nonzero(latin[start:end])))
        per_thousand = 1000 / max(1, letters)
        yield (
            math.log1p(foreign * per_thousand),
            float(kinds),
            math.log1p(glued * per_thousand),
            math.log1p(int(np.count_nonzero(glued_words[start:end])) * per_thousand),
            math.log1p(1000 * int(np.count_nonzero(odd[start:end])) / max(1, len(text))),
        )
        start = end + 1


def _scripts(written: NDArray[np.uint8], latin: int) -> tuple[int, int, int, int]:
    """Return foreign letters, the number of scripts, places where two are glued together, and letters.

    Args:
        written: Script of each character.
        latin: How many are Latin letters.
    """
    letters = int(np.count_nonzero(written))
    if letters == latin:
        return 0, int(latin > 0), 0, letters
    counts = np.bincount(written, minlength=len(SCRIPTS) + 1)
    if counts[KANA]:
        written = np.where(written == KANA, np.uint8(HANI), written)
        counts[HANI] += counts[KANA]
        counts[KANA] = 0
    counts[0] = 0
    main, kinds = int(counts.argmax()), int(np.count_nonzero(counts))
    # Names and terms in Latin letters are at home in every script.
    foreign = letters - int(counts[main]) - (latin if main != LATIN else 0)
    if kinds == 1:
        return foreign, kinds, 0, letters
    before, after = written[:-1], written[1:]
    places = (before != after) & (before > 0) & (after > 0)
    if main == HANI:
        places &= (before != HANI) & (after != HANI)
    return foreign, kinds, int(np.count_nonzero(places)), letters


def _repetitions(texts: Sequence[str]) -> Iterator[tuple[float, float, float, float]]:
    """Yield the shares of distinct stretches and words, the longest run of one word, and the share of the commonest.

    How many stretches are distinct tells what compression would, in a third of the time.
    """
    words = Words.of(texts)
    stretches = _distinct_stretches(words, texts)
    hashes = words.hashes()
    sizes = np.bincount(words.owners, minlength=len(texts))
    ends = np.cumsum(sizes)
    runs = _longest_runs(hashes, ends)
    different = np.diff(np.searchsorted(_changes(_sorted(hashes, ends), ends), ends), prepend=0).tolist()
    commonest = _commonest(words, hashes, len(texts))
    for size, run, changes, common, distinct in zip(sizes.tolist(), runs, different, commonest, stretches, strict=True):
        if size < _LEAST_WORDS:
            yield distinct, 0.7, math.log1p(max(1, run)), 0.0
        else:
            yield distinct, changes / size, math.log1p(run), common / size


def _distinct_stretches(words: Words, texts: Sequence[str]) -> list[float]:
    """Return which share of all stretches of a few characters is distinct in each text; 1 where it is short."""
    # After each text stands a space.
    ends = np.cumsum([len(text) + 1 for text in texts])
    hashes = words.prefixes.hashes(np.arange(max(0, len(words.codes) - _STRETCH)), _STRETCH)
    found = ((hashes * MULTIPLIER) >> np.uint64(32)).astype(np.uint32)
    shares = []
    for text, end in zip(texts, ends.tolist(), strict=True):
        if len(text) < _LEAST_CHARACTERS:
            shares.append(1.0)
            continue
        own = np.sort(found[end - len(text) - 1 : end - _STRETCH])
        shares.append((1 + int(np.count_nonzero(own[1:] != own[:-1]))) / len(own))
    return shares


def _commonest(words: Words, hashes: NDArray[np.uint64], count: int) -> list[int]:
    """Return how often the commonest long word of each text stands in it."""
    chosen = np.flatnonzero((words.lengths > 3) & ~words.wide)
    long, owners = hashes[chosen], words.owners[chosen]
    # One Chinese character is too little to be a word: "的" alone is every twentieth.
    pairs = np.flatnonzero(words.wide[:-1] & words.wide[1:] & (words.owners[:-1] == words.owners[1:]))
    if len(pairs):
        owners = np.concatenate([owners, words.owners[pairs]])
        order = np.argsort(owners, kind="stable")
        long = np.concatenate([long, hashes[pairs] * MULTIPLIER + hashes[pairs + 1]])[order]
    ends = np.cumsum(np.bincount(owners, minlength=count))
    return _longest_runs(_sorted(long, ends), ends)


def _sorted(values: NDArray[np.uint64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a copy of ``values`` in which each stretch, one after the other up to its end, is in order."""
    found = values.copy()
    start = 0
    for end in ends.tolist():
        found[start:end].sort()
        start = end
    return found


def _changes(values: NDArray[np.uint64], ends: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return where stretches begin, and where a value differs from the one before."""
    changed = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    changed[ends[ends < len(values)]] = True
    return np.flatnonzero(changed)


def _longest_runs(values: NDArray[np.uint64], ends: NDArray[np.int64]) -> list[int]:
    """Return the length of the longest run of one value in each stretch, 0 where a stretch is empty."""
    changes = _changes(values, ends)
    lengths = np.diff(changes, append=len(values))
    bounds = np.searchsorted(changes, ends)
    starts = np.concatenate([[0], bounds[:-1]])
    found = np.zeros(len(ends), dtype=np.intp)
    filled = starts < bounds
    if filled.any():
        found[filled] = np.maximum.reduceat(lengths, starts[filled])
    return found.tolist()


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
