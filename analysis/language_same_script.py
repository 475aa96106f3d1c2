"""Sentences in another language of the same script as the one asked for.

All sentences of an answer are scored at once by letter sequences, and fastText is asked only about those that the
scores hold for foreign. A sentence is foreign only where both say so: the order changes nothing but the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .language_identification import LanguageIdentifier
from .language_parts import FULL_SWITCH_SHARE, SENTENCE_LETTERS, Foreign, Parts
from .language_profiles import OTHER, Profiles
from .language_scripts import Letters
from .softmax import softmax

_SENTENCE_WORDS = 4
_CLEAR_SWITCH_LETTERS, _SURE_SWITCH_LETTERS = 60, 40
"""A sentence in a language of the same script is a switch from here on; shorter ones are titles and names as a rule."""

_SEGMENT_CHARACTERS = 300
"""Longer sentences are cut, so that no foreign stretch hides in an answer without full stops."""

_PLAIN_MARGIN = 0.12
"""Log-likelihood a letter by which a text must favour its language so that the first detector is not asked at all."""

_FOREIGN = 0.05
"""Second detector's probability of the language asked for, up to which a sentence may be foreign."""

_EXCLUDED = 0.05, 0.001
"""Probability of the language asked for, by each detector, up to which both together exclude it."""

_MIXED_WORDS = 0.2
"""Share of words that look most like the language asked for, from which on a sentence is a mixture."""

_WORD = re.compile(r"[^\W\d_]+")


class SameScript:
    """Finds sentences in another language of the same script."""

    def __init__(self, identifier: LanguageIdentifier):
        self._identifier = identifier

    def parts(self, text: str, letters: Letters, primary: str) -> Parts:
        """Return what is in another language that shares the script: all of it, or single sentences."""
        counts = letters.counts()
        if not counts:
            return Parts((), 1.0)
        script = max(counts, key=lambda name: counts[name])
        profiles = self._identifier.profiles(script)
        sentences = _Scored.of(letters, profiles, primary)
        certainty = 1.0
        if not sentences.plainly_home():
            language, certainty = self._whole_language(text, sentences, primary)
            if language is not None:
                return Parts((Foreign(0, len(text), language, int(sentences.letters.sum()), True),), certainty)
        return Parts(tuple(self._sentences(text, sentences, profiles, primary)), certainty)

    def _sentences(self, text: str, sentences: _Scored, profiles: Profiles | None, primary: str) -> Iterator[Foreign]:
        for number in sentences.doubtful():
            start, end = int(sentences.starts[number]), int(sentences.ends[number])
            sentence = text[start:end].rstrip()
            n = int(sentences.letters[number])
            found = self._foreign_language(sentence, n, primary, sentences.probabilities(number))
            if found is not None:
                whole = found[1] and not _is_mixed(sentence, profiles, primary)
                yield Foreign(start, start + len(sentence), found[0], n, whole)

    def _whole_language(self, text: str, sentences: _Scored, primary: str) -> tuple[str | None, float]:
        """Return the language of an answer where both detectors say it is not ``primary``, and how sure that is."""
        letters, second = int(sentences.letters.sum()), sentences.all_together()
        found, confidence = self._identifier.identify(text, expected=primary)
        home = confidence if found == primary else 1.0 - confidence
        if found is None or sentences.home_share() > 1 - FULL_SWITCH_SHARE:
            return None, home
        if found == primary or confidence < (0.8 if letters < 200 else 0.5):
            agrees = False
        elif found not in second:
            agrees = letters >= SENTENCE_LETTERS
        elif letters < 2 * SENTENCE_LETTERS:
            agrees = second.get(primary, 0.0) < 0.1 and second[found] > 0.5
        else:
            agrees = second.get(primary, 0.0) < 0.5
        if agrees or letters < SENTENCE_LETTERS:
            return (found, confidence) if agrees else (None, home)
        unlike = _neither_home(self._identifier.probabilities(text), second, primary)
        return (unlike, confidence) if unlike is not None and _is_prose(_WORD.findall(text), unlike) else (None, home)

    def _foreign_language(
        self, sentence: str, letters: int, primary: str, second: Mapping[str, float]
    ) -> tuple[str, bool] | None:
        """Return the language of a sentence that both detectors say is not in ``primary``, and if it is a switch."""
        words = _WORD.findall(sentence)
        first = self._identifier.probabilities(sentence) if len(words) >= _SENTENCE_WORDS else {}
        home = first.get(primary, 0.0)
        best = max(sorted(first), key=lambda tag: first[tag], default=primary)
        if best == primary or home > 0.15:
            return None
        excluded = home <= _EXCLUDED[0] and second.get(primary, 0.0) <= _EXCLUDED[1]
        known = best in second
        if first[best] < (0.5 if known else 0.8) or (known and second[best] < 0.5):
            unlike = _neither_home(first, second, primary) if letters >= _SURE_SWITCH_LETTERS else None
            if unlike is None:
                return None
            best = unlike
        if not _is_prose(words, best):
            return None
        sure = excluded and _is_prose(words, best, strict=True)
        return best, letters >= (_SURE_SWITCH_LETTERS if sure else _CLEAR_SWITCH_LETTERS)


def _neither_home(first: Mapping[str, float], second: Mapping[str, float], primary: str) -> str | None:
    """Return the likeliest language where both detectors all but exclude ``primary``, whatever they say it is."""
    if first.get(primary, 0.0) > _EXCLUDED[0] or second.get(primary, 0.0) > _EXCLUDED[1]:
        return None
    both = {tag: first.get(tag, 0.0) + second[tag] for tag in second if tag not in (primary, OTHER)}
    best = max(sorted(both), key=lambda tag: both[tag], default=None)
    return best if best is not None and both[best] >= 0.8 else None


def _is_prose(words: Sequence[str], language: str, *, strict: bool = False) -> bool:
    """Return whether words are those of a sentence, not a list of names and titles, which are capitalised."""
    if not any(word[:1].isupper() for word in words):
        return True
    lower = sum(word[:1].islower() for word in words)
    # German capitalises its nouns.
    return lower >= (0.35 if language == "de" else 0.6 if strict else 0.5) * len(words)


@dataclass(frozen=True, slots=True)
class _Scored:
    """The sentences of an answer as the second detector sees them."""

    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    letters: NDArray[np.intp]
    scores: NDArray[np.float32]
    languages: tuple[str, ...]
    home: int | None

    @classmethod
    def of(cls, letters: Letters, profiles: Profiles | None, primary: str) -> _Scored:
        starts, ends = letters.segments(_SEGMENT_CHARACTERS)
        counts = np.add.reduceat(letters.scripts > 0, starts, dtype=np.intp)
        if profiles is None:
            return cls(starts, ends, counts, np.zeros((len(starts), 0), dtype=np.float32), (), None)
        home = profiles.languages.index(primary) if primary in profiles.languages else None
        return cls(starts, ends, counts, profiles.scores(letters, starts), profiles.languages, home)

    def plainly_home(self) -> bool:
        """Return whether the answer as a whole is so clearly in the language asked for that no one else is asked."""
        if self.home is None:
            return False
        total = self.scores.sum(axis=0)
        home = total[self.home]
        total[self.home] = -np.inf
        return bool(home - total.max() >= _PLAIN_MARGIN * self.letters.sum())

    def doubtful(self) -> list[int]:
        """Return the sentences that may be in another language, long enough for a detector to be right about."""
        long = self.letters >= SENTENCE_LETTERS
        if self.home is None:
            return [int(number) for number in np.flatnonzero(long)]
        # What no other language is likelier than is not improbable.
        numbers = np.flatnonzero(long & (self.scores.max(axis=1) > self.scores[:, self.home]))
        if not len(numbers):
            return []
        foreign = softmax(self.scores[numbers])[:, self.home] <= _FOREIGN
        return [int(number) for number in numbers[foreign]]

    def home_share(self) -> float:
        """Return the share of letters in sentences that look most like the language asked for."""
        if self.home is None:
            return 0.0
        clear = (self.letters >= SENTENCE_LETTERS) & (self.scores.argmax(axis=1) == self.home)
        return float(self.letters[clear].sum() / max(1, self.letters.sum()))

    def probabilities(self, number: int) -> Mapping[str, float]:
        return self._named(self.scores[number])

    def all_together(self) -> Mapping[str, float]:
        return self._named(self.scores.sum(axis=0))

    def _named(self, scores: NDArray[np.float32]) -> Mapping[str, float]:
        return dict(zip(self.languages, softmax(scores).tolist(), strict=True)) if len(scores) else {}


def _is_mixed(sentence: str, profiles: Profiles | None, primary: str) -> bool:
    """Return whether a sentence is in ``primary`` in part: it has many of its words, and a third of it reads so."""
    if profiles is None or primary not in profiles.languages:
        return False
    home = profiles.languages.index(primary)
    starts = np.array([word.start() for word in _WORD.finditer(sentence)], dtype=np.intp)
    words = profiles.scores(Letters.of(sentence), starts)
    home_words = (words.argmax(axis=1) == home) & (words[:, home] > 0)
    thirds = np.array([part.sum(axis=0) for part in np.array_split(words, 3)])
    return bool(home_words.mean() >= _MIXED_WORDS and softmax(thirds)[:, home].max() >= 1 - _FOREIGN)
