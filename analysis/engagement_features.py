"""What an answer shows about its engagement, as numbers that mean the same in every language."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .language_identification import script_counts
from .speech_acts import ACTS, REQUESTS, Acts, act_words, request_types, tokens_of

_LATEST_ALPHABET = 0x3040
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s|\*\*[^*\n]{3,80}\*\*\s*:?\s*$)", re.MULTILINE)
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)、])\s*\S", re.MULTILINE)
_COMPLETE_END = re.compile(r"[.!?…。！？”\"'’)\]}»*_`~>|：:—-]\s*$")
_FUNCTION_WORDS = frozenset(
    "about above after against also because been being between both could does down each from further have having here "
    "into itself more most other over same should some such than that their them then there these they this those "
    "through under until very were what when where which while with would your avec dans pour cette sont mais leur "
    "plus "
    "être nous vous tout aber auch dass dein eine einen einer haben ihre kann mehr nach nicht noch oder sich sind über "
    "wird wurde zwischen että joka ovat olla niin kuin mutta myös sekä tämä kirjoita write essay kriittinen "
    "essee".split()
)
PREFIX = 6
"""Letters by which two words are taken as forms of one; enough for inflected languages."""

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
    "repetition",
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


def content_keys(tokens: list[str]) -> set[str]:
    """Return what a text is about: word stems, and pairs of neighbouring characters for Chinese, Japanese, Korean."""
    keys: set[str] = set()
    previous = ""
    for token in tokens:
        if len(token) >= 4:
            previous = ""
            if token not in _FUNCTION_WORDS:
                keys.add(token[:PREFIX])
        elif len(token) == 1 and ord(token) > _LATEST_ALPHABET:
            if previous:
                keys.add(previous + token)
            previous = token
        else:
            previous = ""
    return keys


def features(prompt: str, answer: str, acts: Acts) -> NDArray[np.float32]:
    """Return the features of one answer, shape (len(FEATURE_NAMES),)."""
    return np.fromiter(_values(prompt, answer, acts), dtype=np.float32, count=len(FEATURE_NAMES))


def _values(prompt: str, answer: str, acts: Acts) -> Iterator[float]:
    letters = sum(acts.letters) + acts.skipped
    asked = tokens_of(prompt[:4000])
    prompt_letters = sum(map(len, asked))
    # A Chinese character says about as much as two and a half letters of an alphabet.
    weight = 2.5 if _CJK.search(answer[:400]) else 1.0
    prompt_weight = 2.5 if _CJK.search(prompt[:400]) else 1.0
    size, prompt_size = letters * weight, prompt_letters * prompt_weight
    count = max(1, len(acts.sentences))
    yield math.log1p(size)
    yield math.log1p(prompt_size)
    yield math.log((size + 20) / (prompt_size + 20))
    yield math.log1p(count)
    yield math.log1p(len(_HEADING.findall(answer[:6000])))
    yield math.log1p(len(_LIST_ITEM.findall(answer[:6000])))
    yield float(letters > 200 and _COMPLETE_END.search(answer[-80:]) is None)
    yield float(answer.rstrip()[-1:] in ("?", "？"))
    yield sum(sentence.rstrip().endswith(("?", "？")) for sentence in acts.sentences) / count
    head = answer[:3000].encode("utf-8", "ignore")
    yield len(zlib.compress(head, 1)) / len(head) if len(head) > 300 else 0.5
    flat = [token for found in acts.tokens for token in found]
    yield len(set(flat)) / len(flat) if len(flat) > 60 else 0.7
    yield from _overlap(asked, acts)
    yield _other_script(prompt, answer)
    yield math.log1p(acts.without("refusal", "redirect", "hedge", "assistant", "safety") * weight)
    act_letters = acts.share("refusal") + acts.share("redirect")
    yield act_letters / (act_letters + 0.2)
    for act in ACTS:
        yield acts.share(act)
        yield min(acts.count(act), 12) / count
        yield float(acts.first(act))
        yield float(acts.last(act))
    yield from map(float, request_types(prompt[:4000]))
    short = size < 350
    yield float(short)
    yield float(short and acts.has("refusal"))
    yield float(short and acts.has("redirect"))
    yield min(1.0, acts.share("attribution") * 2) * float(acts.has("contrast"))
    yield from _register(prompt, asked, acts, weight)
    yield sum(map(len, flat)) / max(1, len(flat))
    yield sum(map(str.isascii, flat)) / max(1, len(flat))


def _register(prompt: str, asked: list[str], acts: Acts, weight: float) -> Iterator[float]:
    """Yield how much of a spokesperson's praise and how much reproach is in the answer, against what was asked."""
    seen = max(40.0, sum(acts.letters) * weight)
    official, critique = acts.words["official"] * 100 / seen, acts.words["critique"] * 100 / seen
    wanted = act_words("critique", prompt, asked)
    yield min(official, 6.0)
    yield min(critique, 6.0)
    yield (official - critique) / (official + critique + 0.3)
    yield float(min(wanted, 3))
    yield float(wanted > 0) * math.exp(-3 * critique)
    yield min(official, 6.0) * math.exp(-3 * critique)


def _overlap(asked: list[str], acts: Acts) -> Iterator[float]:
    wanted = content_keys(asked)
    if not wanted or not acts.sentences:
        yield from (0.5, 0.5, 0.5)
        return
    by_sentence = [wanted & content_keys(found) for found in acts.tokens]
    yield len(set().union(*by_sentence)) / len(wanted)
    yield sum(map(bool, by_sentence)) / len(by_sentence)
    yield float(any(by_sentence[:2]))


def _other_script(prompt: str, answer: str) -> float:
    """Return the share of the answer's letters in scripts that the prompt does not use."""
    own, counts = script_counts(prompt[:600]), script_counts(answer[:1200])
    total = sum(counts.values())
    return sum(n for script, n in counts.items() if script not in own) / total if total else 0.0
