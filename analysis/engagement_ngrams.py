"""Hashed n-grams of an answer: words, pairs of words, word beginnings, and runs of Chinese characters.

Everything is computed on arrays of the code points of many answers at once, so that a thousand take a tenth of a
second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKET_BITS = 17
BUCKETS = 2**BUCKET_BITS
HEAD, TAIL, BODY_HEAD, BODY_TAIL = 400, 300, 2200, 800
"""Characters of the zones whose n-grams are told apart, and of what is read at all."""

_STEM = 5
_LONGEST_WORD = 64
"""Letters of a word that count; what follows does not tell two words apart."""

_AT_ONCE = 16
"""Answers in one array; the arrays of more would not stay in a processor's cache."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
BASE = np.uint64(0x100000001B3)
_ZONE_SALTS = np.array([1, 2, 3], dtype=np.uint64)
"""What tells apart the n-grams of body, head and tail."""

_NO_WORDS = np.zeros(0, dtype=np.uint64)


def hashed(answers: Sequence[str]) -> Any:
    """Return the n-gram rows of ``answers``, a sparse matrix of shape (answers, BUCKETS) with rows of unit length."""
    parts = chunks(answers, _AT_ONCE)
    return sparse_rows([distinct(*_grams(part), BUCKET_BITS, len(part)) for part in parts], BUCKETS, np.float64)


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield ``size`` items at a time, in order."""
    return (items[at : at + size] for at in range(0, len(items), size))


def distinct(
    hashes: NDArray[np.uint64], rows: NDArray[np.int64], bits: int, count: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the distinct buckets of each row's hashes, ascending, one row after the other, and their number by row.

    Args:
        hashes: Hashes of n-grams.
        rows: Row of each.
        bits: Two to this power is the number of buckets.
        count: Number of rows, at most two to the power of 32 - ``bits``.
    """
    # The high bits of a product are the well-mixed ones.
    keys = ((hashes * MULTIPLIER) >> np.uint64(64 - bits)).astype(np.uint32)
    keys |= rows.astype(np.uint32) << np.uint32(bits)
    keys.sort()
    first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    # Twice as fast as the mask itself.
    keys = keys.take(first.nonzero()[0])
    ends = np.searchsorted(keys, np.arange(1, count, dtype=np.uint32) << np.uint32(bits))
    sizes = np.diff(ends, prepend=0, append=len(keys))
    return (keys & np.uint32(2**bits - 1)).view(np.int32), sizes


def sparse_rows(
    parts: Sequence[tuple[NDArray[np.int32], NDArray[np.int64]]], columns: int, precision: type[np.floating[Any]]
) -> Any:
    """Return what ``distinct`` returned, part by part, as one sparse matrix with rows of unit length.

    Args:
        parts: The buckets of some rows and their number by row.
        columns: Number of buckets that there are.
        precision: What the weights are computed in before they are stored as ``float32``.
    """
    from scipy.sparse import csr_matrix

    sizes = np.concatenate([np.zeros(0, dtype=np.int64), *(sizes for _, sizes in parts)])
    buckets = np.concatenate([np.zeros(0, dtype=np.int32), *(buckets for buckets, _ in parts)])
    weights = np.repeat((1 / np.sqrt(np.maximum(1, sizes).astype(precision))).astype(np.float32), sizes)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return csr_matrix((weights, buckets, ends), shape=(len(sizes), columns))


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text; lone surrogates are kept."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _zones(answer: str) -> tuple[str, str, str]:
    """Return body, head and tail of an answer in one case."""
    body = answer if len(answer) <= BODY_HEAD + BODY_TAIL else f"{answer[:BODY_HEAD]} {answer[-BODY_TAIL:]}"
    folded = body.casefold()
    if len(folded) == len(body):
        return folded, folded[:HEAD], folded[-TAIL:]
    return folded, answer[:HEAD].casefold(), answer[-TAIL:].casefold()


def _grams(answers: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of all n-grams of ``answers``, and to which answer each belongs."""
    words = Words.of([zone for answer in answers for zone in _zones(answer)])
    if not len(words.starts):
        return _NO_WORDS, np.zeros(0, dtype=np.int64)
    hashes = words.hashes()
    salts = np.tile(_ZONE_SALTS, len(answers))
    long = np.flatnonzero(words.lengths > _STEM)
    stems = words.prefixes.hashes(words.starts.take(long), _STEM) + np.uint64(7)
    together = words.owners[1:] == words.owners[:-1]
    # To take from places is faster than to look through a mask.
    first = np.flatnonzero(together)
    pairs = hashes[:-1] * MULTIPLIER + hashes[1:]
    found = [hashes, stems, pairs.take(first)]
    owners = [words.owners, words.owners.take(long), words.owners.take(first)]
    if words.wide.any():
        runs = words.wide[:-2] & words.wide[1:-1] & words.wide[2:] & together[:-1] & together[1:]
        found.append((pairs[:-1] * MULTIPLIER + hashes[2:])[runs])
        owners.append(words.owners[2:][runs])
    owner = np.concatenate(owners)
    return np.concatenate(found) * MULTIPLIER + salts.take(owner), owner // len(_ZONE_SALTS)


class Words:
    """The words of several texts.

    Attributes:
        codes: Code points of all texts, one after the other, each followed by a space.
        starts: Where each word begins.
        lengths: Its letters.
        wide: Whether it is a single wide character.
        owners: Index of its text.
        prefixes: What their hashes come from.
    """

    def __init__(self, codes: NDArray[np.uint32], sizes: NDArray[np.int64]):
        self.codes = codes
        self.starts, self.lengths, self.wide = tokens(codes)
        ends = np.searchsorted(self.starts, np.cumsum(sizes + 1))
        self.owners = np.repeat(np.arange(len(sizes)), np.diff(ends, prepend=0))
        self.prefixes = Prefixes(codes)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Words:
        """Return the words of ``texts``."""
        return cls(code_points(" ".join([*texts, ""])), np.array([len(text) for text in texts], dtype=np.int64))

    def hashes(self) -> NDArray[np.uint64]:
        """Return the hash of each word."""
        return self.prefixes.hashes(self.starts, np.minimum(self.lengths, _LONGEST_WORD))


_LETTER, _WIDE = 1, 2
_LAST_CODE = 0xFFFF
"""Code points from here on are narrow letters, all alike."""


def _kinds() -> NDArray[np.uint8]:
    codes = np.arange(_LAST_CODE + 1)
    wide = ((codes >= 0x3040) & (codes <= 0x9FFF)) | ((codes >= 0xAC00) & (codes <= 0xD7A3))
    ascii_letter = ((codes | 0x20) >= 0x61) & ((codes | 0x20) <= 0x7A) | ((codes >= 0x30) & (codes <= 0x39))
    other = (codes >= 0xC0) & ~((codes >= 0x2000) & (codes <= 0x303F)) & ~((codes >= 0xFE00) & (codes <= 0xFF65))
    letter = ascii_letter | (other & (codes != 0xD7) & (codes != 0xF7))
    return np.where(wide, _WIDE, np.where(letter, _LETTER, 0)).astype(np.uint8)


_KINDS = _kinds()


def tokens(codes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return where words begin, how long they are, and which are single wide characters."""
    kinds = np.zeros(len(codes) + 2, dtype=np.uint8)
    _KINDS.take(codes, mode="clip", out=kinds[1:-1])
    narrow = kinds == _LETTER
    edges = np.flatnonzero(narrow[1:] != narrow[:-1])
    starts, ends = edges[::2], edges[1::2]
    single = np.flatnonzero(kinds == _WIDE) - 1
    if not len(single):
        return starts, ends - starts, np.zeros(len(starts), dtype=np.bool_)
    every = np.concatenate([starts, single])
    order = np.argsort(every, kind="stable")
    lengths = np.concatenate([ends - starts, np.ones(len(single), dtype=np.int64)])
    return every[order], lengths[order], order >= len(starts)


def word_hashes(codes: NDArray[np.uint32], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a polynomial hash of each word, by its letters and their places."""
    return Prefixes(codes).hashes(starts, np.minimum(lengths, _LONGEST_WORD))


class Prefixes:
    """Polynomial hashes of all beginnings of an array of code points, from which those of its parts follow."""

    def __init__(self, codes: NDArray[np.uint32]):
        powers, self._inverses = _powers(max(16, len(codes).bit_length()))
        self._sums = np.zeros(len(codes) + 1, dtype=np.uint64)
        np.cumsum(codes * powers[: len(codes)], out=self._sums[1:])

    def hashes(self, starts: NDArray[np.int64], lengths: NDArray[np.int64] | int) -> NDArray[np.uint64]:
        """Return the hashes of parts: the sum of code points times powers of the base, the first with the first."""
        return (self._sums.take(starts + lengths) - self._sums.take(starts)) * self._inverses.take(starts)


@lru_cache(maxsize=2)
def _powers(bits: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return powers of the hash's base from the first on, and of its inverse from none on, two to the ``bits``."""
    powers = np.cumprod(np.full(2**bits, BASE), dtype=np.uint64)
    inverse = np.uint64(pow(int(BASE), -1, 2**64))
    factors = np.full(2**bits, inverse)
    factors[0] = 1
    inverses = np.cumprod(factors, dtype=np.uint64)
    return powers, inverses
