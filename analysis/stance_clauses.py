"""The clauses of a text with their words, what these do, and what the clause is about.

Everything comes from word lists that know no topic, so that it means the same in every language of the lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import NamedTuple, TypeVar

from .letter_classes import has_wide, letter_class
from .stance_words import CHINESE, FUNCTION_WORDS, IMPARTIAL_GATE, WORDS

HEAD_CHARACTERS, TAIL_CHARACTERS = 1500, 800
"""What is read of an answer; the middle of a longer one is skipped."""

_Value = TypeVar("_Value")

BITS = {category: 1 << index for index, category in enumerate(WORDS)}
IMPARTIAL_BIT = 1 << len(BITS)
WEIGHING, INQUIRY, VOICE, NEGATION, FAVOURABLE, UNFAVOURABLE, AGREE = (
    BITS[name] for name in ("weighing", "inquiry", "voice", "negation", "favourable", "unfavourable", "agree")
)
_TOKEN = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+(?:['’][^\W\d_]+)?")
_LETTERS = letter_class(digits=False)
_NARROW_TOKEN = re.compile(f"[{_LETTERS}]+(?:['’][{_LETTERS}]+)?")
_NARROW_RUN = re.compile(f"[{_LETTERS}]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_STOPS, _WIDE_STOPS = '.!?;:"“”«»。', "！？；："
_SIGMA = "Σ"
CHINESE_REGEX: Mapping[str, re.Pattern[str]] = {category: re.compile(pattern) for category, pattern in CHINESE.items()}


def _beginnings() -> Mapping[str, int]:
    """Return for each character which categories of ``CHINESE_REGEX`` have a match that begins with it, as bits."""
    found: dict[str, int] = {}
    for index, pattern in enumerate(CHINESE.values()):
        for word in _ANCHORS.sub("", pattern).split("|"):
            found[word[0]] = found.get(word[0], 0) | 1 << index
    return found


_ANCHORS = re.compile(r"\(\?<?!.*?\)|\^")
_BEGINNINGS = _beginnings()
_BEGINNING = frozenset(_BEGINNINGS)
# What looks behind is searched for slowly; without that, and without more anchors, it is found in no fewer texts.
_ANCHORED = {category: re.compile(_ANCHORS.sub("", CHINESE[category])) for category in ("agree", "disagree")}
CACHED_WORDS = 100_000
STEM = 5
"""Letters by which two words are taken as forms of one."""


def _lexicon() -> tuple[Mapping[str, int], Mapping[str, list[tuple[str, int]]], int]:
    """Return the categories of whole words, those of stems by how the stems begin, and by how many letters that is."""
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    for category, listed in WORDS.items():
        for word in listed.split():
            table = stems if word.endswith("*") else exact
            word = word.rstrip("*")
            table[word] = table.get(word, 0) | BITS[category]
    for word in IMPARTIAL_GATE.split():
        exact[word] = exact.get(word, 0) | IMPARTIAL_BIT
    shortest = min(map(len, stems))
    by_beginning: dict[str, list[tuple[str, int]]] = {}
    for stem, mask in stems.items():
        by_beginning.setdefault(stem[:shortest], []).append((stem, mask))
    return exact, by_beginning, shortest


_EXACT, _STEMS, _SHORTEST_STEM = _lexicon()


class _Known(dict[str, _Value]):
    """What was found out of every word met so far; forgets all of it before it grows too large."""

    def __init__(self, find: Callable[[str], _Value]):
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> _Value:
        if len(self) >= CACHED_WORDS:
            self.clear()
        value = self[word] = self._find(word)
        return value


def _mask_of(word: str) -> int:
    mask = _EXACT.get(word, 0)
    for stem, bits in _STEMS.get(word[:_SHORTEST_STEM], ()):
        if word.startswith(stem):
            mask |= bits
    return mask | NEGATION if word.endswith(("n't", "n’t")) else mask


def _key_of(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("’s")
    for elided in ("l'", "d'", "l’", "d’", "qu'", "qu’", "n'", "s'"):
        word = word.removeprefix(elided)
    return "" if word in FUNCTION_WORDS or len(word) < 2 else word[:STEM]


_MASKS, _KEYS = _Known(_mask_of), _Known(_key_of)


def word_mask(word: str) -> int:
    """Return the categories of a lower-case word as a bit mask."""
    return _MASKS[word]


def word_key(word: str) -> str:
    """Return by what a lower-case word tells what a text is about; empty where it does not."""
    return _KEYS[word]


def has_han(text: str) -> bool:
    """Return whether a text has Chinese characters."""
    return not text.isascii() and _HAN.search(text) is not None


def words_of(text: str) -> list[str]:
    """Return the words of a text in an alphabet, in lower case."""
    return _TOKEN.findall(text.lower())


def keys_of(text: str) -> frozenset[str]:
    """Return what a text is about: beginnings of words, and pairs of neighbouring Chinese characters."""
    return _keys(words_of(text), _han_pairs(text) if has_han(text) else ())


def _keys(words: Sequence[str], pairs: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(_KEYS.__getitem__, words))).union(pairs)


def _han_pairs(text: str) -> set[str]:
    return {pair for run in _HAN_RUN.findall(text) for pair in map(add, run, run[1:])}


class Clause(NamedTuple):
    """A stretch of text between stops.

    Attributes:
        text: In lower case.
        words: Its words in an alphabet.
        telling: The categories of those that have any.
        chinese: Categories of its Chinese parts, with the number of each.
        han: Whether it has Chinese parts.
    """

    text: str
    words: Sequence[str]
    telling: Sequence[int]
    chinese: Mapping[str, int]
    han: bool

    @classmethod
    def of(cls, text: str) -> Clause:
        """Return the clause that ``text`` is."""
        lowered = text.lower()
        words, han = _TOKEN.findall(lowered), has_han(lowered)
        return cls(lowered, words, _telling(words), _chinese(lowered, ALL_CHINESE) if han else _NO_CHINESE, han)

    @property
    def masks(self) -> list[int]:
        """The categories of each word."""
        return list(map(_MASKS.__getitem__, self.words))

    @property
    def keys(self) -> frozenset[str]:
        """What it is about, as ``keys_of`` gives it."""
        return _keys(self.words, _han_pairs(self.text) if self.han else ())

    def is_about(self, subject: frozenset[str]) -> bool:
        """Return whether the clause has a key of ``subject``."""
        if not subject.isdisjoint(map(_KEYS.__getitem__, self.words)):
            return True
        return self.han and any(key in self.text for key in subject if len(key) == 2 and has_han(key))

    def number(self, category: str) -> int:
        """Return how many words or phrases of a category the clause has."""
        bit = BITS[category]
        return sum([1 for mask in self.telling if mask & bit]) + self.chinese.get(category, 0)

    @property
    def negated(self) -> bool:
        """Whether the clause denies rather than affirms: an odd number of negations."""
        # French "ne … pas" counts once since only the second word is listed.
        return self.number("negation") % 2 == 1


_NO_CHINESE: Mapping[str, int] = {}
ALL_CHINESE = (1 << len(CHINESE)) - 1


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of a text, attribute by attribute: making a ``Clause`` of each would take longer than reading it."""

    texts: Sequence[str]
    words: Sequence[Sequence[str]]
    telling: Sequence[Sequence[int]]
    chinese: Sequence[Mapping[str, int]]
    han: Sequence[bool]

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, place: int) -> Clause:
        return Clause(self.texts[place], self.words[place], self.telling[place], self.chinese[place], self.han[place])

    def __iter__(self) -> Iterator[Clause]:
        return map(Clause, self.texts, self.words, self.telling, self.chinese, self.han)

    @property
    def size(self) -> int:
        """Number of words in all of them; where one has none, of its pairs of Chinese characters."""
        alone = [text for text, words, han in zip(self.texts, self.words, self.han, strict=True) if han and not words]
        return sum(map(len, self.words)) + sum([len(_han_pairs(text)) for text in alone])

    def places_about(self, subject: frozenset[str]) -> list[int]:
        """Return which clauses have a key of ``subject``, ascending."""
        # Keys are parts of words: where none stands, words need not be taken apart.
        whole = "\n".join(self.texts)
        there = [key for key in subject if key in whole]
        likely = {place for key in there for place, text in enumerate(self.texts) if key in text}
        return [place for place in sorted(likely) if self[place].is_about(subject)]

    def ends(self, count: int) -> list[int]:
        """Return the places of the first ``count`` clauses and of the last of the others."""
        return [*range(len(self))[:count], *range(len(self))[count:][-count:]]


def _telling(words: Sequence[str]) -> list[int]:
    return list(filter(None, map(_MASKS.__getitem__, words)))


def _chinese(text: str, categories: int) -> Mapping[str, int]:
    found = 0
    for character in _BEGINNING.intersection(text):
        found |= _BEGINNINGS[character]
    counts = {}
    for category, pattern in _patterns(found & categories):
        if count := len(pattern.findall(text)):
            counts[category] = count
    return counts


@lru_cache(maxsize=4096)
def _patterns(categories: int) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(item for index, item in enumerate(CHINESE_REGEX.items()) if categories >> index & 1)


def _categories(text: str) -> int:
    """Return which categories of Chinese words are worth looking for in the clauses of a text, as bits."""
    left_out = 0
    for index, category in enumerate(CHINESE):
        if category in _ANCHORED and _ANCHORED[category].search(text) is None:
            left_out |= 1 << index
    return ALL_CHINESE & ~left_out


def clauses_of(text: str) -> Clauses:
    """Return the clauses of a text that have any content."""
    # What a sigma becomes depends on what stands around it, so its clauses are put in lower case one by one.
    each = _SIGMA in text
    whole = text if each else text.lower()
    wide = has_wide(whole)
    categories = _categories(whole) if wide else 0
    # Replacing one character after another takes a third of the time of a pattern of all.
    for stop in _STOPS + _WIDE_STOPS if wide else _STOPS:
        whole = whole.replace(stop, "\n")
    texts = [bare for part in whole.split("\n") if (bare := part.strip())]
    if each:
        texts = [bare.lower() for bare in texts]
    words = list(map(_TOKEN.findall, texts)) if wide else _narrow_words(texts)
    han = list(map(has_han, texts)) if wide else [False] * len(texts)
    chinese = [_chinese(bare, categories) if own else _NO_CHINESE for bare, own in zip(texts, han, strict=True)]
    return Clauses(texts, words, list(map(_telling, words)), chinese, han)


def _narrow_words(texts: Sequence[str]) -> list[list[str]]:
    # Few clauses have an apostrophe, and the others are read sooner by a pattern that knows of none.
    joined, run = _NARROW_TOKEN.findall, _NARROW_RUN.findall
    return [joined(text) if "'" in text or "’" in text else run(text) for text in texts]


def read_parts(answer: str) -> str:
    """Return the beginning and the end of an answer, which is what is read of it."""
    if len(answer) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return answer
    return answer[:HEAD_CHARACTERS] + "\n" + answer[-TAIL_CHARACTERS:]
