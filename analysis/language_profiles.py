"""The second detector: naive Bayes over three-letter sequences, for every sentence of a text at once.

The frequencies are the profiles that ``langdetect`` carries, made from Wikipedia (Shuyo 2010, Apache-2.0).
``langdetect`` itself draws some sequences of a text at random, in Python; summing the logarithms of all of them with
numpy is a hundred times faster and the same each time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .language_scripts import LAST_CODE, Letters, character_class, ranges
from .softmax import softmax

_SMOOTHING = 5e-5
"""Of a sequence's frequency, as in langdetect: 0.5 in 10,000."""

OTHER = "und"
"""Stands for every language there is no profile of, and for what is no language at all."""

_OTHER_FREQUENCY = 1.5e-4
"""Frequency of every sequence in it: that of one seldom met in a language it belongs to."""

_UNSEEN = 1
"""Row of sequences in no profile; row 0 is of what is no sequence of letters."""

_EVIDENCE = 0.4
"""Weight of each sequence: three overlap in every letter, and they are not independent."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """Letter-sequence profiles of the languages of one script.

    Attributes:
        languages: Tags in the order of the columns of scores; the last is ``OTHER``.
        symbols: Number of each code point's letter, the same for upper and lower case; 0 for what is no letter, the
            last for letters in no profile.
        index: Row of ``rows`` for each sequence of three symbols.
        rows: Weighted log-frequency in each language, less the mean over languages; see ``_UNSEEN``.
    """

    languages: tuple[str, ...]
    symbols: NDArray[np.uint8]
    index: NDArray[np.int32]
    rows: NDArray[np.float32]

    def scores(self, letters: Letters, starts: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the log-likelihood of each language for each stretch of a text, up to a constant each.

        Args:
            letters: The text.
            starts: Where stretches begin; each ends where the next begins. What is before the first belongs to it.

        Returns:
            One row for each stretch, one column for each language.
        """
        if not len(starts):
            return np.zeros((0, len(self.languages)), dtype=np.float32)
        padded = np.zeros(len(letters.codes) + 2, dtype=np.uint32)
        padded[1:-1] = self.symbols.take(letters.codes, mode="clip")
        size = np.uint32(self.index.shape[0])
        places = (padded[:-2] * size + padded[1:-1]) * size + padded[2:]
        found = self.index.ravel().take(places, mode="clip")
        # One sparse product is twice as fast as summing the rows' columns stretch by stretch.
        ones = np.ones(len(found), dtype=np.float32)
        bounds = np.empty(len(starts) + 1, dtype=np.int32)
        bounds[:-1], bounds[0], bounds[-1] = starts, 0, len(found)
        stretches = copy(_empty(len(starts), len(self.rows)))
        stretches.data, stretches.indices, stretches.indptr = ones, found, bounds
        return np.asarray(stretches @ self.rows)

    def probabilities(self, letters: Letters) -> Mapping[str, float]:
        """Return the probability of each language for a whole text, ``OTHER`` left out; empty where none is seen."""
        if not len(letters.codes):
            return {}
        scores = self.scores(letters, np.zeros(1, dtype=np.intp))[0]
        if not scores.any():
            return {}
        return dict(zip(self.languages[:-1], softmax(scores[:-1]).tolist(), strict=True))


@lru_cache(maxsize=256)
def _empty(rows: int, columns: int) -> Any:
    """Return a sparse matrix to copy and fill: to check one anew takes half as long as to multiply it."""
    from scipy.sparse import csr_array

    return csr_array((rows, columns), dtype=np.float32)


def _frequencies() -> tuple[Sequence[str], Mapping[str, Sequence[float]]]:
    from langdetect import detector_factory

    factory = detector_factory.DetectorFactory()
    factory.load_profile(detector_factory.PROFILES_DIRECTORY)
    return factory.langlist, factory.word_lang_prob_map


@cache
def load_profiles(script: str, languages: frozenset[str]) -> Profiles | None:
    """Return the profiles of those of ``languages`` that there are profiles of, or None where there are none.

    Args:
        script: ISO 15924 code of the script they are written in.
        languages: Primary subtags.
    """
    known, frequencies = _frequencies()
    tags = sorted(languages.intersection(known))
    if not tags:
        return None
    columns = [known.index(tag) for tag in tags]
    letter = character_class(script)
    sequence = re.compile(f"(?: |{letter}){letter}(?: |{letter})")
    found: dict[str, NDArray[np.float64]] = {}
    for text, every in frequencies.items():
        lower = text.lower()
        if len(lower) == 3 and sequence.fullmatch(lower):
            found[lower] = found.get(lower, 0.0) + np.array([every[column] for column in columns])
    alphabet = {letter: number for number, letter in enumerate(sorted(set("".join(found)) - {" "}), 1)}
    index = np.zeros((len(alphabet) + 2,) * 3, dtype=np.int32)
    index[:, 1:] = _UNSEEN
    numbers = {" ": 0, **alphabet}
    for row, text in enumerate(found, _UNSEEN + 1):
        index[tuple(numbers[character] for character in text)] = row
    seen = np.vstack([np.zeros(len(tags)), *found.values()]) + _SMOOTHING
    logs = np.log(np.column_stack([seen, np.full(len(seen), _OTHER_FREQUENCY)]))
    rows = np.vstack([np.zeros(len(tags) + 1), _EVIDENCE * (logs - logs.mean(axis=1, keepdims=True))])
    return Profiles((*tags, OTHER), _symbols(script, alphabet), index, rows.astype(np.float32))


def _symbols(script: str, alphabet: Mapping[str, int]) -> NDArray[np.uint8]:
    symbols = np.zeros(LAST_CODE + 1, dtype=np.uint8)
    for first, last in ranges(script):
        symbols[ord(first) : ord(last) + 1] = len(alphabet) + 1
    for letter, number in alphabet.items():
        for form in (letter, letter.upper()):
            if len(form) == 1:
                symbols[ord(form)] = number
    return symbols
