"""The words and patterns of ``speech_act_words``, made ready for looking up many words at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .speech_act_words import (
    BEGINNINGS,
    CHINESE,
    CHINESE_GATES,
    CHINESE_PATTERNS,
    GATES,
    PATTERNS,
    WORDS,
)
from .word_tables import WordTable

SHORT_STEM, LONG_STEM = 5, 7
ACTS: tuple[str, ...] = (
    "refusal",
    "redirect",
    "altered",
    "hedge",
    "attribution",
    "contrast",
    "assistant",
    "safety",
    "disclaimer",
    "official",
    "critique",
    "rebuttal",
)
ACT_BIT: Mapping[str, int] = {act: 1 << index for index, act in enumerate(ACTS)}
ALL_ACTS = (1 << len(ACTS)) - 1
PATTERNED: tuple[str, ...] = tuple(GATES)
"""Acts that patterns find; where bits stand for these alone, the first has the lowest."""

GATE_SHIFT = len(ACTS)
"""In the bits of a word, those of ``PATTERNED`` whose patterns it calls for come after those of the acts it shows."""


def joined(*patterns: str) -> re.Pattern[str]:
    """Return a pattern that matches where one of ``patterns`` does, in either case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


LATIN_REGEX: Mapping[str, re.Pattern[str]] = {act: joined(*PATTERNS[act]) for act in PATTERNED}
CHINESE_REGEX: Mapping[str, re.Pattern[str]] = {
    act: re.compile(CHINESE_PATTERNS[act], re.IGNORECASE) for act in CHINESE_PATTERNS
}
CHINESE_WORDS = re.compile("|".join(f"(?P<{act}>{pattern})" for act, pattern in CHINESE.items()), re.IGNORECASE)


def _lexicon() -> tuple[Mapping[str, int], Mapping[str, int]]:
    words: dict[str, int] = {}
    stems: dict[str, int] = {}
    gate_bits = {act: 1 << (GATE_SHIFT + index) for index, act in enumerate(PATTERNED)}
    for lists, bits in ((WORDS, ACT_BIT), (GATES, gate_bits)):
        for act, listed in lists.items():
            for word in listed.split():
                if word.endswith("*"):
                    stem = word[:-1][: LONG_STEM if len(word) > LONG_STEM else SHORT_STEM]
                    stems[stem] = stems.get(stem, 0) | bits[act]
                else:
                    words[word] = words.get(word, 0) | bits[act]
    return words, stems


ACT_WORDS, ACT_STEMS = _lexicon()
"""Bits of whole words, and of beginnings of words of five or seven letters."""


def _beginnings() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for index, act in enumerate(PATTERNED):
        for word in BEGINNINGS[act].split():
            stem = word[:SHORT_STEM]
            found[stem] = found.get(stem, 0) | 1 << index
    return found


def _opening_pairs(pattern: str) -> Iterator[str]:
    """Yield the two characters that each match of a list of Chinese words may begin with."""
    for word in re.sub(r"\(\?:[^)]*\)\??", "", pattern.lower()).split("|"):
        if word:
            seconds = word[2 : word.index("]")] if word[1] == "[" else word[1]
            yield from (word[0] + second for second in seconds)


CHINESE_WORD_BIT = 1 << len(PATTERNED)


def _pairs() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for pattern in CHINESE.values():
        for pair in _opening_pairs(pattern):
            found[pair] = CHINESE_WORD_BIT
    for act, pairs in CHINESE_GATES.items():
        for pair in pairs.split():
            found[pair] = found.get(pair, 0) | 1 << PATTERNED.index(act)
    return found


WORD_TABLE, STEM_TABLE = WordTable.of(ACT_WORDS), WordTable.of(ACT_STEMS)
BEGINNING_TABLE = WordTable.of(_beginnings())
"""Which of ``PATTERNED`` have a pattern that may begin with a word of these first five letters."""

PAIR_TABLE = WordTable.of(_pairs())
"""Which patterns of ``PATTERNED`` two Chinese characters call for, and whether a word may begin with them."""

_BEGIN_WITH_I = 1 << PATTERNED.index("refusal") | 1 << PATTERNED.index("redirect")
_GLUED = "re si al ca co wo wi am no un mu ha ne do".split()
I_LETTERS = 3
I_TABLE = WordTable.of(
    dict.fromkeys(["i", "im", "id", *(f"i{two}" for two in _GLUED), *(f"im{two[0]}" for two in _GLUED)], _BEGIN_WITH_I)
)
"""Which of ``PATTERNED`` have a pattern that may begin with "I", to which the next word may be glued."""
