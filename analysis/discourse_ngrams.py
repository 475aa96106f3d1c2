"""Hashed n-grams of an answer's connecting words, its subjects and names blanked out.

"Supporters say that a toll pays for repairs" becomes "supporters say that a ◦ ◦ for ◦": what is kept are words that
occur in texts on many topics. How an answer is built shows in such a skeleton; what it is about does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engagement_ngrams import MULTIPLIER, code_points, tokens, word_hashes

BUCKET_BITS = 16
BUCKETS = 2**BUCKET_BITS
LONGEST = 2
READ_HEAD, READ_TAIL, OPENING = 1600, 500, 120
"""Characters that are read at the beginning and at the end, and those of the opening, which counts apart."""

_BLANKS = {"lower": 11, "capital": 22, "number": 33, "wide": 44}
_OPENING_SALT = np.uint64(2)
_TOP = np.uint64(64 - BUCKET_BITS)


def common_words(texts: Sequence[str], groups: Sequence[str], least: int) -> NDArray[np.uint64]:
    """Return the hashes, ascending, of words that occur in at least ``least`` groups of texts.

    Args:
        texts: The texts.
        groups: What each text is about.
        least: Number of groups.
    """
    seen: dict[str, set[int]] = {}
    for text, group in zip(texts, groups, strict=True):
        hashes, *_ = _words(text)
        seen.setdefault(group, set()).update(hashes.tolist())
    counts = Counter(word for words in seen.values() for word in words)
    return np.array(sorted(word for word, count in counts.items() if count >= least), dtype=np.uint64)


def skeleton_rows(texts: Sequence[str], contexts: Iterable[int], common: NDArray[np.uint64]) -> Any:
    """Return the n-grams of each text, a sparse matrix of shape (texts, BUCKETS) with rows of unit length.

    Every n-gram stands in its row twice, alone and together with the text's context, so that a model can learn what it
    means everywhere and what it means there (Daumé 2007, arXiv 0907.1815).

    Args:
        texts: The texts.
        contexts: A small number for each text.
        common: What ``common_words`` returned.
    """
    from scipy.sparse import csr_matrix

    rows = [_buckets(text, context, common) for text, context in zip(texts, contexts, strict=True)]
    ends = np.cumsum([0, *map(len, rows)])
    sizes = np.maximum([len(row) for row in rows], 1).astype(np.float32)
    weights = np.repeat(1 / np.sqrt(sizes), [len(row) for row in rows]).astype(np.float32)
    buckets = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return csr_matrix((weights, buckets, ends), shape=(len(rows), BUCKETS))


def _buckets(text: str, context: int, common: NDArray[np.uint64]) -> NDArray[np.int64]:
    whole = text if len(text) <= READ_HEAD + READ_TAIL else f"{text[:READ_HEAD]} {text[-READ_TAIL:]}"
    grams = np.concatenate([_grams(whole, common), _grams(text[:OPENING], common) * MULTIPLIER + _OPENING_SALT])
    both = np.concatenate([grams, (grams + np.uint64(101 + context)) * MULTIPLIER])
    # The high bits of a product are the well-mixed ones.
    return np.unique((both * MULTIPLIER) >> _TOP).astype(np.int64)


def _grams(text: str, common: NDArray[np.uint64]) -> NDArray[np.uint64]:
    hashes, known = _skeleton(text, common)
    found = [hashes[known]]
    grams, worth = hashes, known
    for length in range(1, min(LONGEST, len(hashes))):
        grams = grams[:-1] * MULTIPLIER + hashes[length:] + np.uint64(length)
        worth = worth[:-1] | known[length:]
        found.append(grams[worth])
    return np.concatenate(found)


def _skeleton(text: str, common: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the words with rare ones as blanks, runs of one kind of blank as one, and which are no blanks."""
    hashes, wide, capital, number = _words(text)
    if not len(hashes) or not len(common):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.bool_)
    known = common[np.minimum(np.searchsorted(common, hashes), len(common) - 1)] == hashes
    kinds = np.select(
        [wide, number, capital], [_BLANKS["wide"], _BLANKS["number"], _BLANKS["capital"]], _BLANKS["lower"]
    )
    hashes = np.where(known, hashes, kinds.astype(np.uint64))
    kept = np.concatenate([[True], known[1:] | (hashes[1:] != hashes[:-1])])
    return hashes[kept], known[kept]


def _words(text: str) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the hash of each word in lower case, and whether it is a wide character, a capital word, a number."""
    lower = text.lower()
    codes = code_points(lower)
    # A few letters become two in lower case; then no word counts as a capital one.
    as_written = code_points(text) if len(text) == len(lower) else codes
    starts, lengths, wide = tokens(codes)
    if not len(starts):
        none = np.zeros(0, dtype=np.bool_)
        return np.zeros(0, dtype=np.uint64), none, none, none
    hashes = word_hashes(codes, starts, lengths)
    first = as_written[starts]
    return hashes, wide, first != codes[starts], (first >= 0x30) & (first <= 0x39)
