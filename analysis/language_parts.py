"""A part of an answer that is in another language than asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FULL_SWITCH_SHARE, PARTIAL_SWITCH_SHARE = 0.9, 0.1
"""Shares of letters in another language from which on a switch is a full one, and a partial one."""

SENTENCE_LETTERS = 20
"""Letters of an alphabet from which on a stretch is a sentence, and a detector right about it."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A part of an answer that is in another language.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        language: BCP-47 tag.
        letters: Its letters.
        sentence: Whether it is a whole sentence.
    """

    start: int
    end: int
    language: str
    letters: int
    sentence: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """What is in another language, and how clear the rest is.

    Attributes:
        foreign: The parts in another language.
        certainty: The detectors' word on the language of the whole, 0 to 1; 1 where scripts or both leave no doubt.
    """

    foreign: tuple[Foreign, ...]
    certainty: float


def gaps(text: str, foreign: Sequence[Foreign]) -> Iterator[str]:
    """Yield what of ``text`` is in none of the parts."""
    position = 0
    for part in sorted(foreign, key=lambda part: part.start):
        yield text[position : part.start]
        position = max(position, part.end)
    yield text[position:]


def main_language(foreign: Sequence[Foreign]) -> str:
    """Return the language that most letters of the parts are in."""
    letters: Counter[str] = Counter()
    for part in foreign:
        letters[part.language] += part.letters
    return max(sorted(letters), key=lambda language: letters[language])


def spans(foreign: Sequence[Foreign]) -> tuple[tuple[int, int], ...]:
    """Return the character ranges of the parts, adjoining ones merged."""
    merged: list[tuple[int, int]] = []
    for part in sorted(foreign, key=lambda part: part.start):
        if merged and part.start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(part.end, merged[-1][1]))
        else:
            merged.append((part.start, part.end))
    return tuple(merged)
