"""How sure a language label is, read off a table of how often such labels were right.

Counted on every second of 1,206 paragraphs of the Universal Declaration of Human Rights in 21 languages, cut to 12, 20,
40 and 80 characters and whole, asked for in their own language as often as in another. What parts of answers have was
set by hand, after reading 60 labels of words inside sentences and a run over sentences hidden in paragraphs of another
language, and so was the doubt near a threshold: no count stands behind them.
"""

from __future__ import annotations

from .language_parts import FULL_SWITCH_SHARE, PARTIAL_SWITCH_SHARE, SENTENCE_LETTERS
from .records import LanguageCode

_MATCH_SHORT = ((0.2, 0.1), (0.8, 0.54), (0.9, 0.85), (1.0, 0.99), (float("inf"), 0.995))
_MATCH_LONG = ((0.2, 0.4), (0.6, 0.75), (0.9, 0.95), (float("inf"), 0.998))
"""Probability of ``match`` by the detectors' certainty, for fewer letters than a sentence has and for more."""

_OTHER: dict[LanguageCode, float] = {
    "full_switch": 0.998,
    "partial_switch": 0.97,
    "code_mix": 0.9,
    "script_switch": 0.99,
    "undetermined": 0.98,
}
_NEAR, _DOUBT_AT_THRESHOLD = 0.04, 0.35
"""How near a share is to a threshold for the label to be in doubt, and how much at the threshold itself."""


def label_probability(code: LanguageCode, *, share: float, letters: int, certainty: float, sentences: bool) -> float:
    """Return the probability that ``code`` is right, above 0.

    Args:
        code: What the answer was labelled.
        share: Share of its letters in another language.
        letters: Its letters.
        certainty: The detectors' word on the language of the whole, 0 to 1.
        sentences: Whether whole sentences are in another language.
    """
    if code == "match":
        table = _MATCH_SHORT if letters < SENTENCE_LETTERS else _MATCH_LONG
        return next(probability for below, probability in table if certainty < below)
    probability = _OTHER[code]
    if code == "script_switch":
        return min(probability, certainty)
    distances = [abs(share - FULL_SWITCH_SHARE)]
    if not sentences:
        distances.append(abs(share - PARTIAL_SWITCH_SHARE))
    if code in ("full_switch", "partial_switch", "code_mix"):
        probability *= 1 - _DOUBT_AT_THRESHOLD * max(0.0, 1 - min(distances) / _NEAR)
    return probability
