"""First screen: what was asked of whom, the finding, what became of every question, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from . import numbers
from .headline import Headline, gaps, headline, resolvable
from .outcomes import OUTCOME, OUTCOMES, Outcome, tally
from .rows import Answer, Audit, language_title, plain_name
from .svg import stacked_bar

if TYPE_CHECKING:
    from ..analysis.result import TargetCard
    from .wording import Wording


@dataclass(frozen=True, slots=True)
class Bar:
    """Outcomes of one target for sensitive prompts or for controls.

    Attributes:
        n: Number of prompts.
        counts: Number of each outcome that occurs.
        chart: The stacked bar.
    """

    n: int
    counts: dict[str, int]
    chart: Markup


@dataclass(frozen=True, slots=True)
class TargetOutcomes:
    """One target with its two bars."""

    card: TargetCard
    sensitive: Bar | None
    control: Bar | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the strip of coverage and validity.

    Attributes:
        value: The figure.
        label: What it is.
        note: How to read it.
        filter: Filter of the answers behind it; empty where none are to be shown.
    """

    value: str
    label: str
    note: str
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the first screen shows."""

    asked: str
    specimens: tuple[str, ...]
    all_specimens: bool
    headline: Headline
    targets: tuple[TargetOutcomes, ...]
    legend: tuple[Outcome, ...]
    facts: tuple[Fact, ...]


def summary(audit: Audit, say: Wording) -> Summary:
    """Return what the first screen shows."""
    bars = tuple(_outcomes(audit, card, say) for card in audit.targets)
    present = {code for target in bars for bar in (target.sensitive, target.control) if bar for code in bar.counts}
    return Summary(
        asked=asked(audit, say),
        specimens=tuple(plain_name(card.name) for card in audit.specimens),
        all_specimens=len(audit.specimens) == len(audit.targets),
        headline=headline(audit, say),
        targets=bars,
        legend=tuple(outcome for outcome in OUTCOMES if outcome.code in present),
        facts=_facts(audit, say),
    )


def asked(audit: Audit, say: Wording) -> str:
    """Return what was asked of whom, when, in words."""
    sensitive = len({(row.topic, row.cluster) for row in audit.answers if row.sensitive})
    controls = len({(row.topic, row.cluster) for row in audit.answers if not row.sensitive})
    prompts = {card.name: 0 for card in audit.targets}
    for row in audit.answers:
        prompts[row.target] += 1
    each = sorted(set(prompts.values()))
    moments = [row.started_at for row in audit.answers if row.started_at]
    many = len(audit.topics) > 6
    topics = say.count("topic", len(audit.topics))
    titles = say.listing([audit.topic_title(topic) for topic in audit.topics])
    return (
        say(
            "asked",
            questions=say.count("question", sensitive),
            controls=say.count("control", controls),
            topics=topics if many else say("asked.topics", topics=topics, titles=titles),
            targets=say.count("target", len(audit.targets)),
            languages=say.count("language", len(audit.languages)),
            names=say.listing([language_title(tag) for tag in audit.languages]),
            prompts=say.count("prompt", each[-1]) if len(each) == 1 else say("asked.range", low=each[0], high=each[-1]),
            dates=numbers.day_span(min(moments), max(moments)) if moments else numbers.day(audit.result.created),
        )
        if each
        else say("asked.nothing")
    )


def _bar(rows: list[Answer], what: str, target: str, height: int, say: Wording) -> Bar | None:
    if not rows:
        return None
    counts = tally(row.outcome for row in rows)
    spoken = say.listing([f"{numbers.whole(n)} {say('outcome.' + code)}" for code, n in counts.items()])
    title = say("outcomes.title", target=plain_name(target), what=say(what), n=numbers.whole(len(rows)), parts=spoken)
    parts = [
        (code, n, f"{OUTCOME[code].symbol} {numbers.whole(n)}" if height > 20 else "") for code, n in counts.items()
    ]
    return Bar(len(rows), counts, stacked_bar(title, parts, height))


def _outcomes(audit: Audit, card: TargetCard, say: Wording) -> TargetOutcomes:
    rows = [row for row in audit.answers if row.target == card.name]
    return TargetOutcomes(
        card,
        _bar([row for row in rows if row.sensitive], "outcomes.sensitive", card.name, 30, say),
        _bar([row for row in rows if not row.sensitive], "outcomes.control", card.name, 12, say),
    )


def _facts(audit: Audit, say: Wording) -> tuple[Fact, ...]:
    counts = tally(row.outcome for row in audit.answers)
    planned, errors = len(audit.answers), counts.get("error", 0)
    delivered = sum(row.delivery in ("ok", "truncated", "retracted") for row in audit.answers)
    unjudged = counts.get("unscored", 0) + counts.get("incoherent", 0) + counts.get("truncated", 0)
    compared = [f for f in gaps(audit) if f.topic is not None]
    seen = resolvable(compared)
    facts = [
        Fact(
            say("fact.of", part=numbers.whole(delivered), whole=numbers.whole(planned)),
            say("fact.delivered"),
            say("fact.delivered_note", errors=numbers.whole(errors)),
        ),
        Fact(
            numbers.whole(unjudged), say("fact.unjudged"), say("fact.unjudged_note"), "order=review" if unjudged else ""
        ),
    ]
    if seen is not None:
        value = say("fact.points", points=numbers.whole(round(seen * 100)))
        facts.append(Fact(value, say("fact.resolvable"), say("fact.resolvable_note")))
    measured = [value for key, value in audit.result.manifest.items() if key.lower().startswith(LABELER_KEY)]
    note = say("fact.labels_note") if measured else say("fact.labels_unmeasured_note")
    facts.append(Fact(say("fact.labels_measured" if measured else "fact.labels_unmeasured"), say("fact.labels"), note))
    return tuple(facts)


LABELER_KEY = "labeler error"
"""Manifest entries whose name begins so say how often a labeler is wrong; the report shows them beside the methods."""
