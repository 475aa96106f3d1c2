"""In which language an answer came, compared with the language it was asked in.

Quotations, names, links and code are masked first. What is left is judged sentence by sentence: by script where scripts
differ, by the detectors where they do not, and a sentence counts as foreign only where both detectors say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .language_foreign import ForeignFinder
from .language_identification import LanguageIdentifier, normalise_tag, primary_subtag
from .language_masking import mask
from .language_parts import FULL_SWITCH_SHARE, PARTIAL_SWITCH_SHARE, Foreign, gaps, main_language, spans
from .language_probability import label_probability
from .language_scripts import Letters, exclusive_counts
from .records import LanguageCode, LanguageLabel

_MAX_CHARACTERS = 60_000
"""Longer answers are judged by their beginning; the language of one does not change its label after that."""

_SCRIPT_SWITCH_SHARE = 0.3
_MASKED_TOO_MUCH = 0.3


class LanguageLabeler:
    """Labels the language of answers. Make one with ``load`` and reuse it."""

    def __init__(self, identifier: LanguageIdentifier):
        self._identifier = identifier
        self._finder = ForeignFinder(identifier)

    @classmethod
    def load(cls) -> LanguageLabeler:
        """Return a labeler with its detectors loaded."""
        return cls(LanguageIdentifier.load())

    def label(self, prompt_language: str, answer: str, thinking: str | None = None) -> LanguageLabel:
        """Return the language label of one answer.

        Args:
            prompt_language: BCP-47 tag that was asked for; regions are understood (``zh-TW``, ``pt-BR``).
            answer: The answer without its thinking text.
            thinking: The thinking text, labelled on its own.
        """
        asked = normalise_tag(prompt_language)
        reasoning = self._reasoning_language(asked, thinking)
        label = self._label_answer(prompt_language, asked, answer[:_MAX_CHARACTERS])
        if reasoning is None:
            return label
        switch = primary_subtag(reasoning) != primary_subtag(asked)
        return replace(label, reasoning_switch=switch, reasoning_language=reasoning)

    def _reasoning_language(self, asked: str, thinking: str | None) -> str | None:
        if not thinking or not thinking.strip():
            return None
        return self._identifier.identify(mask(thinking[:_MAX_CHARACTERS]), expected=asked)[0]

    def _label_answer(self, prompt_language: str, asked: str, answer: str) -> LanguageLabel:
        text, letters, total = _to_judge(answer)
        if total < 2:
            probability = label_probability("undetermined", share=0.0, letters=total, certainty=1.0, sentences=False)
            return LanguageLabel(prompt_language, None, "undetermined", probability=probability)
        parts = self._finder.foreign_parts(text, letters, asked)
        share = min(1.0, sum(part.letters for part in parts.foreign) / total)
        sentences = any(part.sentence for part in parts.foreign)
        main, certainty, script_share = asked, parts.certainty, None
        if primary_subtag(asked) == "zh" and share < FULL_SWITCH_SHARE:
            variety = _chinese_variety(text, asked, share, parts.foreign)
            main, script_share, certainty = variety.main, variety.other_share, variety.certainty
        code = _code(share, sentences, script_share)
        found = spans(parts.foreign)
        probability = label_probability(code, share=share, letters=total, certainty=certainty, sentences=sentences)
        if code == "script_switch" and script_share is not None:
            other = "zh-Hant" if asked == "zh-Hans" else "zh-Hans"
            return LanguageLabel(prompt_language, main, code, other, script_share, probability=probability)
        if code == "match":
            return LanguageLabel(prompt_language, main, code, probability=probability)
        language = main_language(parts.foreign)
        response = language if share > 0.5 else main
        return LanguageLabel(prompt_language, response, code, language, share, found, probability=probability)


def _to_judge(answer: str) -> tuple[str, Letters, int]:
    """Return what of an answer is judged, its letters, and their number."""
    text = mask(answer)
    letters = Letters.of(text)
    total = int(np.count_nonzero(letters.scripts))
    if total < _MASKED_TOO_MUCH * len(answer):
        whole = Letters.of(answer)
        unmasked = int(np.count_nonzero(whole.scripts))
        if total < _MASKED_TOO_MUCH * unmasked:
            # Some models put the whole answer into a code fence or into quotation marks.
            return answer, whole, unmasked
    return text, letters, total


def _code(share: float, sentences: bool, script_share: float | None) -> LanguageCode:
    if share >= FULL_SWITCH_SHARE:
        return "full_switch"
    if script_share is not None:
        return "script_switch"
    if share == 0.0:
        return "match"
    return "partial_switch" if sentences or share >= PARTIAL_SWITCH_SHARE else "code_mix"


@dataclass(frozen=True, slots=True)
class _Variety:
    """Which Chinese an answer is in.

    Attributes:
        main: Tag of most of it.
        other_share: Share of the telling characters that are of the other script, where they make a switch.
        certainty: Less than 1 where few characters tell.
    """

    main: str
    other_share: float | None
    certainty: float


def _chinese_variety(text: str, asked: str, share: float, foreign: Sequence[Foreign]) -> _Variety:
    hans, hant = exclusive_counts("".join(gaps(text, foreign)) if foreign else text)
    certainty = 0.9 if hans + hant == 0 else 0.97 if hans + hant == 1 else 1.0
    if asked == "zh":
        return _Variety(asked if hans == hant else "zh-Hans" if hans > hant else "zh-Hant", None, 1.0)
    if hans + hant == 0:
        return _Variety(asked, None, certainty)
    other, wrong = ("zh-Hant", hant) if asked == "zh-Hans" else ("zh-Hans", hans)
    wrong_share = wrong / (hans + hant)
    main = other if wrong_share > 0.5 else asked
    if foreign and share >= PARTIAL_SWITCH_SHARE:
        return _Variety(main, None, certainty)
    enough = wrong >= 2 or (wrong == 1 and wrong_share == 1)
    if enough and wrong_share >= _SCRIPT_SWITCH_SHARE:
        return _Variety(main, wrong_share, certainty)
    return _Variety(asked, None, certainty)
