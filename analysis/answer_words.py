"""The words of many texts as arrays: where they stand, in which sentence, and the hashes by which they are looked up.

Splits exactly as ``speech_acts.tokens_of`` splits one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .engagement_ngrams import Prefixes, code_points

# A mark or a line's end first: a pattern that begins with one of few characters is searched for seven times faster.
_SENTENCE_END = re.compile(r"[.!?…。！？\n](?:(?<=[.!?…])[\"'”’»)\]*_]*\s+|(?<=[。！？])[”」』）]*|(?<=\n)\n*)")
_LETTER, _WIDE, _WIDE_SIGN = 1, 2, 3
_LAST_CODE = 0x32000
"""No code point from here on is a letter."""

_UNDERSCORE, _SMALL_T, _APOSTROPHES = 0x5F, 0x74, (0x27, 0x2019)


def _kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(_LAST_CODE + 1, dtype=np.uint8)
    every = np.arange(_LAST_CODE, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    for run in re.finditer(r"[^\W_]+", every):
        kinds[run.start() : run.end()] = _LETTER
    for first, last in ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7A3)):
        kinds[first : last + 1] = np.where(kinds[first : last + 1] == _LETTER, _WIDE, _WIDE_SIGN)
    return kinds


_KINDS = _kinds()


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return where the sentences of ``text`` begin and end, without the space around them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _SENTENCE_END.finditer(text):
        end, following = found.span()
        if text[end] != "\n":
            end += 1
        if start < end:
            _append(spans, text, start, end)
        start = following
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    part = text[start:end]
    bare = part.strip()
    if len(bare) == len(part) > 0:
        spans.append((start, end))
    elif bare:
        begin = start + len(part) - len(part.lstrip())
        spans.append((begin, begin + len(bare)))


@dataclass(frozen=True, slots=True)
class SentenceWords:
    """The words of the sentences of several texts.

    Attributes:
        codes: Code points of all texts in lower case, each text followed by a line's end.
        prefixes: What hashes come from.
        starts: Where each word begins.
        lengths: Its letters, with those of a contracted "not".
        bare: Its letters without them.
        sentences: Index of its sentence, counted over all texts.
    """

    codes: NDArray[np.uint32]
    prefixes: Prefixes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    bare: NDArray[np.int64]
    sentences: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str], sentence_starts: NDArray[np.int64]) -> SentenceWords:
        """Return the words of ``texts``.

        Args:
            texts: In lower case.
            sentence_starts: Where each sentence begins, counted over all texts with a line's end after each.
        """
        codes = code_points("\n".join([*texts, ""]))
        starts, bare = _tokens(codes)
        starts, bare, lengths = _contracted(codes, starts, bare)
        sentences = np.searchsorted(sentence_starts, starts, side="right") - 1
        return cls(codes, Prefixes(codes), starts, lengths, bare, sentences)

    def beginnings(self, letters: int) -> NDArray[np.uint64]:
        """Return the hash of each word's first ``letters`` letters."""
        return self.prefixes.hashes(self.starts, np.minimum(self.lengths, letters))

    def with_other_letters(self) -> NDArray[np.bool_]:
        """Return which words have a letter beyond ASCII."""
        found = np.zeros(len(self.starts), dtype=np.bool_)
        if len(found):
            places = np.flatnonzero(self.codes > 0x7F)
            words = np.searchsorted(self.starts, places, side="right") - 1
            inside = (words >= 0) & (places < self.starts[words] + self.lengths[words])
            found[words[inside]] = True
        return found


def _tokens(codes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where words begin and how long they are: single wide characters, else runs of letters."""
    kinds = np.zeros(len(codes) + 2, dtype=np.uint8)
    _KINDS.take(codes, mode="clip", out=kinds[1:-1])
    letter = (kinds == _LETTER) | (kinds == _WIDE)
    edges = np.flatnonzero(letter[1:] != letter[:-1])
    starts, ends = edges[::2], edges[1::2]
    wide = np.flatnonzero(kinds[1:-1] >= _WIDE)
    if not len(wide):
        return starts, ends - starts
    # Wide characters at the beginning of a run stand alone; after another letter they belong to its word.
    firsts = starts.copy()
    opened = np.flatnonzero(kinds[1:-1].take(starts) == _WIDE)
    if len(opened):
        narrow = np.append(np.flatnonzero(kinds[1:-1] == _LETTER), len(codes))
        firsts[opened] = np.minimum(narrow[np.searchsorted(narrow, starts[opened])], ends[opened])
    run = np.searchsorted(starts, wide, side="right") - 1
    alone = np.ones(len(wide), dtype=np.bool_)
    if len(starts):
        alone = (run < 0) | (wide < firsts[run]) | (wide >= ends[run])
    single = wide[alone]
    has_word = firsts < ends
    every = np.concatenate([firsts[has_word], single])
    lengths = np.concatenate([(ends - firsts)[has_word], np.ones(len(single), dtype=np.int64)])
    order = np.argsort(every, kind="stable")
    return every[order], lengths[order]


def _contracted(
    codes: NDArray[np.uint32], starts: NDArray[np.int64], bare: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return where words begin, how long they are without a contracted "not", and with it."""
    ends = starts + bare
    tail = np.flatnonzero((bare[1:] == 1) & (starts[1:] == ends[:-1] + 1)) + 1
    tail = tail[codes[starts[tail]] == _SMALL_T]
    tail = tail[np.isin(codes[starts[tail] - 1], _APOSTROPHES) & (codes[ends[tail]] != _UNDERSCORE)]
    # Wide characters take no apostrophe.
    tail = tail[_KINDS.take(codes[starts[tail - 1]], mode="clip") == _LETTER]
    if not len(tail):
        return starts, bare, bare
    taken: list[int] = []
    for index in tail.tolist():
        if not taken or taken[-1] != index - 1:
            taken.append(index)
    lengths = bare.copy()
    lengths[np.array(taken) - 1] += 2
    kept = np.ones(len(starts), dtype=np.bool_)
    kept[taken] = False
    return starts[kept], bare[kept], lengths[kept]
