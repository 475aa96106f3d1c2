"""Checks the instrument on the calibration specimens: what was planted against what is measured, label by label.

A planted rate is read true when it lies in the measured rate's 95 % interval, which allows for the questions being few
and for the labeler's known error (see ``label_error``), measured on other topics. Rates of 0 count like any other: a
label that turns up more often than its known error allows, where none was planted, is a miss. Measured rates are over
the answers that could be scored, as in every run; planted ones are over all, so that leaving out one kind of answer
more often than others shows as a miss.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..runtime.records import Response
from ..runtime.specimen import SPECIMENS, PlantedAnswer, PlantedTruth, SpecimenName
from ..runtime.transformers_target import TransformersSettings, TransformersTarget
from .label_error import AnswerKind, ErrorKey, LabelError, corrected, error_of, kind_of
from .labeling import transcript_of
from .records import Engagement, Label, Labeler, LanguageCode
from .scoring import DELIVERED, engagement_scored, stance_scored
from .statistics import Interval, clustered_rate

Kind = Literal["engagement", "stance", "language", "official_state"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Errors = Mapping[ErrorKey, LabelError]
ALL = "all"
EXACT_SHARE = 0.99
"""Share of prompts that a specimen must answer word for word; otherwise it is the specimen that is broken."""

_STANCE_CLASSES = ("supports", "balanced", "opposes")
_LANGUAGE_CODES: tuple[LanguageCode, ...] = ("match", "full_switch", "script_switch")
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class PlantedRate:
    """One rate as planted and as measured.

    Attributes:
        specimen: Name of the specimen.
        topic: Id of the topic set, or ``all``.
        family: Probe family, or ``all``.
        language: BCP-47 tag of the prompts, or ``all``.
        kind: Which label.
        code: Which value of the label.
        planted: Share of the prompts whose taught answer has it.
        measured: Share of the scored answers that were labelled with it.
        low: Lower bound of the measured rate's 95 % interval, by question and with the labeler's known error.
        high: Upper bound.
        n: Answers that could be scored.
        inside: Whether the planted rate lies in the interval.
        inside_uncorrected: Whether it does so when the labels are taken for the truth.
    """

    specimen: str
    topic: str
    family: str
    language: str
    kind: Kind
    code: str
    planted: float
    measured: float
    low: float
    high: float
    n: int
    inside: bool
    inside_uncorrected: bool


@dataclass(frozen=True, slots=True)
class SpecimenCheck:
    """How one specimen did.

    Attributes:
        specimen: Its name.
        prompts: Prompts it was asked.
        exact: Prompts it answered word for word as taught.
        agreed: For each label, answers that were labelled as planted.
        confusion: Answers by planted and measured engagement; ``none`` where nothing was delivered, and ``unscored``.
        unscored: For each label, answers whose label did not count.
    """

    specimen: str
    prompts: int
    exact: int
    agreed: Mapping[Kind, int]
    confusion: Mapping[tuple[str, str], int]
    unscored: Mapping[Kind, int]

    @property
    def sound(self) -> bool:
        """Whether the specimen answers as it was taught."""
        return self.exact >= EXACT_SHARE * self.prompts


@dataclass(frozen=True, slots=True)
class SelftestResult:
    """What the self-test found.

    Attributes:
        labeler: Name of the labeler that was checked.
        rates: Every planted rate with its measured one.
        checks: One a specimen.
    """

    labeler: str
    rates: tuple[PlantedRate, ...]
    checks: tuple[SpecimenCheck, ...]

    @property
    def misses(self) -> tuple[PlantedRate, ...]:
        """The planted rates outside their measured interval."""
        return tuple(rate for rate in self.rates if not rate.inside)

    @property
    def passed(self) -> bool:
        """Whether the specimens answer as taught and every planted rate lies in its measured interval."""
        return bool(self.rates) and not self.misses and all(check.sound for check in self.checks)


def run_selftest(
    labeler: Labeler, progress: Callable[[str], None] | None = None, errors: Errors | None = None
) -> SelftestResult:
    """Ask both specimens everything they were taught, label the answers and compare.

    Args:
        labeler: The labeler to check; it is to know the specimens' topic sets.
        progress: Called with one line after each step.
        errors: The labeler's known errors; none where None.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        TargetError: A specimen cannot be loaded.
    """
    say = progress or (lambda line: None)
    rates: list[PlantedRate] = []
    checks: list[SpecimenCheck] = []
    for name in SPECIMENS:
        planted = PlantedTruth(name).answers()
        say(f"{name}: asking {len(planted)} prompts")
        responses = asyncio.run(_ask(name, planted))
        say(f"{name}: labelling {len(responses)} answers")
        labels = labeler.label([transcript_of(answer.item, responses[answer.item.id]) for answer in planted])
        rates.extend(planted_rates(name, planted, labels, errors or {}))
        checks.append(check_specimen(name, planted, responses, labels))
    return SelftestResult(labeler.name, tuple(rates), tuple(checks))


async def _ask(name: SpecimenName, planted: Sequence[PlantedAnswer]) -> dict[str, Response]:
    settings = TransformersSettings(
        model=f"specimen:{name}", device="cpu", threads=1, batch_size=48, max_new_tokens=400, routing=False
    )
    target = TransformersTarget(name, settings)
    try:
        await target.open()
        return {response.item_id: response async for response in target.ask([answer.item for answer in planted])}
    finally:
        await target.close()


def planted_values(planted: PlantedAnswer) -> Mapping[Kind, str | None]:
    """Return the value of each label that the taught answer is to be given; None where it has none."""
    asked, came = planted.item.language, planted.language
    same = asked.partition("-")[0] == came.partition("-")[0]
    code: LanguageCode = "match" if asked == came else "script_switch" if same else "full_switch"
    stance = None if planted.stance is None else _STANCE_CLASSES[1 - (planted.stance > 0) + (planted.stance < 0)]
    return {
        "engagement": planted.engagement,
        "stance": stance,
        "language": code,
        "official_state": planted.official_state,
    }


def measured_values(label: Label) -> Mapping[Kind, str | None]:
    """Return the value of each label that was measured; None where it has none to compare."""
    stance = label.stance.stance_class
    return {
        "engagement": label.engagement.code,
        "stance": stance if stance in _STANCE_CLASSES else None,
        "language": label.language.code,
        "official_state": label.engagement.official_state,
    }


def unscored_kinds(label: Label) -> frozenset[Kind]:
    """Return which labels of an answer do not count, by the rule that every run is measured by."""
    kinds: set[Kind] = set()
    if label.delivery in DELIVERED and not engagement_scored(label.engagement):
        kinds |= {"engagement", "official_state"}
    if label.stance.scores and not stance_scored(label.stance):
        kinds.add("stance")
    return frozenset(kinds)


def planted_rates(
    specimen: str, planted: Sequence[PlantedAnswer], labels: Sequence[Label], errors: Errors
) -> Iterator[PlantedRate]:
    """Yield every rate of one specimen: by topic and family and over all, by language and over all.

    Args:
        specimen: Its name.
        planted: What it was taught.
        labels: The label of its answer to each of ``planted``, in order.
        errors: The labeler's known errors.
    """
    rows = [
        _Row(
            answer,
            kind_of(answer.item.claim, answer.item.side, answer.item.language, label.answer),
            planted_values(answer),
            measured_values(label),
            unscored_kinds(label),
        )
        for answer, label in zip(planted, labels, strict=True)
    ]
    scopes = dict.fromkeys((row.answer.item.topic, row.answer.item.family) for row in rows)
    languages = dict.fromkeys(row.answer.item.language for row in rows)
    for topic, family in (*scopes, (ALL, ALL)):
        for language in (*languages, ALL):
            within = [row for row in rows if row.within(topic, family, language)]
            for kind in KINDS:
                if all(kind in row.unscored for row in within):
                    continue
                for code in _codes(kind, rows):
                    yield _rate(within, (specimen, topic, family, language), kind, code, errors)


@dataclass(frozen=True, slots=True)
class _Row:
    answer: PlantedAnswer
    answer_kind: AnswerKind
    planted: Mapping[Kind, str | None]
    measured: Mapping[Kind, str | None]
    unscored: frozenset[Kind]

    def within(self, topic: str, family: str, language: str) -> bool:
        item = self.answer.item
        return topic in (ALL, item.topic) and family in (ALL, item.family) and language in (ALL, item.language)


def _codes(kind: Kind, rows: Sequence[_Row]) -> tuple[str, ...]:
    known: Mapping[Kind, tuple[str, ...]] = {
        "engagement": get_args(Engagement),
        "stance": _STANCE_CLASSES,
        "language": _LANGUAGE_CODES,
        "official_state": (),
    }
    found = {value for row in rows for value in (row.planted[kind], row.measured[kind]) if value is not None}
    return (*known[kind], *sorted(found.difference(known[kind])))


def _rate(rows: Sequence[_Row], scope: tuple[str, str, str, str], kind: Kind, code: str, errors: Errors) -> PlantedRate:
    events: Counter[tuple[str, str]] = Counter()
    trials: Counter[tuple[str, str]] = Counter()
    scored = [row for row in rows if kind not in row.unscored]
    for row in scored:
        question = (row.answer.item.topic, row.answer.item.cluster)
        trials[question] += 1
        events[question] += row.measured[kind] == code
    labelled = clustered_rate([events[question] for question in trials], list(trials.values()))
    asked = Counter(row.answer_kind for row in scored)
    found = ((count, error_of(errors, kind, code, *what)) for what, count in asked.items())
    known = [(count, error) for count, error in found if error is not None]
    interval = corrected(labelled, known) if known else labelled
    planted = sum(row.planted[kind] == code for row in rows) / len(rows)
    return PlantedRate(
        *scope,
        kind,
        code,
        planted,
        interval.value,
        interval.low,
        interval.high,
        len(scored),
        inside=_holds(interval, planted),
        inside_uncorrected=_holds(labelled, planted),
    )


def _holds(interval: Interval, planted: float) -> bool:
    return interval.low - _ROUNDING <= planted <= interval.high + _ROUNDING


def check_specimen(
    specimen: str, planted: Sequence[PlantedAnswer], responses: Mapping[str, Response], labels: Sequence[Label]
) -> SpecimenCheck:
    """Return how far a specimen answered as taught, and how far its answers were labelled as planted."""
    agreed: Counter[Kind] = Counter(dict.fromkeys(KINDS, 0))
    unscored: Counter[Kind] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    for answer, label in zip(planted, labels, strict=True):
        expected, found, left_out = planted_values(answer), measured_values(label), unscored_kinds(label)
        agreed.update(kind for kind in KINDS if expected[kind] == found[kind] and kind not in left_out)
        unscored.update(left_out)
        confusion[answer.engagement, "unscored" if "engagement" in left_out else found["engagement"] or "none"] += 1
    exact = sum(responses[answer.item.id].text == answer.text.strip() for answer in planted)
    return SpecimenCheck(specimen, len(planted), exact, dict(agreed), dict(confusion), dict(unscored))
