"""The clauses of a text with their words, what these do, and what the clause is about.

Everything comes from word lists that know no topic, so that it means the same in every language of the lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from operator import add, or_
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


def _lexicon() -> tuple[Mapping[str, int], Mapping[str, int], tuple[int, ...]]:
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    for category, listed in WORDS.items():
        for word in listed.split():
            table = stems if word.endswith("*") else exact
            word = word.rstrip("*")
            table[word] = table.get(word, 0) | BITS[category]
    for word in IMPARTIAL_GATE.split():
        exact[word] = exact.get(word, 0) | IMPARTIAL_BIT
    return exact, stems, tuple(sorted({len(stem) for stem in stems}))


_EXACT, _STEMS, _STEM_LENGTHS = _lexicon()


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
    for length in _STEM_LENGTHS:
        if length > len(word):
            break
        mask |= _STEMS.get(word[:length], 0)
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
    """A stretch of text between stops; one is made for every few words of an answer, so it must be cheap to make.

    Attributes:
        text: In lower case.
        words: Its words in an alphabet.
        masks: Their categories.
        mask: The categories of all of them.
        chinese: Categories of its Chinese parts, with the number of each.
        han: Whether it has Chinese parts.
    """

    text: str
    words: Sequence[str]
    masks: Sequence[int]
    mask: int
    chinese: Mapping[str, int]
    han: bool

    @classmethod
    def of(cls, text: str) -> Clause:
        """Return the clause that ``text`` is."""
        return _clause(text.lower(), _TOKEN, ALL_CHINESE)

    @property
    def keys(self) -> frozenset[str]:
        """What it is about, as ``keys_of`` gives it."""
        return _keys(self.words, _han_pairs(self.text) if self.han else ())

    @property
    def size(self) -> int:
        """Number of its words, or of its pairs of Chinese characters."""
        return len(self.words) or (len(_han_pairs(self.text)) if self.han else 0)

    def is_about(self, subject: frozenset[str]) -> bool:
        """Return whether the clause has a key of ``subject``."""
        if not subject.isdisjoint(map(_KEYS.__getitem__, self.words)):
            return True
        return self.han and any(key in self.text for key in subject if len(key) == 2 and has_han(key))

    def number(self, category: str) -> int:
        """Return how many words or phrases of a category the clause has."""
        bit = BITS[category]
        found = sum([1 for mask in self.masks if mask & bit]) if self.mask & bit else 0
        return found + self.chinese.get(category, 0)

    @property
    def negated(self) -> bool:
        """Whether the clause denies rather than affirms: an odd number of negations."""
        # French "ne … pas" counts once since only the second word is listed.
        return self.number("negation") % 2 == 1


_NO_CHINESE: Mapping[str, int] = {}
ALL_CHINESE = (1 << len(CHINESE)) - 1


def _clause(text: str, token: re.Pattern[str], categories: int) -> Clause:
    words = token.findall(text)
    masks = list(map(_MASKS.__getitem__, words))
    mask = reduce(or_, masks, 0)
    if not has_han(text):
        return Clause(text, words, masks, mask, _NO_CHINESE, False)
    return Clause(text, words, masks, mask, _chinese(text, categories), True)


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


def clauses_of(text: str) -> Iterator[Clause]:
    """Yield the clauses of a text that have any content."""
    # What a sigma becomes depends on what stands around it, so its clauses are put in lower case one by one.
    each = _SIGMA in text
    whole = text if each else text.lower()
    wide = has_wide(whole)
    token, categories = (_TOKEN, _categories(whole)) if wide else (_NARROW_TOKEN, 0)
    # Replacing one character after another takes a third of the time of a pattern of all.
    for stop in _STOPS + _WIDE_STOPS if wide else _STOPS:
        whole = whole.replace(stop, "\n")
    for part in whole.split("\n"):
        if bare := part.strip():
            yield _clause(bare.lower() if each else bare, token, categories)


def read_parts(answer: str) -> str:
    """Return the beginning and the end of an answer, which is what is read of it."""
    if len(answer) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return answer
    return answer[:HEAD_CHARACTERS] + "\n" + answer[-TAIL_CHARACTERS:]
