"""Looks up many words at once by their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from .engagement_ngrams import MULTIPLIER, Prefixes, code_points

_LEAST_SLOTS = 8
"""Slots for each word of a table: with so many, few words share one."""


class WordTable:
    """Numbers by word hash."""

    def __init__(self, hashes: NDArray[np.uint64], values: NDArray[np.int64]):
        order = np.argsort(hashes)
        # Place 0 stands for what is missing: its value is 0, and empty slots point to it.
        self._hashes = np.concatenate([np.zeros(1, dtype=np.uint64), hashes[order]])
        self._values = np.concatenate([np.zeros(1, dtype=np.int64), values[order]])
        bits = max(1, (_LEAST_SLOTS * len(hashes)).bit_length())
        self._shift = np.uint64(64 - bits)
        own = self._slots(self._hashes)
        self._places = np.zeros(2**bits, dtype=np.intp)
        self._places[own[1:]] = np.arange(1, len(own))
        self._crowded = bool((self._places[own[1:]] != np.arange(1, len(own))).any())

    @classmethod
    def of(cls, values: Mapping[str, int]) -> WordTable:
        """Return a table of words."""
        return cls(hashes_of(values), np.fromiter(values.values(), dtype=np.int64, count=len(values)))

    def get(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the number of each hash, 0 where the table does not have it."""
        places = self._places.take(self._slots(hashes))
        missed = self._hashes.take(places) != hashes
        if self._crowded:
            # Another word may sit in the slot of one that the table has.
            doubtful = np.flatnonzero(missed & (places > 0))
            wanted = hashes[doubtful]
            found = np.minimum(np.searchsorted(self._hashes[1:], wanted) + 1, len(self._hashes) - 1)
            places[doubtful] = found
            missed[doubtful] = self._hashes[found] != wanted
        values = self._values.take(places)
        # Half the time of setting the masked places.
        np.putmask(values, missed, 0)
        return values

    def _slots(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        return ((hashes * MULTIPLIER) >> self._shift).view(np.int64)


def hashes_of(words: Iterable[str]) -> NDArray[np.uint64]:
    """Return the hash of each word, all of its letters counted."""
    listed = list(words)
    lengths = np.array([len(word) for word in listed], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    return Prefixes(code_points("".join(listed))).hashes(starts, lengths)
