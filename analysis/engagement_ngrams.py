"""Hashed n-grams of an answer: words, pairs of words, word beginnings, and runs of Chinese characters.

Everything is computed on arrays of code points, so that a thousand answers take well under a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 2**17
HEAD, TAIL, BODY_HEAD, BODY_TAIL = 400, 300, 2200, 800
"""Characters of the zones whose n-grams are told apart, and of what is read at all."""

_STEM = 5
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_POWERS = np.cumprod(np.full(64, 0x100000001B3, dtype=np.uint64))
_ZONES = {"body": np.uint64(1), "head": np.uint64(2), "tail": np.uint64(3)}


def hashed(answers: Sequence[str]) -> Any:
    """Return the n-gram rows of ``answers``, a sparse matrix of shape (answers, BUCKETS) with rows of unit length."""
    from scipy.sparse import csr_matrix

    rows = [ngram_rows(answer) for answer in answers]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    buckets = np.concatenate([buckets for buckets, _ in rows]) if rows else np.zeros(0, dtype=np.int64)
    weights = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0, dtype=np.float32)
    return csr_matrix((weights, buckets, ends), shape=(len(rows), BUCKETS))


def ngram_rows(answer: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the distinct buckets of an answer's n-grams, ascending, and their weights, which have unit length."""
    body = answer if len(answer) <= BODY_HEAD + BODY_TAIL else f"{answer[:BODY_HEAD]} {answer[-BODY_TAIL:]}"
    zones = [("body", body), ("head", answer[:HEAD]), ("tail", answer[-TAIL:])]
    hashes = np.concatenate([_grams(text.casefold()) * MULTIPLIER + _ZONES[zone] for zone, text in zones])
    # The high bits of a product are the well-mixed ones.
    buckets = np.unique((hashes * MULTIPLIER) >> np.uint64(64 - 17)).astype(np.int64)
    weight = 1.0 / np.sqrt(max(1, len(buckets)))
    return buckets, np.full(len(buckets), weight, dtype=np.float32)


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text; lone surrogates are kept."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _grams(text: str) -> NDArray[np.uint64]:
    codes = code_points(text)
    if not len(codes):
        return np.zeros(0, dtype=np.uint64)
    starts, lengths, wide = tokens(codes)
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    words = word_hashes(codes, starts, lengths)
    stems = word_hashes(codes, starts, np.minimum(lengths, _STEM))[lengths > _STEM] + np.uint64(7)
    pairs = words[:-1] * MULTIPLIER + words[1:]
    triples = pairs[:-1] * MULTIPLIER + words[2:]
    return np.concatenate([words, stems, pairs, triples[wide[:-2] & wide[1:-1] & wide[2:]]])


def tokens(codes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return where words begin, how long they are, and which are single wide characters."""
    wide = ((codes >= 0x3040) & (codes <= 0x9FFF)) | ((codes >= 0xAC00) & (codes <= 0xD7A3))
    letter = wide | _letters(codes)
    before = np.concatenate([[False], letter[:-1] & ~wide[:-1]])
    starts = np.flatnonzero(letter & (wide | ~before))
    ends = np.flatnonzero(letter & (wide | ~np.concatenate([letter[1:] & ~wide[1:], [False]])))
    return starts, ends - starts + 1, wide[starts]


def _letters(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    ascii_letter = ((codes | 0x20) >= 0x61) & ((codes | 0x20) <= 0x7A) | ((codes >= 0x30) & (codes <= 0x39))
    other = (codes >= 0xC0) & ~((codes >= 0x2000) & (codes <= 0x303F)) & ~((codes >= 0xFE00) & (codes <= 0xFF65))
    return np.asarray(ascii_letter | (other & (codes != 0xD7) & (codes != 0xF7)), dtype=np.bool_)


def word_hashes(codes: NDArray[np.uint32], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a polynomial hash of each word, by its letters and their places."""
    cut = np.minimum(lengths, len(_POWERS))
    offsets = np.concatenate([[0], np.cumsum(cut)[:-1]])
    places = np.arange(int(cut.sum())) - np.repeat(offsets, cut)
    letters = codes[np.repeat(starts, cut) + places].astype(np.uint64)
    return np.add.reduceat(letters * _POWERS[places], offsets)
