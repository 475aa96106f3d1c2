"""What the sentences of an answer do: refuse, redirect, hedge, attribute, contrast, praise, accuse, and so on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import or_

from .act_lexicon import (
    ACT_BIT,
    ACT_STEMS,
    ACT_WORDS,
    ACTS,
    CHINESE_REGEX,
    CHINESE_WORDS,
    GATE_SHIFT,
    LATIN_REGEX,
    LONG_STEM,
    PATTERNED,
    SHORT_STEM,
)
from .act_reading import Acts, Reading
from .answer_words import sentence_spans
from .engagement_ngrams import chunks
from .letter_classes import has_wide, letter_class
from .request_types import REQUESTS, asks_for_piece, request_types

__all__ = [
    "ACTS",
    "REQUESTS",
    "Acts",
    "act_bits",
    "act_words",
    "asks_for_piece",
    "find_acts",
    "find_all_acts",
    "refusal_at_head",
    "refusal_in",
    "request_types",
    "tokens_of",
]

_AT_ONCE = 16
"""Answers read together; the arrays of more would not stay in a processor's cache."""

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_]+(?:['’]t\b)?")
_NARROW_TOKEN = re.compile(f"[{letter_class(digits=True)}]+(?:['’]t\\b)?")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def tokens_of(text: str) -> list[str]:
    """Return the words of ``text`` in lower case; each Chinese character is one."""
    lower = text.lower()
    return (_TOKEN if has_wide(lower) else _NARROW_TOKEN).findall(lower)


def act_words(act: str, text: str, tokens: list[str]) -> int:
    """Return how many words or phrases of ``text`` show ``official`` or ``critique``."""
    bit = ACT_BIT[act]
    found = sum(1 for bits in map(_bits, tokens) if bits & bit)
    if _CHINESE.search(text):
        found += sum(match.lastgroup == act for match in CHINESE_WORDS.finditer(text))
    return found


@lru_cache(maxsize=1 << 15)
def _bits(token: str) -> int:
    return ACT_WORDS.get(token, 0) | ACT_STEMS.get(token[:SHORT_STEM], 0) | ACT_STEMS.get(token[:LONG_STEM], 0)


def act_bits(tokens: Sequence[str]) -> int:
    """Return which acts single words show and which patterns they call for, as bits."""
    return reduce(or_, map(_bits, tokens), 0)


def find_acts(answer: str) -> Acts:
    """Return what the sentences at the beginning and the end of ``answer`` do."""
    return find_all_acts([answer])[0]


def find_all_acts(answers: Sequence[str]) -> list[Acts]:
    """Return what ``find_acts`` finds in each answer; many at once take a third of the time."""
    return [acts for part in chunks(answers, _AT_ONCE) for acts in Reading(part).acts()]


def refusal_in(text: str) -> tuple[bool, float, bool]:
    """Return whether a sentence refuses, the share of letters in those that do, and whether one of the first two does.

    The same as ``find_acts`` finds in a short text, without its other acts and in less time.
    """
    pattern, gate = LATIN_REGEX["refusal"], 1 << (GATE_SHIFT + PATTERNED.index("refusal"))
    if _CHINESE.search(text) is None and not act_bits(tokens_of(text)) & gate:
        return False, 0.0, False
    spans = sentence_spans(text)
    refusing: list[int] = []
    for index, (start, end) in enumerate(spans):
        sentence = text[start:end]
        gated = act_bits(tokens_of(sentence)) & gate
        if (gated and pattern.search(sentence)) or (
            _CHINESE.search(sentence) and CHINESE_REGEX["refusal"].search(sentence)
        ):
            refusing.append(index)
    if not refusing:
        return False, 0.0, False
    return _refusal(refusing, [_letters(text[start:end]) for start, end in spans])


def refusal_at_head(head: str, acts: Acts) -> tuple[bool, float, bool]:
    """Return what ``refusal_in`` finds in the beginning of an answer, sooner since ``acts`` of the answer are known."""
    spans = sentence_spans(head)
    if not spans:
        return False, 0.0, False
    # The last sentence may go on where the beginning ends; the others have been read as they are.
    last = len(spans) - 1
    cut = head[slice(*spans[last])]
    refusing = [index for index in acts.marked["refusal"] if index < last]
    if refusal_in(cut)[0]:
        refusing.append(last)
    if not refusing:
        return False, 0.0, False
    return _refusal(refusing, [*acts.letters[:last], _letters(cut)])


def _letters(sentence: str) -> int:
    return sum(map(len, tokens_of(sentence)))


def _refusal(refusing: Sequence[int], letters: Sequence[int]) -> tuple[bool, float, bool]:
    """Return what ``refusal_in`` does where sentences refuse, given which, and the letters of every one."""
    total = sum(letters)
    return True, sum([letters[index] for index in refusing]) / total if total else 0.0, refusing[0] < 2
