"""Which parts of an answer are in another language than it was asked for in.

By script where scripts differ, by the detectors where they do not (``language_same_script``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..prompts.languages import LANGUAGES
from .language_identification import (
    KANA_SHARE,
    SINGLE_LANGUAGE_SCRIPTS,
    LanguageIdentifier,
    chinese_variety,
    primary_subtag,
)
from .language_masking import MAX_NAME_WORDS, without_names
from .language_parts import SENTENCE_LETTERS, Foreign, Parts
from .language_profiles import OTHER
from .language_same_script import SameScript
from .language_scripts import HANI, KANA, LATIN, SCRIPTS, Letters, character_class, script_counts

_SENTENCE_LETTERS = {"Hani": 6, "Kana": 6, "Hang": 8}
_LETTER = re.compile(character_class(*SCRIPTS))

_GLOSS_LETTERS = 12
"""A run of another script up to this long inside a sentence is a name or a gloss, not a switch."""

_SIGN_LETTERS = 6
"""Fewer letters of another alphabet tell no language; of the Latin one, in which most are written, many more do not."""

_NAMED = 0.8
"""Confidence from which on such words are taken to be in a language other than the usual one."""

_USUAL_LANGUAGE = {"Latn": "en", "Cyrl": "ru", "Arab": "ar", "Deva": "hi"}
"""What a few words in a script are in as a rule."""

_CHINESE_WITHOUT_KANA = frozenset("的是了这這们們吗嗎")
"""Characters of grammar, at least one of which a sentence has that is Chinese and not a Japanese heading."""

_SCRIPTS_OF: Mapping[str, frozenset[str]] = {
    "zh": frozenset({"Hani", "Kana"}),
    "ja": frozenset({"Hani", "Kana"}),
    "ko": frozenset({"Hang"}),
    "sr": frozenset({"Cyrl", "Latn"}),
    "el": frozenset({"Grek"}),
    "th": frozenset({"Thai"}),
    "ka": frozenset({"Geor"}),
    "bn": frozenset({"Beng"}),
    "ta": frozenset({"Taml"}),
    **{tag: frozenset({"Cyrl"}) for tag in ("be", "bg", "kk", "ky", "mk", "mn", "tg")},
    **{tag: frozenset({"Deva"}) for tag in ("mr", "ne")},
    **{tag: frozenset({"Arab"}) for tag in ("ps", "sd")},
}
"""Scripts of languages whose tag alone does not tell, or that evenhand ships no prompts in."""

_ONE_LANGUAGE_SCRIPTS = frozenset({"Hani", *SINGLE_LANGUAGE_SCRIPTS})


class ForeignFinder:
    """Finds what is in another language than asked for."""

    def __init__(self, identifier: LanguageIdentifier):
        self._identifier = identifier
        self._same_script = SameScript(identifier)

    def foreign_parts(self, text: str, letters: Letters, asked: str) -> Parts:
        """Return what of an answer is not in the language ``asked``, in order of script and place.

        Args:
            text: The answer with quotations, links and code blanked out.
            letters: Its letters.
            asked: Normalised tag.
        """
        own = own_scripts(asked)
        found: list[Foreign] = []
        certainty = 1.0
        if not own.issuperset(letters.counts()):
            outside = np.array([False, *(script not in own for script in SCRIPTS)])[letters.scripts]
            found += self._in_other_scripts(text, letters, own, outside)
            if primary_subtag(asked) != "zh":
                letters = letters.without(outside)
                text = letters.text()
        if asked == "ja":
            found += _chinese_instead_of_japanese(text, letters)
        elif primary_subtag(asked) == "zh":
            found += _japanese_sentences(letters)
        elif own.isdisjoint(_ONE_LANGUAGE_SCRIPTS):
            same = self._same_script.parts(text, letters, primary_subtag(asked))
            found += same.foreign
            certainty = same.certainty
        return Parts(tuple(found), certainty)

    def _in_other_scripts(
        self, text: str, letters: Letters, own: frozenset[str], outside: NDArray[np.bool_]
    ) -> Iterator[Foreign]:
        """Yield what is in scripts that the language asked for is not written in."""
        runs: dict[str, list[tuple[int, int, int]]] = {}
        alone = not ((letters.scripts > 0) & ~outside).any()
        for start, end in _sentences_to_read(letters, own, outside):
            sentence = text[start:end].rstrip()
            end = start + len(sentence)
            home = bool((letters.scripts[start:end] > 0).sum() > outside[start:end].sum())
            visible = without_names(sentence) if home and "Latn" not in own else sentence
            counts = script_counts(visible)
            away = {script: n for script, n in counts.items() if script not in own}
            if not away:
                continue
            foreign, every = sum(away.values()), sum(counts.values())
            main = max(away, key=lambda script: away[script])
            needed = _SENTENCE_LETTERS.get(main, SENTENCE_LETTERS)
            if not alone and foreign < _word_letters(main):
                continue
            if foreign >= needed and foreign >= 0.6 * every:
                yield Foreign(start, end, self._identifier.identify(visible)[0] or OTHER, foreign, True)
                continue
            if foreign == every:
                runs.setdefault(main, []).append((start, end, foreign))
                continue
            for begin, stop, n in _runs(visible, own):
                script = SCRIPTS[letters.scripts[start + begin] - 1]
                if n >= _word_letters(script) and (n >= _GLOSS_LETTERS or not _is_gloss(sentence, begin, stop)):
                    runs.setdefault(script, []).append((start + begin, start + stop, n))
        for script, places in runs.items():
            needed = 3 * _SENTENCE_LETTERS.get(script, SENTENCE_LETTERS)
            language = self._language_of(script, [text[begin:stop] for begin, stop, _ in places])
            yield from (Foreign(begin, stop, language, n, n >= needed) for begin, stop, n in places)

    def _language_of(self, script: str, runs: Sequence[str]) -> str:
        """Return the language of words inside sentences: single words tell none, all of them together may."""
        joined = " ".join(runs)
        if script in _USUAL_LANGUAGE and len(joined) < (SENTENCE_LETTERS if script == "Latn" else _SIGN_LETTERS):
            return _USUAL_LANGUAGE[script]
        usual = _USUAL_LANGUAGE.get(script)
        found, confidence = self._identifier.identify(joined, expected=usual)
        if usual is not None and confidence < _NAMED:
            return usual
        return found or OTHER


def _sentences_to_read(letters: Letters, own: frozenset[str], outside: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the sentences with letters of other scripts, but for those where all of them are names' initials."""
    starts, ends = letters.segments()
    if not len(starts):
        return
    wanted = np.add.reduceat(outside, starts, dtype=np.intp) > 0
    if "Latn" not in own:
        words, lower = letters.latin_words()
        only_names = (np.add.reduceat(words, starts, dtype=np.intp) <= MAX_NAME_WORDS) & ~np.logical_or.reduceat(
            lower | (outside & (letters.scripts != LATIN)), starts
        )
        wanted &= ~(only_names & np.logical_or.reduceat(~outside & (letters.scripts > 0), starts))
    yield from zip(starts[wanted].tolist(), ends[wanted].tolist(), strict=True)


def _word_letters(script: str) -> int:
    """Return the letters of a word; fewer are a unit, a formula's sign, or the letter of a list."""
    return 1 if script in _SENTENCE_LETTERS else 3 if script in ("Latn", "Grek", "Cyrl") else 2


def _japanese_sentences(letters: Letters) -> Iterator[Foreign]:
    """Yield sentences whose share of kana shows that they are Japanese, not Chinese."""
    kana = letters.scripts == KANA
    if np.count_nonzero(kana) < 4:
        return
    starts, ends = letters.segments()
    counts = np.add.reduceat(kana, starts, dtype=np.intp)
    every = counts + np.add.reduceat(letters.scripts == HANI, starts, dtype=np.intp)
    for number in np.flatnonzero((counts >= 4) & (counts >= 0.2 * every)):
        yield Foreign(int(starts[number]), int(ends[number]), "ja", int(every[number]), True)


def _chinese_instead_of_japanese(text: str, letters: Letters) -> Iterator[Foreign]:
    """Yield the whole text where it has too few kana to be Japanese, or the sentences that are Chinese for sure."""
    counts = letters.counts()
    han, kana = counts.get("Hani", 0), counts.get("Kana", 0)
    if han >= 12 and kana < KANA_SHARE * (han + kana):
        yield Foreign(0, len(text), chinese_variety(text), han + kana, True)
        return
    starts, ends = letters.segments()
    if not len(starts):
        return
    without = np.add.reduceat(letters.scripts == KANA, starts, dtype=np.intp) == 0
    every = np.add.reduceat(letters.scripts > 0, starts, dtype=np.intp)
    for number in np.flatnonzero(without & (every >= 2 * _SENTENCE_LETTERS["Hani"])):
        sentence = text[starts[number] : ends[number]]
        if not _CHINESE_WITHOUT_KANA.isdisjoint(sentence):
            yield Foreign(int(starts[number]), int(ends[number]), chinese_variety(sentence), int(every[number]), True)


def own_scripts(asked: str) -> frozenset[str]:
    """Return the scripts that a language is written in, as ``SCRIPTS`` names them."""
    primary = primary_subtag(asked)
    if primary in _SCRIPTS_OF:
        return _SCRIPTS_OF[primary]
    language = LANGUAGES.get(primary)
    return frozenset({language.script if language else "Latn"})


@lru_cache(maxsize=64)
def _foreign_letter(own: frozenset[str]) -> re.Pattern[str]:
    return re.compile(character_class(*(script for script in SCRIPTS if script not in own)))


def _runs(text: str, own: frozenset[str]) -> Iterator[tuple[int, int, int]]:
    """Yield stretches of foreign letters, joined over spaces and punctuation between them, and their letters."""
    positions = [match.start() for match in _foreign_letter(own).finditer(text)]
    begin = 0
    for place, (here, there) in enumerate(pairwise([*positions, len(text)])):
        if place == len(positions) - 1 or _LETTER.search(text, here + 1, there) is not None:
            yield positions[begin], here + 1, place + 1 - begin
            begin = place + 1


def _is_gloss(sentence: str, start: int, end: int) -> bool:
    """Return whether a short foreign run is in brackets, where writers put a name's original."""
    before, after = sentence[:start].rstrip(), sentence[end:].lstrip()
    return before[-1:] in "([（【/:：、,—–-" and (after[:1] in ")]）】/,，;；、—–-" or not after)
