"""Breaks sound answers as small models break theirs, so that incoherence can be learnt without waiting for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from .language_scripts import SCRIPTS, ranges

LEAST_CHARACTERS = 150
_WORD = re.compile(r"[^\W\d_]{4,}|[\u3400-\u9fff]")
_PIECE = re.compile(r"[\u3400-\u9fff]|\S+\s*|\n")
_SIGNS = ("\U0001f4d0", "\u2697", "\U0001f525", "\u2588", "\ufffd", "<|", "}};")


def broken_answers(answers: Sequence[str]) -> Iterator[str | None]:
    """Yield each answer broken in one of three ways, the same every time; None for one too short to be.

    Words are exchanged for those of a script that nobody asked for, or glued to another word, or what has been said so
    far comes again and again.
    """
    random = np.random.default_rng(0)
    for answer in answers:
        yield _broken(answer, random) if len(answer) >= LEAST_CHARACTERS else None


def _broken(answer: str, random: np.random.Generator) -> str:
    start = int(len(answer) * random.choice([0.0, 0.2, 0.5]))
    kind = random.integers(3)
    exchanged = answer if kind == 0 else answer[:start] + _exchanged(answer, start, random, glued=bool(kind == 2))
    # By chance, no word of a short answer may have been exchanged.
    return _looped(answer, start + (len(answer) - start) // 3, random) if exchanged == answer else exchanged


def _exchanged(answer: str, start: int, random: np.random.Generator, *, glued: bool) -> str:
    """Return the answer from ``start`` on with some words exchanged for strangers, or glued to what does not belong."""
    rate = random.uniform(0.08, 0.4)
    words = _WORD.findall(answer) or [answer]

    def exchanged(match: re.Match[str]) -> str:
        word = match.group()
        if random.random() > rate:
            return word
        if not glued or len(word) < 4:
            return _stranger(random)
        kept = word[: random.integers(2, len(word))]
        return kept + (words[random.integers(len(words))].capitalize() if random.random() < 0.5 else _stranger(random))

    return _WORD.sub(exchanged, answer[start:])


def _looped(answer: str, start: int, random: np.random.Generator) -> str:
    """Return the answer up to ``start``, then its last words over and over."""
    pieces = _PIECE.findall(answer[:start])
    unit = "".join(pieces[-int(random.choice([1, 2, 4, 8, 15])) :]) or answer[:20]
    times = max(12, int(len(answer) * random.uniform(0.4, 1.5) / len(unit)))
    return answer[:start] + unit * times


def _stranger(random: np.random.Generator) -> str:
    """Return what is no word of the answer's language: letters of one other script, or a sign."""
    if random.random() < 0.1:
        return _SIGNS[random.integers(len(_SIGNS))]
    spans = list(ranges(SCRIPTS[random.integers(len(SCRIPTS))]))
    first, last = spans[random.integers(min(2, len(spans)))]
    return "".join(map(chr, random.integers(ord(first), ord(last) + 1, size=random.integers(2, 8))))
