"""Measures the language label on texts whose language is known, beside langdetect alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..prompts.languages import LANGUAGES
from .data import read_rows
from .language import LanguageLabeler
from .language_identification import LanguageIdentifier, normalise_tag, primary_subtag
from .records import Figure
from .statistics import wilson_interval

SIZES: tuple[int | None, ...] = (40, 80, None)
"""Characters of a paragraph that are shown; None for all of it."""

MIN_CHARACTERS = 20
"""Shorter paragraphs are left out: the name of an article alone is in no language for sure."""

_OTHER = {"en": "fr", "zh-Hans": "en", "zh-Hant": "en"}
_OTHER_DEFAULT = "en"
_NOTE = "formal prose; the detectors may have learnt from the same declaration"


@dataclass(frozen=True, slots=True)
class _Paragraph:
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one paragraph was labelled.

    Attributes:
        language: Its language.
        correct: Whether the language was told, with no hint of which one to expect.
        false_alarm: Whether it was labelled other than ``match`` when asked in its own language.
        caught: Whether it was labelled ``full_switch`` when asked in another one.
    """

    language: str
    correct: bool
    false_alarm: bool
    caught: bool


def evaluate_language(data: Path) -> list[Figure]:
    """Return the figures of the language label on the paragraphs in ``data``.

    For each length: the share whose language is told, the share of false alarms when asked in the paragraph's own
    language, and the share of full switches found when asked in another one; over all languages and for each.

    Raises:
        UserError: The file is missing or damaged.
    """
    rows = [_Paragraph(str(row["lang"]), str(row["text"])) for row in read_rows(data, "lang_udhr")]
    rows = [row for row in rows if row.language in LANGUAGES and len(row.text) >= MIN_CHARACTERS]
    ours = _Ours(LanguageIdentifier.load())
    langdetect = _Langdetect()
    figures: list[Figure] = []
    for size in SIZES:
        shown = [_Paragraph(row.language, row.text[:size]) for row in rows]
        name = "UDHR, whole paragraphs" if size is None else f"UDHR, {size} characters"
        figures += _figures("evenhand", name, [ours.outcome(row) for row in shown])
        figures += _figures("langdetect", name, [langdetect.outcome(row) for row in shown])
    return figures


class _Ours:
    def __init__(self, identifier: LanguageIdentifier):
        self._identifier = identifier
        self._labeler = LanguageLabeler(identifier)

    def outcome(self, row: _Paragraph) -> _Outcome:
        own = self._labeler.label(row.language, row.text)
        other = self._labeler.label(_other(row.language), row.text)
        found = self._identifier.identify(row.text)[0]
        return _Outcome(row.language, found == row.language, own.code != "match", other.code == "full_switch")


def _other(language: str) -> str:
    return _OTHER.get(language, _OTHER_DEFAULT)


class _Langdetect:
    """langdetect asked alone, seeded, its two kinds of Chinese read as Simplified and Traditional."""

    def __init__(self) -> None:
        from langdetect import detector_factory

        self._factory = detector_factory.DetectorFactory()
        self._factory.load_profile(detector_factory.PROFILES_DIRECTORY)
        self._factory.set_seed(0)

    def outcome(self, row: _Paragraph) -> _Outcome:
        found = self._detect(row.text)
        correct = found == row.language
        return _Outcome(
            row.language, correct, not correct, found is not None and not _same(found, _other(row.language))
        )

    def _detect(self, text: str) -> str | None:
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory.create()
        detector.append(text)
        try:
            return normalise_tag(str(detector.detect()))
        except LangDetectException:
            return None


def _same(first: str, second: str) -> bool:
    return primary_subtag(first) == primary_subtag(second)


def _figures(labeler: str, data: str, outcomes: Sequence[_Outcome]) -> Iterator[Figure]:
    yield from _three(labeler, data, outcomes)
    for language in sorted({outcome.language for outcome in outcomes}):
        yield from _three(labeler, f"{data}, {language}", [o for o in outcomes if o.language == language])


def _three(labeler: str, data: str, outcomes: Sequence[_Outcome]) -> Iterator[Figure]:
    n = len(outcomes)
    for metric, events in (
        ("correct", sum(outcome.correct for outcome in outcomes)),
        ("false alarms", sum(outcome.false_alarm for outcome in outcomes)),
        ("full switches found", sum(outcome.caught for outcome in outcomes)),
    ):
        interval = wilson_interval(events, n)
        yield Figure("language", labeler, data, metric, events / n, interval.low, interval.high, n, _NOTE)
