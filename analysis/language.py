"""In which language an answer came, compared with the language it was asked in.

Quotations, names, links and code are masked first. What is left is judged sentence by sentence: by script where scripts
differ, by the detectors where they do not, and a sentence counts as foreign only where both detectors say so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ..prompts.chinese_script import exclusive_counts
from ..prompts.languages import LANGUAGES
from .language_identification import (
    KANA_SHARE,
    LANGDETECT_KNOWS,
    LETTER,
    SCRIPTS,
    SINGLE_LANGUAGE_SCRIPTS,
    LanguageIdentifier,
    chinese_variety,
    normalise_tag,
    primary_subtag,
    script_counts,
)
from .records import LanguageCode, LanguageLabel

FULL_SWITCH_SHARE = 0.9
PARTIAL_SWITCH_SHARE = 0.1
_SENTENCE_LETTERS = {"Hani": 6, "Kana": 6, "Hang": 8}
_ALPHABETIC_SENTENCE_LETTERS = 20
_SENTENCE_WORDS = 4
_CLEAR_SWITCH_LETTERS = 60
"""A sentence in a language of the same script is a switch from here on; shorter ones are titles and names as a rule."""

_GROUP_CHARACTERS = 200
_PLAIN = 0.6
"""Probability above which a line is plainly in the language asked for."""

_GLOSS_LETTERS = 12
"""A run of another script up to this long inside a sentence is a name or a gloss, not a switch."""

_MAX_CHARACTERS = 60_000
"""Longer answers are judged by their beginning; the language of one does not change its label after that."""

_SCRIPT_SWITCH_SHARE = 0.3
_MASKED_TOO_MUCH = 0.3
_MASKED = re.compile(
    r"```.*?(?:```|\Z)"
    r"|`[^`\n]{1,300}`"
    r"|(?:https?://|www\.)\S+"
    r"|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}"
    r"|^[ \t]*>[^\n]*$"
    r"|“[^”\n]{1,600}”|„[^“”\n]{1,600}[“”]|«[^»\n]{1,600}»|‹[^›\n]{1,300}›|\"[^\"\n]{1,600}\""
    r"|「[^」\n]{1,600}」|『[^』\n]{1,600}』|《[^》\n]{1,200}》|〈[^〉\n]{1,200}〉"
    r"|<[A-Za-z/!][^<>\n]{0,200}>",
    re.DOTALL | re.MULTILINE,
)
_SENTENCE = re.compile(r"[^\n.!?。！？；;։؟۔।]+[.!?。！？；;։؟۔।]*")
_LINE = re.compile(r"[^\n]{1,400}")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w'’&.-]*(?:[ -](?:of|the|de|la|du|des|for|and)?\s?[A-ZÀ-ÖØ-Þ][\w'’&.-]*)*")


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


@dataclass(frozen=True, slots=True)
class _Foreign:
    start: int
    end: int
    language: str
    letters: int
    sentence: bool


class LanguageLabeler:
    """Labels the language of answers. Make one with ``load`` and reuse it."""

    def __init__(self, identifier: LanguageIdentifier):
        self._identifier = identifier

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
        return LanguageLabel(
            prompt=label.prompt,
            response=label.response,
            code=label.code,
            switched_to=label.switched_to,
            share=label.share,
            spans=label.spans,
            reasoning_switch=primary_subtag(reasoning) != primary_subtag(asked),
            reasoning_language=reasoning,
        )

    def _reasoning_language(self, asked: str, thinking: str | None) -> str | None:
        if not thinking or not thinking.strip():
            return None
        return self._identifier.identify(_mask(thinking[:_MAX_CHARACTERS]), expected=asked)[0]

    def _label_answer(self, prompt_language: str, asked: str, answer: str) -> LanguageLabel:
        text = _mask(answer)
        total, unmasked = sum(script_counts(text).values()), sum(script_counts(answer).values())
        if total < _MASKED_TOO_MUCH * unmasked:
            # Some models put the whole answer into a code fence or into quotation marks.
            text, total = answer, unmasked
        if total < 2:
            return LanguageLabel(prompt_language, None, "undetermined")
        foreign = list(self._foreign_parts(text, asked))
        letters = sum(part.letters for part in foreign)
        share = min(1.0, letters / total)
        if share >= FULL_SWITCH_SHARE:
            language = _main_language(foreign)
            return LanguageLabel(prompt_language, language, "full_switch", language, share, _spans(foreign))
        main, home = asked, "".join(_gaps(text, foreign))
        if primary_subtag(asked) == "zh":
            variety = self._variety(prompt_language, asked, home, share, foreign)
            if isinstance(variety, LanguageLabel):
                return variety
            main = variety
        if not foreign:
            return LanguageLabel(prompt_language, main, "match")
        whole_sentence = any(part.sentence for part in foreign)
        code: LanguageCode = "partial_switch" if whole_sentence or share >= PARTIAL_SWITCH_SHARE else "code_mix"
        language = _main_language(foreign)
        response = language if share > 0.5 else main
        return LanguageLabel(prompt_language, response, code, language, share, _spans(foreign))

    def _variety(
        self, prompt_language: str, asked: str, home: str, share: float, foreign: list[_Foreign]
    ) -> str | LanguageLabel:
        """Return which Chinese the answer is in, or the label of a script switch."""
        hans, hant = exclusive_counts(home)
        if asked == "zh" or hans + hant == 0:
            return asked if asked != "zh" or hans == hant else ("zh-Hans" if hans > hant else "zh-Hant")
        other, wrong = ("zh-Hant", hant) if asked == "zh-Hans" else ("zh-Hans", hans)
        wrong_share = wrong / (hans + hant)
        enough = wrong >= 2 or (wrong == 1 and wrong_share == 1)
        if foreign and share >= PARTIAL_SWITCH_SHARE:
            return other if wrong_share > 0.5 else asked
        if enough and wrong_share >= _SCRIPT_SWITCH_SHARE:
            response = other if wrong_share > 0.5 else asked
            return LanguageLabel(prompt_language, response, "script_switch", other, wrong_share)
        return asked

    def _foreign_parts(self, text: str, asked: str) -> Iterator[_Foreign]:
        own = _own_scripts(asked)
        foreign_letter = re.compile("[" + "".join(SCRIPTS[name] for name in SCRIPTS if name not in own) + "]")
        if foreign_letter.search(text) is not None:
            for sentence in _SENTENCE.finditer(text):
                yield from self._sentence_parts(sentence.group(), sentence.start(), asked, own, foreign_letter)
            text = foreign_letter.sub(" ", text)
        if asked == "ja":
            yield from _chinese_instead_of_japanese(text)
        elif primary_subtag(asked) == "zh":
            yield from _japanese_sentences(text)
        elif own.isdisjoint(_ONE_LANGUAGE_SCRIPTS):
            yield from self._same_script(text, primary_subtag(asked))

    def _sentence_parts(
        self, sentence: str, offset: int, asked: str, own: frozenset[str], foreign_letter: re.Pattern[str]
    ) -> Iterator[_Foreign]:
        """Yield what of one sentence is in a script that the asked language is not written in."""
        if foreign_letter.search(sentence) is None:
            return
        visible = sentence if own.isdisjoint(script_counts(sentence)) else _without_names(sentence, asked)
        counts = script_counts(visible)
        outside = {name: n for name, n in counts.items() if name not in own}
        if not outside:
            return
        foreign_letters, all_letters = sum(outside.values()), sum(counts.values())
        main = max(outside, key=lambda name: outside[name])
        needed = _SENTENCE_LETTERS.get(main, _ALPHABETIC_SENTENCE_LETTERS)
        if foreign_letters >= 0.6 * all_letters and (foreign_letters >= needed or all_letters == foreign_letters):
            language = self._identifier.identify(visible)[0] or "und"
            whole = foreign_letters >= needed
            yield _Foreign(offset, offset + len(sentence), language, foreign_letters, whole)
            return
        for start, end in _runs(visible, foreign_letter):
            run = visible[start:end]
            letters = len(foreign_letter.findall(run))
            if letters < _GLOSS_LETTERS and _is_gloss(sentence, start, end):
                continue
            language = self._identifier.identify(run, expected="en")[0] or "und"
            yield _Foreign(offset + start, offset + end, language, letters, False)

    def _same_script(self, text: str, primary: str) -> Iterator[_Foreign]:
        """Yield what is in another language that shares the asked language's script: all of it, or single sentences."""
        letters = len(LETTER.findall(text))
        found, confidence = self._identifier.identify(text, expected=primary)
        if found is None:
            return
        doubted = found != primary and confidence >= _needed_confidence(letters)
        if doubted and self._second_agrees(text, primary, found, letters):
            home = sum(len(s.group()) for s in _clear_sentences(text) if self._best(s.group()) == primary)
            if home <= (1 - FULL_SWITCH_SHARE) * len(text):
                yield _Foreign(0, len(text), found, letters, True)
                return
        for start, end in self._doubtful_lines(text, primary):
            for sentence in _clear_sentences(text, start, end):
                language = self._foreign_language(sentence.group(), primary)
                if language is not None:
                    count = len(LETTER.findall(sentence.group()))
                    yield _Foreign(sentence.start(), sentence.end(), language, count, count >= _CLEAR_SWITCH_LETTERS)

    def _doubtful_lines(self, text: str, primary: str) -> Iterator[tuple[int, int]]:
        """Yield groups of lines that are not plainly in ``primary``."""
        for start, end in _line_groups(text):
            if self._identifier.probabilities(text[start:end]).get(primary, 0.0) < _PLAIN:
                yield start, end

    def _best(self, text: str) -> str | None:
        found = self._identifier.probabilities(text)
        return max(found, key=lambda tag: found[tag]) if found else None

    def _foreign_language(self, sentence: str, primary: str) -> str | None:
        """Return the language of a sentence where both detectors agree that it is not ``primary``."""
        found = self._identifier.probabilities(sentence)
        if not found:
            return None
        best = max(found, key=lambda tag: found[tag])
        if best == primary or found.get(primary, 0.0) > 0.15 or found[best] < 0.5:
            return None
        second = self._identifier.second_opinion(sentence)
        if second.get(primary, 0.0) > 0.05 or second.get(best, 0.0) < 0.5:
            return None
        words = _WORD.findall(sentence)
        lower = sum(word[:1].islower() for word in words)
        # Lists of names and titles are capitalised, except that German capitalises its nouns.
        return best if lower >= (0.35 if best == "de" else 0.5) * len(words) else None

    def _second_agrees(self, text: str, primary: str, found: str, letters: int) -> bool:
        """Return whether the second detector agrees that ``text`` as a whole is not in ``primary``."""
        if found not in LANGDETECT_KNOWS:
            return letters >= _ALPHABETIC_SENTENCE_LETTERS
        second = self._identifier.second_opinion(text)
        if letters < 2 * _ALPHABETIC_SENTENCE_LETTERS:
            return second.get(primary, 0.0) < 0.1 and second.get(found, 0.0) > 0.5
        return second.get(primary, 0.0) < 0.5


def _japanese_sentences(text: str) -> Iterator[_Foreign]:
    """Yield sentences whose share of kana shows that they are Japanese, not Chinese."""
    for sentence in _SENTENCE.finditer(text):
        counts = script_counts(sentence.group())
        kana, letters = counts.get("Kana", 0), sum(counts.values())
        if kana >= 4 and kana >= 0.2 * letters:
            yield _Foreign(sentence.start(), sentence.end(), "ja", letters, True)


def _chinese_instead_of_japanese(text: str) -> Iterator[_Foreign]:
    """Yield the whole text where it has too many characters and too few kana to be Japanese."""
    counts = script_counts(text)
    han, kana = counts.get("Hani", 0), counts.get("Kana", 0)
    if han >= 12 and kana < KANA_SHARE * (han + kana):
        variety = chinese_variety(text)
        yield _Foreign(0, len(text), variety, han + kana, True)


def _line_groups(text: str) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole lines of some 200 characters; a longer line is cut so that no sentence hides in it."""
    start = end = 0
    for line in _LINE.finditer(text):
        if end - start >= _GROUP_CHARACTERS:
            yield start, end
            start = line.start()
        end = line.end()
    if end > start:
        yield start, end


def _clear_sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    """Yield the sentences long enough for a detector to be right about."""
    for sentence in _SENTENCE.finditer(text, start, len(text) if end is None else end):
        words = _WORD.findall(sentence.group())
        if len(words) >= _SENTENCE_WORDS and sum(map(len, words)) >= _ALPHABETIC_SENTENCE_LETTERS:
            yield sentence


def _needed_confidence(letters: int) -> float:
    return 0.8 if letters < 10 * _ALPHABETIC_SENTENCE_LETTERS else 0.5


def _own_scripts(asked: str) -> frozenset[str]:
    primary = primary_subtag(asked)
    if primary in _SCRIPTS_OF:
        return _SCRIPTS_OF[primary]
    language = LANGUAGES.get(primary)
    return frozenset({language.script if language else "Latn"})


def _mask(text: str) -> str:
    """Return ``text`` with quotations, links and code blanked out; positions stay."""
    return _MASKED.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _without_names(sentence: str, asked: str) -> str:
    """Return a sentence with Latin names and acronyms blanked, where the asked language is not in Latin script."""
    if "Latn" in _own_scripts(asked):
        return sentence
    words: list[str] = re.findall(r"[A-Za-zÀ-ÿ]+", sentence)
    if words and all(word[:1].isupper() for word in words) and len(words) > 6:
        return sentence
    if sum(word[:1].islower() for word in words) >= 3:
        return sentence
    return _CAPITALISED.sub(lambda match: " " * len(match.group()), sentence)


def _runs(text: str, letter: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield stretches of foreign letters, joined over spaces and punctuation between them."""
    positions = [match.start() for match in letter.finditer(text)]
    if not positions:
        return
    begin = positions[0]
    for here, there in pairwise(positions):
        if LETTER.search(text, here + 1, there) is not None:
            yield begin, here + 1
            begin = there
    yield begin, positions[-1] + 1


def _is_gloss(sentence: str, start: int, end: int) -> bool:
    """Return whether a short foreign run is in brackets, where writers put a name's original."""
    before, after = sentence[:start].rstrip(), sentence[end:].lstrip()
    return before[-1:] in "([（【/:：、,—–-" and (after[:1] in ")]）】/,，;；、—–-" or not after)


def _gaps(text: str, foreign: list[_Foreign]) -> Iterator[str]:
    position = 0
    for part in sorted(foreign, key=lambda part: part.start):
        yield text[position : part.start]
        position = max(position, part.end)
    yield text[position:]


def _main_language(foreign: list[_Foreign]) -> str:
    letters: Counter[str] = Counter()
    for part in foreign:
        letters[part.language] += part.letters
    return max(sorted(letters), key=lambda language: letters[language])


def _spans(foreign: list[_Foreign]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for part in sorted(foreign, key=lambda part: part.start):
        if merged and part.start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(part.end, merged[-1][1]))
        else:
            merged.append((part.start, part.end))
    return tuple(merged)
