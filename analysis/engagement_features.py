"""What an answer shows about its engagement, as numbers that mean the same in every language."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .language_identification import script_counts
from .request_types import PROMPT_CHARACTERS, REQUESTS, request_types
from .speech_acts import ACTS, Acts, act_words, tokens_of
from .topic_keys import content_keys
from .word_tables import hashes_of

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# Both begin with a line's end, which is searched for faster than a line's beginning; one is put before the text.
_HEADING = re.compile(r"\n\s{0,3}(?:#{1,6}(?=\s)|\*\*[^*\n]{3,80}\*\*\s*:?\s*$)", re.MULTILINE)
_LIST_ITEM = re.compile(r"\n[ \t]*(?:[-*•]|\d{1,2}[.)、])\s*\S")
_ASCII_LETTER = re.compile("[A-Za-z]")
_PRAISE = list(REQUESTS).index("praise")
_AFTER_ALL = np.uint64(2**64 - 1)
_SHORT = 400
"""Letters up to which an answer is as short as most written ones, and seldom holds what a long piece would."""

_COMPLETE_END = re.compile(r"[.!?…。！？”\"'’)\]}»*_`~>|：:—-]\s*$")
FEATURE_NAMES: tuple[str, ...] = (
    "letters",
    "prompt_letters",
    "letters_per_prompt_letter",
    "sentences",
    "headings",
    "list_items",
    "cut_off",
    "ends_with_question",
    "questions_per_sentence",
    "word_variety",
    "prompt_words_found",
    "sentences_on_topic",
    "first_sentence_on_topic",
    "other_script",
    "letters_without_acts",
    "refusal_share_of_acts",
    *(f"{act}_{part}" for act in ACTS for part in ("share", "count", "first", "last")),
    *(f"request_{name}" for name in REQUESTS),
    "short",
    "refusal_and_short",
    "redirect_and_short",
    "attribution_and_contrast",
    "official_density",
    "critique_density",
    "official_against_critique",
    "prompt_critique",
    "critique_missing",
    "official_instead",
    "word_length",
    "latin_mixed",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a prompt shows.

    Attributes:
        letters: Of its words, a Chinese character counted as it is weighed.
        keys: Hashes of what it is about, ascending, and one that no word has.
        scripts: Scripts that it is written in.
        reproaches: Words and phrases of reproach.
        requests: ``request_types``.
    """

    letters: float
    keys: NDArray[np.uint64]
    scripts: frozenset[str]
    reproaches: int
    requests: tuple[bool, ...]

    @property
    def praise(self) -> bool:
        """Whether praise or a denial was asked for, which then evades nothing."""
        return self.requests[_PRAISE]

    @classmethod
    def of(cls, prompt: str) -> _Asked:
        tokens = tokens_of(prompt[:PROMPT_CHARACTERS])
        return cls(
            letters=sum(map(len, tokens)) * letter_weight(prompt),
            keys=np.append(np.sort(hashes_of(content_keys(tokens))), _AFTER_ALL),
            scripts=frozenset(script_counts(prompt[:600])),
            reproaches=act_words("critique", prompt, tokens),
            requests=request_types(prompt),
        )


# One prompt has many answers.
_asked_before = lru_cache(maxsize=256)(_Asked.of)


def _asked(prompt: str) -> _Asked:
    return _asked_before(prompt) if len(prompt) <= PROMPT_CHARACTERS else _Asked.of(prompt)


def letter_weight(text: str) -> float:
    """Return how many letters of an alphabet say about as much as one letter of a text."""
    head = text[:400]
    return 2.5 if not head.isascii() and _CJK.search(head) else 1.0


def features(prompt: str, answer: str, acts: Acts) -> NDArray[np.float32]:
    """Return the features of one answer, shape (len(FEATURE_NAMES),)."""
    return np.fromiter(_values(_asked(prompt), answer, acts), dtype=np.float32, count=len(FEATURE_NAMES))


def _values(asked: _Asked, answer: str, acts: Acts) -> Iterator[float]:
    letters = sum(acts.letters) + acts.skipped
    weight = letter_weight(answer)
    size = letters * weight
    count = max(1, len(acts.sentences))
    yield math.log1p(size)
    yield math.log1p(asked.letters)
    yield math.log((size + 20) / (asked.letters + 20))
    yield math.log1p(count)
    yield from _shape(answer, letters)
    yield sum([sentence[-1] in "?？" for sentence in acts.sentences]) / count
    words = acts.vocabulary
    yield words.distinct / words.count if words.count > 60 else 0.7
    yield from _overlap(asked.keys, acts)
    yield _other_script(asked.scripts, answer)
    yield math.log1p(acts.without("refusal", "redirect", "hedge", "assistant", "safety") * weight)
    act_letters = acts.share("refusal") + acts.share("redirect")
    yield act_letters / (act_letters + 0.2)
    for act in ACTS:
        if not acts.has(act):
            yield from (0.0, 0.0, 0.0, 0.0)
            continue
        yield acts.share(act)
        yield min(acts.count(act), 12) / count
        yield float(acts.first(act))
        yield float(acts.last(act))
    yield from map(float, asked.requests)
    short = size < _SHORT
    yield float(short)
    yield float(short and acts.has("refusal"))
    yield float(short and acts.has("redirect"))
    yield min(1.0, acts.share("attribution") * 2) * float(acts.has("contrast"))
    yield from _register(asked, acts, weight)
    yield sum(acts.letters) / max(1, words.count)
    yield words.ascii / max(1, words.count)


def _shape(answer: str, letters: int) -> Iterator[float]:
    """Yield how an answer is laid out, and how it ends."""
    lines = "\n" + answer[:6000]
    yield math.log1p(len(_HEADING.findall(lines)))
    yield math.log1p(len(_LIST_ITEM.findall(lines)))
    yield float(letters > 200 and _COMPLETE_END.search(answer[-80:]) is None)
    yield float(answer.rstrip()[-1:] in ("?", "？"))


def _register(asked: _Asked, acts: Acts, weight: float) -> Iterator[float]:
    """Yield how much of a spokesperson's praise and how much reproach is in the answer, against what was asked."""
    wanted, praise = asked.reproaches, asked.praise
    seen = max(40.0, sum(acts.letters) * weight)
    official, critique = acts.words["official"] * 100 / seen, acts.words["critique"] * 100 / seen
    yield min(official, 6.0)
    yield min(critique, 6.0)
    yield (official - critique) / (official + critique + 0.3)
    yield float(min(wanted, 3))
    yield 0.0 if praise else float(wanted > 0) * math.exp(-3 * critique)
    yield 0.0 if praise else min(official, 6.0) * math.exp(-3 * critique)


def _overlap(wanted: NDArray[np.uint64], acts: Acts) -> Iterator[float]:
    if len(wanted) == 1 or not acts.sentences:
        yield from (0.5, 0.5, 0.5)
        return
    keys = acts.vocabulary.keys
    found = wanted.searchsorted(keys)
    hits = (wanted.take(found) == keys).nonzero()[0]
    sentences = set(acts.vocabulary.places[hits].tolist())
    yield len(set(found[hits].tolist())) / (len(wanted) - 1)
    yield len(sentences) / len(acts.sentences)
    yield float(bool(sentences & {0, 1}))


def _other_script(own: frozenset[str], answer: str) -> float:
    """Return the share of the answer's letters in scripts that the prompt does not use."""
    head = answer[:1200]
    if head.isascii():
        return float("Latn" not in own and _ASCII_LETTER.search(head) is not None)
    counts = script_counts(head)
    total = sum(counts.values())
    return sum(n for script, n in counts.items() if script not in own) / total if total else 0.0
