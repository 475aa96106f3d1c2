"""Measures the language label on texts whose language is known, beside langdetect alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .agreement import expected_calibration_error, reliability
from .language import LanguageLabeler
from .language_baseline import NAME, LanguageBaseline
from .language_cases import Hidden, Paragraph, hidden_sentences, paragraphs
from .language_identification import LanguageIdentifier, primary_subtag
from .records import Figure, LanguageLabel
from .statistics import clustered_rate

SIZES: tuple[int | None, ...] = (40, 80, None)
"""Characters of a paragraph that are shown; None for all of it."""

_SHORTEST = 20
"""Characters at which labels begin to be wrong, so that their probabilities are put to the test."""

_OTHER = {"en": "fr", "zh-Hans": "en", "zh-Hant": "en"}
_OTHER_DEFAULT = "en"
_OTHER_SCRIPT = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}
_NOTE = "formal prose; the detectors may have learnt from the same declaration"
OURS = "evenhand"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Whether something that could happen with one text happened.

    Attributes:
        metric: What.
        language: Language of the text.
        happened: Whether it did.
        text: What outcomes are not independent over.
    """

    metric: str
    language: str
    happened: bool
    text: str


class _Labeler(Protocol):
    name: str

    def paragraph(self, row: Paragraph) -> Iterator[_Outcome]: ...

    def hidden(self, case: Hidden) -> _Outcome: ...

    def without(self, case: Hidden) -> _Outcome: ...


def evaluate_language(data: Path) -> list[Figure]:
    """Return the figures of the language label on the paragraphs in ``data``.

    For each length: the share whose language is told, the share of false alarms when asked in the paragraph's own
    language, and the share of full switches found when asked in another one, or in the other Chinese script. For a
    sentence of another language between paragraphs: the share of switches found, and of false alarms without the
    sentence. All of these over all languages and for each. At last, how far the labels' probabilities are off.

    Raises:
        UserError: The file is missing or damaged.
    """
    rows = paragraphs(data)
    ours = _Ours()
    labelers: tuple[_Labeler, ...] = (ours, _Langdetect())
    figures: list[Figure] = []
    for size in SIZES:
        name = "UDHR, whole paragraphs" if size is None else f"UDHR, {size} characters"
        for labeler in labelers:
            outcomes = [outcome for row in rows for outcome in labeler.paragraph(row.cut(size))]
            figures += _figures(labeler.name, name, outcomes)
    cases = list(hidden_sentences(rows))
    for labeler in labelers:
        outcomes = [labeler.hidden(case) for case in cases]
        outcomes += [labeler.without(case) for case in {case.without(): case for case in cases}.values()]
        figures += _figures(labeler.name, "UDHR, a sentence among nine paragraphs", outcomes)
    return [*figures, *_calibration(ours, rows)]


def _calibration(ours: _Ours, rows: Sequence[Paragraph]) -> Iterator[Figure]:
    """Yield how far the probabilities of labels are off, asked in a text's own language as often as in another."""
    every: list[tuple[float, bool]] = []
    for size in (_SHORTEST, *SIZES):
        # The probabilities were counted on the others.
        labels = [pair for row in rows[1::2] for pair in ours.claims(row.cut(size))]
        name = "UDHR, whole paragraphs" if size is None else f"UDHR, {size} characters"
        yield _calibration_figure(name, labels)
        every += labels
    yield _calibration_figure("UDHR, all lengths", every)


def _calibration_figure(data: str, labels: Sequence[tuple[float, bool]]) -> Figure:
    table = reliability([probability for probability, _ in labels], [right for _, right in labels])
    error = expected_calibration_error(table)
    note = "on paragraphs that the probabilities were not counted on"
    return Figure("language", OURS, data, "expected calibration error", error, None, None, len(labels), note)


class _Ours:
    name = OURS

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.load()
        self._labeler = LanguageLabeler(self._identifier)

    def _asked(self, row: Paragraph) -> tuple[LanguageLabel, LanguageLabel]:
        return self._labeler.label(row.language, row.text), self._labeler.label(_other(row.language), row.text)

    def paragraph(self, row: Paragraph) -> Iterator[_Outcome]:
        own, other = self._asked(row)
        # The language is told with no hint of which one to expect.
        yield _Outcome("correct", row.language, self._identifier.identify(row.text)[0] == row.language, row.text)
        yield _Outcome("false alarms", row.language, own.code != "match", row.text)
        yield _Outcome("full switches found", row.language, other.code == "full_switch", row.text)
        if row.language in _OTHER_SCRIPT:
            found = self._labeler.label(_OTHER_SCRIPT[row.language], row.text).code == "script_switch"
            yield _Outcome("script switches found", row.language, found, row.text)

    def hidden(self, case: Hidden) -> _Outcome:
        label = self._labeler.label(case.language, case.text())
        named = label.switched_to is not None and _same(label.switched_to, case.sentence.language)
        found = named and label.code in ("partial_switch", "full_switch")
        return _Outcome("partial switches found", case.language, found, case.without())

    def without(self, case: Hidden) -> _Outcome:
        alarm = self._labeler.label(case.language, case.without()).code != "match"
        return _Outcome("false alarms", case.language, alarm, case.without())

    def claims(self, row: Paragraph) -> Iterator[tuple[float, bool]]:
        """Yield the probabilities of the labels of a paragraph, and whether they are right."""
        own, other = self._asked(row)
        yield own.probability, own.code == "match"
        yield other.probability, other.code == "full_switch"


def _other(language: str) -> str:
    return _OTHER.get(language, _OTHER_DEFAULT)


class _Langdetect:
    """langdetect asked alone, paragraph by paragraph."""

    name = NAME

    def __init__(self) -> None:
        self._baseline = LanguageBaseline()
        self._found: dict[str, str | None] = {}

    def paragraph(self, row: Paragraph) -> Iterator[_Outcome]:
        found = self._detect(row.text)
        yield _Outcome("correct", row.language, found == row.language, row.text)
        yield _Outcome("false alarms", row.language, found != row.language, row.text)
        caught = found is not None and not _same(found, _other(row.language))
        yield _Outcome("full switches found", row.language, caught, row.text)
        if row.language in _OTHER_SCRIPT:
            yield _Outcome("script switches found", row.language, found == row.language, row.text)

    def hidden(self, case: Hidden) -> _Outcome:
        found = self._detect(case.sentence.text)
        named = found is not None and _same(found, case.sentence.language)
        return _Outcome("partial switches found", case.language, named, case.without())

    def without(self, case: Hidden) -> _Outcome:
        alarm = any(self._detect(text) != case.language for text in (*case.before, *case.after))
        return _Outcome("false alarms", case.language, alarm, case.without())

    def _detect(self, text: str) -> str | None:
        if text not in self._found:
            self._found[text] = self._baseline.detect(text)
        return self._found[text]


def _same(first: str, second: str) -> bool:
    return primary_subtag(first) == primary_subtag(second)


def _figures(labeler: str, data: str, outcomes: Sequence[_Outcome]) -> Iterator[Figure]:
    yield from _rates(labeler, data, outcomes)
    for language in sorted({outcome.language for outcome in outcomes}):
        yield from _rates(labeler, f"{data}, {language}", [o for o in outcomes if o.language == language])


def _rates(labeler: str, data: str, outcomes: Sequence[_Outcome]) -> Iterator[Figure]:
    """Yield the share of each metric; languages are taken as given, texts as drawn."""
    for metric in dict.fromkeys(outcome.metric for outcome in outcomes):
        events: dict[str, list[bool]] = {}
        for outcome in outcomes:
            if outcome.metric == metric:
                events.setdefault(outcome.text, []).append(outcome.happened)
        clusters = list(events.values())
        rate = clustered_rate([sum(cluster) for cluster in clusters], [len(cluster) for cluster in clusters])
        n = sum(map(len, clusters))
        yield Figure("language", labeler, data, metric, rate.value, rate.low, rate.high, n, _NOTE)
