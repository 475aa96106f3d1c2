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

from .engagement_ngrams import MULTIPLIER, Words, code_points, distinct, sparse_rows
from .word_tables import WordTable

BUCKET_BITS = 16
BUCKETS = 2**BUCKET_BITS
LONGEST = 2
READ_HEAD, READ_TAIL, OPENING = 1600, 500, 120
"""Characters that are read at the beginning and at the end, and those of the opening, which counts apart."""

_AT_ONCE = 24
"""Texts in one array; the arrays of more would not stay in a processor's cache."""

_BLANKS = {"lower": 11, "capital": 22, "number": 33, "wide": 44}
_OPENING_SALT = np.uint64(2)


def common_words(texts: Sequence[str], groups: Sequence[str], least: int) -> NDArray[np.uint64]:
    """Return the hashes, ascending, of words that occur in at least ``least`` groups of texts.

    Args:
        texts: The texts.
        groups: What each text is about.
        least: Number of groups.
    """
    seen: dict[str, set[int]] = {}
    for text, group in zip(texts, groups, strict=True):
        seen.setdefault(group, set()).update(Words.of([text.lower()]).hashes().tolist())
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
    known = WordTable(common, np.ones(len(common), dtype=np.int64))
    salts = np.array(list(contexts), dtype=np.uint64) + np.uint64(101)
    if len(salts) != len(texts):
        raise ValueError("each text needs a context")
    parts = []
    for at in range(0, len(texts), _AT_ONCE):
        part, salt = texts[at : at + _AT_ONCE], salts[at : at + _AT_ONCE]
        grams, rows = _grams(part, known)
        both = np.concatenate([grams, (grams + salt.take(rows)) * MULTIPLIER])
        parts.append(distinct(both, np.concatenate([rows, rows]), BUCKET_BITS, len(part)))
    return sparse_rows(parts, BUCKETS, np.float32)


def _grams(texts: Sequence[str], common: WordTable) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of all n-grams of ``texts`` and of their openings, and to which text each belongs."""
    hashes, known, owners = _skeleton(texts, common)
    alone = np.flatnonzero(known)
    found, places = [hashes.take(alone)], [owners.take(alone)]
    grams, worth = hashes, known
    for length in range(1, LONGEST):
        grams = grams[:-1] * MULTIPLIER + hashes[length:] + np.uint64(length)
        worth = worth[:-1] | known[length:]
        chosen = np.flatnonzero(worth & (owners[length:] == owners[: len(grams)]))
        found.append(grams.take(chosen))
        places.append(owners.take(chosen))
    whole, owner = np.concatenate(found), np.concatenate(places)
    opening = owner & 1
    return np.where(opening, whole * MULTIPLIER + _OPENING_SALT, whole), owner >> 1


def _skeleton(
    texts: Sequence[str], common: WordTable
) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.int64]]:
    """Return the words with rare ones as blanks, runs of one kind of blank as one, which are no blanks, and their text.

    Text 2n is what is read of the nth of ``texts``, text 2n + 1 its opening.
    """
    written = [part for text in texts for part in (_read(text), text[:OPENING])]
    lower = [part.lower() for part in written]
    # A few letters become two in lower case; then no word counts as a capital one.
    written = [part if len(part) == len(low) else low for part, low in zip(written, lower, strict=True)]
    words = Words.of(lower)
    hashes, owners, wide = words.hashes(), words.owners, words.wide
    known = common.get(hashes) > 0
    first = code_points(" ".join([*written, ""])).take(words.starts)
    kinds = np.full(len(first), _BLANKS["lower"], dtype=np.uint64)
    np.putmask(kinds, first != words.codes.take(words.starts), _BLANKS["capital"])
    np.putmask(kinds, (first >= 0x30) & (first <= 0x39), _BLANKS["number"])
    np.putmask(kinds, wide, _BLANKS["wide"])
    hashes = np.where(known, hashes, kinds)
    told = known.copy()
    told[:1] = True
    told[1:] |= (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    kept = np.flatnonzero(told)
    return hashes.take(kept), known.take(kept), owners.take(kept)


def _read(text: str) -> str:
    return text if len(text) <= READ_HEAD + READ_TAIL else f"{text[:READ_HEAD]} {text[-READ_TAIL:]}"
