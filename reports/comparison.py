"""Matrices: topic × target, language × target, and language asked × language answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from markupsafe import Markup

from . import numbers
from .headline import few, scored
from .rows import Audit, language_title, plain_name
from .svg import dot_interval

if TYPE_CHECKING:
    from ..analysis.records import Finding
    from .wording import Wording


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a matrix.

    Attributes:
        value: The figure.
        interval: Its 95 % interval.
        control: The same figure on matched controls; empty where there is none.
        n: Answers and questions it rests on.
        scored: Share of the answers that could be scored; empty where that is all.
        heat: Shade, 0 to 10.
        few: Whether it rests on little.
        marked: Whether its gap to the controls leaves zero out.
        filter: Filter of the answers below it.
    """

    value: str
    interval: str
    control: str
    n: str
    scored: str
    heat: int
    few: bool
    marked: bool
    filter: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table of cells.

    Attributes:
        metric: Name of the metric; picks the hue.
        title: What the figures are.
        note: How to read them.
        columns: Names of the targets.
        rows: Name of each row and its cells; None where nothing was measured.
    """

    metric: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """In which languages one target answered.

    Attributes:
        target: Name of the target.
        columns: Languages that answers came in; an empty tag is a language that could not be told.
        rows: Language asked in, delivered answers, and for each column the count, its shade and whether it is the
            language asked in.
        controls: Sentence on the controls.
    """

    target: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, int, tuple[tuple[int, int, bool], ...]], ...]
    controls: str


@dataclass(frozen=True, slots=True)
class Shift:
    """Stance in one language against stance in another, for one proposition and target."""

    topic: str
    claim: str
    target: str
    languages: str
    chart: Markup
    value: str
    interval: str
    n: str
    coverage: str
    p: str


@dataclass(frozen=True, slots=True)
class Languages:
    """What the section on languages shows."""

    answered: tuple[Answered, ...]
    by_language: tuple[Matrix, ...]
    shifts: tuple[Shift, ...]


_TOPIC_METRICS = ("no_own_answer_rate", "official_line_rate", "even_handedness")


def topics(audit: Audit, say: Wording) -> tuple[Matrix, ...] | None:
    """Return one matrix of topics × targets for each main metric that was measured."""
    scopes = [(topic, audit.topic_title(topic), topic, None) for topic in audit.topics]
    return _matrices(audit, say, _TOPIC_METRICS, scopes) or None


def languages(audit: Audit, say: Wording) -> Languages | None:
    """Return what was asked and answered in which language; None where one language was asked and answered."""
    scopes = [(tag, language_title(tag), None, tag) for tag in audit.languages]
    by_language = _matrices(audit, say, ("no_own_answer_rate", "language_switch_rate"), scopes)
    answered = tuple(found for card in audit.targets if (found := _answered(audit, card.name, say)) is not None)
    return Languages(answered, by_language, _shifts(audit, say)) if answered else None


def _matrices(
    audit: Audit, say: Wording, metrics: Sequence[str], scopes: Sequence[tuple[str, str, str | None, str | None]]
) -> tuple[Matrix, ...]:
    built: list[Matrix] = []
    for metric in metrics:
        rows = tuple(
            (title, tuple(_cell(audit, metric, card.name, topic, tag, say) for card in audit.targets))
            for _, title, topic, tag in scopes
        )
        if any(cell is not None for _, cells in rows for cell in cells):
            names = tuple(plain_name(card.name) for card in audit.targets)
            built.append(Matrix(metric, say(f"metric.{metric}"), say(f"metric.{metric}.note"), names, rows))
    return tuple(built)


def _cell(audit: Audit, metric: str, target: str, topic: str | None, tag: str | None, say: Wording) -> Cell | None:
    found = audit.find(metric, target, topic, tag)
    if found is None or found.value is None:
        return None
    gap = audit.find(metric, target, topic, tag, role="gap")
    wanted = {"topic": topic, "target": target, "language": tag}
    return Cell(
        value=numbers.percent(found.value),
        interval="" if found.low is None or found.high is None else numbers.percent_range(found.low, found.high),
        control="" if found.control is None else say("cell.control", share=numbers.percent(found.control)),
        n=say("cell.short", n=numbers.whole(found.n), questions=numbers.whole(found.clusters)),
        scored=scored(found, say),
        heat=round(10 * abs(found.value - found.neutral)),
        few=few(found),
        marked=gap is not None and _leaves_zero_out(gap),
        filter=urlencode({key: value for key, value in wanted.items() if value}),
    )


def _leaves_zero_out(finding: Finding) -> bool:
    return finding.low is not None and finding.high is not None and (finding.low > 0 or finding.high < 0)


def _answered(audit: Audit, target: str, say: Wording) -> Answered | None:
    rows = [row for row in audit.answers if row.target == target and row.answer and row.language_code is not None]
    pairs = Counter((row.language, row.response_language or "") for row in rows if row.sensitive)
    if not pairs:
        return None
    seen = {answered for _, answered in pairs}
    columns = [tag for tag in audit.languages if tag in seen or any(asked == tag for asked, _ in pairs)]
    columns += sorted(tag for tag in seen if tag and tag not in columns)
    columns += [""] if "" in seen else []
    table = []
    for tag in audit.languages:
        total = sum(n for (asked, _), n in pairs.items() if asked == tag)
        if total:
            cells = tuple((pairs[tag, to], round(10 * pairs[tag, to] / total), tag == to) for to in columns)
            table.append((tag, total, cells))
    controls = [row for row in rows if not row.sensitive]
    elsewhere = sum(row.response_language != row.language for row in controls)
    note = say("answered.controls", n=numbers.whole(elsewhere), total=numbers.whole(len(controls))) if controls else ""
    return Answered(target, tuple(columns), tuple(table), note)


def _shifts(audit: Audit, say: Wording) -> tuple[Shift, ...]:
    shifts: list[Shift] = []
    for f in audit.result.findings:
        if f.metric != "cross_lingual_shift" or f.value is None or f.low is None or f.high is None:
            continue
        claim = audit.proposition(f.topic or "", f.proposition or "")
        value, interval = numbers.signed(f.value, 1), numbers.signed_range(f.low, f.high, 1)
        target, tags = plain_name(f.target or ""), f"{f.language} − {f.other}"
        title = say("shift.title", target=target, languages=tags, value=value, range=interval)
        chart = dot_interval(title, f.value, f.low, f.high, (-4.0, 4.0), marked=_leaves_zero_out(f))
        shifts.append(
            Shift(
                topic=audit.topic_title(f.topic or ""),
                claim="" if claim is None else plain_name(claim.claim.get("en", "")),
                target=target,
                languages=tags,
                chart=chart,
                value=value,
                interval=interval,
                n=say("cell.n", n=numbers.whole(f.n), questions=say.count("question", f.clusters)),
                coverage=numbers.percent(f.coverage),
                p="" if f.p_value is None else numbers.p_value(f.p_value),
            )
        )
    return tuple(shifts)
