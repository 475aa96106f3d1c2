"""Reads a few answers together for what their sentences do.

Their words are looked up as arrays, and a pattern is tried only where a word stands that it can begin with, in a
sentence that has a word it needs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .act_lexicon import (
    ACT_BIT,
    ACTS,
    ALL_ACTS,
    BEGINNING_TABLE,
    CHINESE_REGEX,
    CHINESE_WORD_BIT,
    CHINESE_WORDS,
    GATE_SHIFT,
    I_LETTERS,
    I_TABLE,
    LATIN_REGEX,
    LONG_STEM,
    PAIR_TABLE,
    PATTERNED,
    SHORT_STEM,
    STEM_TABLE,
    WORD_TABLE,
)
from .answer_words import SentenceWords, sentence_spans
from .engagement_ngrams import MULTIPLIER
from .topic_keys import key_hashes

HEAD_CHARACTERS = 1600
TAIL_CHARACTERS = 900
"""What an answer does shows at its beginning and its end; a middle of any length is skipped."""

_FIRST_CHINESE, _LAST_CHINESE, _SMALL_A = 0x3400, 0x9FFF, 0x61
_DOTTED_CAPITAL_I = "\u0130"
_OWNER_BITS = np.uint64(8)
"""Of the hash of a word, those that give way to the number of its answer: not more than 256 are read together."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What words an answer is made of.

    Attributes:
        count: Number of words.
        distinct: Number of different ones.
        ascii: Number of those in plain letters.
        keys: Hashes of ``topic_keys.content_keys``, sentence by sentence.
        places: Index of the sentence of each key.
    """

    count: int
    distinct: int
    ascii: int
    keys: NDArray[np.uint64]
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Acts:
    """Which sentences of an answer do what.

    Attributes:
        sentences: The sentences looked at.
        vocabulary: Their words; each Chinese character is one.
        marked: For each act, the indices of its sentences, ascending.
        words: For ``official`` and ``critique``, how many words or phrases show it.
        letters: Letters of each sentence.
        skipped: Characters in the middle that were not looked at.
    """

    sentences: tuple[str, ...]
    vocabulary: Vocabulary
    marked: Mapping[str, tuple[int, ...]]
    words: Mapping[str, int]
    letters: tuple[int, ...]
    skipped: int

    def share(self, act: str) -> float:
        """Return the share of letters in sentences with ``act``, of all letters looked at and skipped."""
        marked = self.marked[act]
        if not marked:
            return 0.0
        total = sum(self.letters) + self.skipped
        return sum([self.letters[index] for index in marked]) / total if total else 0.0

    def count(self, act: str) -> int:
        """Return the number of sentences with ``act``."""
        return len(self.marked[act])

    def has(self, act: str) -> bool:
        """Return whether any sentence has ``act``."""
        return bool(self.marked[act])

    def first(self, act: str) -> bool:
        """Return whether one of the first two sentences has ``act``."""
        return bool(self.marked[act]) and self.marked[act][0] < 2

    def last(self, act: str) -> bool:
        """Return whether one of the last two sentences has ``act``."""
        return bool(self.marked[act]) and self.marked[act][-1] >= len(self.sentences) - 2

    def without(self, *acts: str) -> int:
        """Return the letters of sentences that have none of ``acts``, and of what was skipped."""
        taken = {index for act in acts for index in self.marked[act]}
        return self.skipped + sum(self.letters) - sum([self.letters[index] for index in taken])


class Reading:
    """Reads a few answers together; positions and sentences are counted over all of them."""

    def __init__(self, answers: Sequence[str]):
        self._skipped = [max(0, len(answer) - HEAD_CHARACTERS - TAIL_CHARACTERS) for answer in answers]
        self._texts = [_looked_at(answer) for answer in answers]
        lower = [text.lower() for text in self._texts]
        self._dots = [_dots(text, low) for text, low in zip(self._texts, lower, strict=True)]
        self._spans = [sentence_spans(text) for text in self._texts]
        offsets = np.cumsum([0, *(len(low) + 1 for low in lower)])
        self._offsets: list[int] = offsets.tolist()
        sizes = [len(spans) for spans in self._spans]
        self._bounds = np.cumsum([0, *sizes])
        self._firsts: list[int] = self._bounds.tolist()
        self._owners = np.repeat(np.arange(len(lower)), sizes)
        in_lower = [
            sentence_spans(low) if dots else spans
            for low, dots, spans in zip(lower, self._dots, self._spans, strict=True)
        ]
        starts = np.array([start for spans in in_lower for start, _ in spans], dtype=np.int64)
        self._starts = starts + offsets[self._owners]
        self._words = SentenceWords.of(lower, self._starts)
        self._official, self._critique = [0] * len(lower), [0] * len(lower)

    def acts(self) -> Iterator[Acts]:
        """Yield what each answer does."""
        words = self._words
        hashes = words.prefixes.hashes(words.starts, words.lengths)
        masks = self._marked(hashes)
        ends = np.searchsorted(words.sentences, self._bounds)
        letters = np.bincount(words.sentences, weights=words.lengths, minlength=len(masks)).astype(np.int64).tolist()
        vocabularies = self._vocabularies(hashes, ends)
        for index, (text, spans, vocabulary) in enumerate(zip(self._texts, self._spans, vocabularies, strict=True)):
            first, last = self._firsts[index], self._firsts[index + 1]
            yield Acts(
                sentences=tuple([text[start:end] for start, end in spans]),
                vocabulary=vocabulary,
                marked=_by_act(masks[first:last]),
                words={"official": self._official[index], "critique": self._critique[index]},
                letters=tuple(letters[first:last]),
                skipped=self._skipped[index],
            )

    def _marked(self, hashes: NDArray[np.uint64]) -> list[int]:
        """Return the acts of each sentence as bits."""
        words = self._words
        bits = WORD_TABLE.get(hashes)
        bits |= STEM_TABLE.get(words.beginnings(SHORT_STEM)) | STEM_TABLE.get(words.beginnings(LONG_STEM))
        telling = np.flatnonzero(bits)
        bits, sentences = bits[telling], words.sentences[telling]
        masks = np.zeros(len(self._starts), dtype=np.int64)
        np.bitwise_or.at(masks, sentences, bits)
        counted = np.flatnonzero(bits & (ACT_BIT["official"] | ACT_BIT["critique"]))
        for owner, bit in zip(self._owners[sentences[counted]].tolist(), bits[counted].tolist(), strict=True):
            self._official[owner] += bit & ACT_BIT["official"] != 0
            self._critique[owner] += bit & ACT_BIT["critique"] != 0
        found: list[int] = (masks & ALL_ACTS).tolist()
        self._match_patterns(masks >> GATE_SHIFT, found)
        chinese = np.flatnonzero((words.codes >= _FIRST_CHINESE) & (words.codes <= _LAST_CHINESE))
        if len(chinese):
            self._match_chinese(chinese, found)
        return found

    def _match_patterns(self, gates: NDArray[np.int64], masks: list[int]) -> None:
        """Add the acts that patterns find; ``gates`` says for each sentence which of them to try."""
        words = self._words
        chosen = np.flatnonzero(gates[words.sentences])
        starts, sentences = words.starts[chosen], words.sentences[chosen]
        bare = words.bare[chosen]
        begins = BEGINNING_TABLE.get(words.prefixes.hashes(starts, np.minimum(bare, SHORT_STEM)))
        begins |= I_TABLE.get(words.prefixes.hashes(starts, np.minimum(bare, I_LETTERS)))
        begins &= gates[sentences]
        tried = np.flatnonzero(begins)
        places = zip(starts[tried].tolist(), sentences[tried].tolist(), begins[tried].tolist(), strict=True)
        for place, sentence, bits in places:
            owner, (_, end) = self._sentence(sentence)
            at = self._place(owner, place)
            for act in _patterned(bits):
                # A sentence that is known to do something need not show it again.
                if not masks[sentence] & ACT_BIT[act] and LATIN_REGEX[act].match(self._texts[owner], at, end):
                    masks[sentence] |= ACT_BIT[act]

    def _match_chinese(self, chinese: NDArray[np.int64], masks: list[int]) -> None:
        """Add the acts that words and patterns find among the characters at ``chinese``."""
        # One word begins with the Latin letters of "AI".
        before = chinese[chinese > 1] - 2
        places = np.sort(np.concatenate([chinese, before[self._words.codes[before] == _SMALL_A]]))
        bits = PAIR_TABLE.get(self._words.prefixes.hashes(places, 2))
        places, bits = places[bits > 0], bits[bits > 0]
        sentences = np.searchsorted(self._starts, places, side="right") - 1
        gates: dict[int, int] = {}
        read_to = (0, 0)
        for place, sentence, bit in zip(places.tolist(), sentences.tolist(), bits.tolist(), strict=True):
            gates[sentence] = gates.get(sentence, 0) | bit
            owner, (_, end) = self._sentence(sentence)
            at = self._place(owner, place)
            if (owner, at) < read_to or not bit & CHINESE_WORD_BIT:
                continue
            if match := CHINESE_WORDS.match(self._texts[owner], at, end):
                read_to = owner, match.end()
                act = match.lastgroup or ""
                masks[sentence] |= ACT_BIT[act]
                self._official[owner] += act == "official"
                self._critique[owner] += act == "critique"
        for sentence, bit in gates.items():
            owner, (start, end) = self._sentence(sentence)
            for number, act in enumerate(PATTERNED):
                if bit >> number & 1 and CHINESE_REGEX[act].search(self._texts[owner], start, end):
                    masks[sentence] |= ACT_BIT[act]

    def _sentence(self, index: int) -> tuple[int, tuple[int, int]]:
        """Return in which answer a sentence stands, and where."""
        owner = int(self._owners[index])
        return owner, self._spans[owner][index - self._firsts[owner]]

    def _place(self, owner: int, place: int) -> int:
        """Return where in its answer a character stands that is at ``place`` of all answers in lower case."""
        inside = place - self._offsets[owner]
        return inside - bisect_right(self._dots[owner], inside)

    def _vocabularies(self, hashes: NDArray[np.uint64], ends: NDArray[np.int64]) -> Iterator[Vocabulary]:
        words, count = self._words, len(self._texts)
        owners = np.repeat(np.arange(count, dtype=np.uint64), np.diff(ends))
        marked = np.sort((hashes * MULTIPLIER) >> _OWNER_BITS | owners << (np.uint64(64) - _OWNER_BITS))
        first = np.ones(len(marked), dtype=np.bool_)
        first[1:] = marked[1:] != marked[:-1]
        distinct = np.bincount((marked[first] >> (np.uint64(64) - _OWNER_BITS)).astype(np.int64), minlength=count)
        other = np.concatenate([[0], np.cumsum(words.with_other_letters())])
        keys, of_word = key_hashes(words, hashes)
        bounds = np.searchsorted(of_word, ends).tolist()
        places = words.sentences[of_word]
        sizes, others = np.diff(ends), np.diff(other[ends])
        for index, (size, different, beyond) in enumerate(
            zip(sizes.tolist(), distinct.tolist(), others.tolist(), strict=True)
        ):
            part = slice(bounds[index], bounds[index + 1])
            yield Vocabulary(size, different, size - beyond, keys[part], places[part] - self._firsts[index])


def _looked_at(answer: str) -> str:
    if len(answer) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return answer
    return answer[:HEAD_CHARACTERS] + "\n" + answer[-TAIL_CHARACTERS:]


def _dots(text: str, lower: str) -> Sequence[int]:
    """Return where in ``lower`` dots stand that are letters of their own there: a capital i with a dot becomes two."""
    if len(text) == len(lower):
        return ()
    capitals = (place for place, letter in enumerate(text) if letter == _DOTTED_CAPITAL_I)
    return [place + before + 1 for before, place in enumerate(capitals)]


def _by_act(masks: Sequence[int]) -> dict[str, tuple[int, ...]]:
    marked: dict[str, tuple[int, ...]] = dict.fromkeys(ACTS, ())
    for index, mask in enumerate(masks):
        if mask:
            for act in _acts_of(mask):
                marked[act] += (index,)
    return marked


@lru_cache(maxsize=1 << len(ACTS))
def _acts_of(mask: int) -> tuple[str, ...]:
    return tuple(act for act, bit in ACT_BIT.items() if mask & bit)


@lru_cache(maxsize=1 << len(PATTERNED))
def _patterned(bits: int) -> tuple[str, ...]:
    return tuple(act for number, act in enumerate(PATTERNED) if bits >> number & 1)
