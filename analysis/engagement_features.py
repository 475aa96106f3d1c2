"""What an answer shows about its engagement, as numbers that mean the same in every language."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from .language_identification import script_counts
from .speech_acts import ACTS, REQUESTS, Acts, request_types

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_]+", re.UNICODE)
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s|\*\*[^*\n]{3,80}\*\*\s*:?\s*$)", re.MULTILINE)
_LIST_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、])\s*\S", re.MULTILINE)
_COMPLETE_END = re.compile(r"[.!?…。！？”\"'’)\]}»*_`~>|：:—-]\s*$")
_FUNCTION_WORDS = frozenset(
    "about above after against also because been being between both could does down each from further have having here "
    "into itself more most other over same should some such than that their them then there these they this those "
    "through under until very were what when where which while with would your avec dans pour cette sont mais leur plus "
    "être nous vous tout aber auch dass dein eine einen einer haben ihre kann mehr nach nicht noch oder sich sind über "
    "wird wurde zwischen että joka ovat olla niin kuin mutta myös sekä tämä kirjoita write essay kriittinen essee".split()
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
)


def content_keys(text: str) -> set[str]:
    """Return what a text is about: word stems, and pairs of neighbouring characters for Chinese, Japanese, Korean."""
    keys: set[str] = set()
    previous = ""
    for token in _TOKEN.findall(text):
        if _CJK.match(token):
            if previous:
                keys.add(previous + token)
            previous = token
            continue
        previous = ""
        word = token.casefold()
        if len(word) >= 4 and word not in _FUNCTION_WORDS:
            keys.add(word[:PREFIX])
    return keys


def features(prompt: str, answer: str, acts: Acts) -> NDArray[np.float32]:
    """Return the features of one answer, shape (len(FEATURE_NAMES),)."""
    return np.array(list(_values(prompt, answer, acts)), dtype=np.float32)


def _values(prompt: str, answer: str, acts: Acts) -> Iterator[float]:
    letters = sum(acts.letters) + acts.skipped
    prompt_letters = sum(map(str.isalnum, prompt))
    # A Chinese character says about as much as two and a half letters of an alphabet.
    weight = 2.5 if _CJK.search(answer[:400]) else 1.0
    prompt_weight = 2.5 if _CJK.search(prompt) else 1.0
    size, prompt_size = letters * weight, prompt_letters * prompt_weight
    count = max(1, len(acts.sentences))
    yield math.log1p(size)
    yield math.log1p(prompt_size)
    yield math.log((size + 20) / (prompt_size + 20))
    yield math.log1p(count)
    yield math.log1p(len(_HEADING.findall(answer[:20_000])))
    yield math.log1p(len(_LIST_ITEM.findall(answer[:20_000])))
    yield float(letters > 200 and _COMPLETE_END.search(answer[-80:]) is None)
    yield float(answer.rstrip()[-1:] in ("?", "？"))
    yield sum(sentence.rstrip().endswith(("?", "？")) for sentence in acts.sentences) / count
    head = answer[:6000].encode("utf-8", "ignore")
    yield len(zlib.compress(head, 1)) / len(head) if len(head) > 300 else 0.5
    tokens = _TOKEN.findall(answer[:4000].casefold())
    yield len(set(tokens)) / len(tokens) if len(tokens) > 60 else 0.7
    yield from _overlap(prompt, answer, acts)
    yield _other_script(prompt, answer)
    yield math.log1p(acts.without("refusal", "redirect", "hedge", "assistant", "safety") * weight)
    act_letters = acts.share("refusal") + acts.share("redirect")
    yield act_letters / (act_letters + 0.2)
    for act in ACTS:
        yield acts.share(act)
        yield min(acts.count(act), 12) / count
        yield float(acts.first(act))
        yield float(acts.last(act))
    yield from map(float, request_types(prompt))
    short = size < 350
    yield float(short)
    yield float(short and acts.has("refusal"))
    yield float(short and acts.has("redirect"))
    yield min(1.0, acts.share("attribution") * 2) * float(acts.has("contrast"))


def _overlap(prompt: str, answer: str, acts: Acts) -> Iterator[float]:
    wanted = content_keys(prompt[:4000])
    if not wanted or not acts.sentences:
        yield from (0.5, 0.5, 0.5)
        return
    found = content_keys(answer[:12_000])
    yield len(wanted & found) / len(wanted)
    by_sentence = [bool(wanted & content_keys(sentence)) for sentence in acts.sentences]
    yield sum(by_sentence) / len(by_sentence)
    yield float(any(by_sentence[:2]))


def _other_script(prompt: str, answer: str) -> float:
    """Return the share of the answer's letters in scripts that the prompt does not use."""
    own, counts = script_counts(prompt[:2000]), script_counts(answer[:3000])
    total = sum(counts.values())
    return sum(n for script, n in counts.items() if script not in own) / total if total else 0.0


def ngrams(text: str) -> list[str]:
    """Return words and word pairs, and runs of one to three characters for Chinese, Japanese and Korean."""
    tokens = [token.casefold() for token in _TOKEN.findall(text)]
    grams = list(tokens)
    grams += [f"{first} {second}" for first, second in zip(tokens, tokens[1:], strict=False)]
    wide = [token for token in tokens if _CJK.match(token)]
    grams += ["".join(triple) for triple in zip(wide, wide[1:], wide[2:], strict=False)]
    # Stems let inflected languages share evidence.
    grams += [f"~{token[:5]}" for token in tokens if len(token) > 5]
    return grams


def text_features(answer: str) -> Mapping[str, float]:
    """Return hashed-vector input: n-grams of the beginning, the end and the whole, apart from each other."""
    head, tail = answer[:500], answer[-300:]
    weights: dict[str, float] = {}
    for prefix, text in (("h ", head), ("t ", tail), ("a ", answer[:2500])):
        for gram in set(ngrams(text)):
            weights[prefix + gram] = 1.0
    return weights
