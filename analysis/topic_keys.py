"""What a text is about: word stems, and pairs of neighbouring characters for Chinese, Japanese and Korean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .answer_words import SentenceWords
from .engagement_ngrams import BASE
from .word_tables import WordTable

_LATEST_ALPHABET = 0x3040
_FUNCTION_WORDS = frozenset(
    "about above after against also because been being between both could does down each from further have having here "
    "into itself more most other over same should some such than that their them then there these they this those "
    "through under until very were what when where which while with would your avec dans pour cette sont mais leur "
    "plus "
    "être nous vous tout aber auch dass dein eine einen einer haben ihre kann mehr nach nicht noch oder sich sind über "
    "wird wurde zwischen että joka ovat olla niin kuin mutta myös sekä tämä kirjoita write essay kriittinen "
    "essee".split()
)
_FUNCTION_TABLE = WordTable.of(dict.fromkeys(_FUNCTION_WORDS, 1))
LEAST = 4
"""Letters of the shortest word that says what a text is about."""

PREFIX = 6
"""Letters by which two words are taken as forms of one; enough for inflected languages."""


def content_keys(tokens: list[str]) -> set[str]:
    """Return what a text is about, by its words in lower case."""
    keys: set[str] = set()
    previous = ""
    for token in tokens:
        if len(token) >= LEAST:
            previous = ""
            if token not in _FUNCTION_WORDS:
                keys.add(token[:PREFIX])
        elif len(token) == 1 and ord(token) > _LATEST_ALPHABET:
            if previous:
                keys.add(previous + token)
            previous = token
        else:
            previous = ""
    return keys


def key_hashes(words: SentenceWords, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of the ``content_keys`` of each sentence, and which word each of them ends with.

    Args:
        words: The words of all sentences.
        hashes: Their hashes.
    """
    long = np.flatnonzero(words.lengths >= LEAST)
    long = long[_FUNCTION_TABLE.get(hashes[long]) == 0]
    keys = words.prefixes.hashes(words.starts[long], np.minimum(words.lengths[long], PREFIX))
    single = (words.lengths == 1) & (words.codes[words.starts] > _LATEST_ALPHABET)
    if not single.any():
        return keys, long
    same = words.sentences[1:] == words.sentences[:-1]
    pairs = np.flatnonzero(single[1:] & single[:-1] & same) + 1
    # The second character of a pair counts by the second power of the base, wherever it stands.
    second = hashes[pairs] * BASE
    every = np.concatenate([long, pairs])
    order = np.argsort(every, kind="stable")
    return np.concatenate([keys, hashes[pairs - 1] + second])[order], every[order]
