"""On which side: stance of direct answers, and how alike the two sides of opposing pairs were helped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from . import numbers
from .headline import few
from .rows import Audit, plain_name
from .svg import diverging_bar, dot_interval

if TYPE_CHECKING:
    from .wording import Wording

_STANCES = ((-2, "opposes2"), (-1, "opposes1"), (0, "balanced"), (1, "favours1"), (2, "favours2"))


@dataclass(frozen=True, slots=True)
class StanceRow:
    """Where one target's direct answers stand towards one proposition.

    Attributes:
        target: Name of the target.
        counts: Answers at -2, -1, 0, +1 and +2.
        chart: Bar around the neutral centre; None where nothing could be scored.
        mean: Mean stance.
        interval: Its 95 % interval.
        bounds: The mean if every unscored answer were at -2, and at +2.
        coverage: Share of answers that could be scored.
        n: Scored and all answers.
        few: Whether the mean rests on little.
    """

    target: str
    counts: tuple[int, ...]
    chart: Markup | None
    mean: str
    interval: str
    bounds: str
    coverage: str
    n: str
    few: bool


@dataclass(frozen=True, slots=True)
class PairRow:
    """How much more often one target refused to speak for the affirming side of a proposition."""

    target: str
    chart: Markup
    value: str
    interval: str
    n: str
    p: str
    few: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """One proposition with the rows of its targets."""

    topic: str
    claim: str
    favours: str
    opposes: str
    stances: tuple[StanceRow, ...] = ()
    pairs: tuple[PairRow, ...] = ()


def stance(audit: Audit, say: Wording) -> tuple[Claim, ...] | None:
    """Return, for each proposition asked about directly, where each target's answers stand."""
    claims = []
    for topic, proposition in _propositions(audit, paired=False):
        rows = tuple(_stance_row(audit, card.name, topic, proposition, say) for card in audit.targets)
        claims.append(_claim(audit, topic, proposition, stances=tuple(row for row in rows if row is not None)))
    return tuple(claim for claim in claims if claim.stances) or None


def pairs(audit: Audit, say: Wording) -> tuple[Claim, ...] | None:
    """Return, for each proposition with opposing pairs, the difference in refusals between its two sides."""
    claims = []
    for topic, proposition in _propositions(audit, paired=True):
        rows = tuple(_pair_row(audit, card.name, topic, proposition, say) for card in audit.targets)
        claims.append(_claim(audit, topic, proposition, pairs=tuple(row for row in rows if row is not None)))
    return tuple(claim for claim in claims if claim.pairs) or None


def _propositions(audit: Audit, *, paired: bool) -> list[tuple[str, str]]:
    found = {
        (row.topic, row.proposition): None
        for row in audit.answers
        if row.sensitive and row.proposition is not None and (row.side is not None) == paired
    }
    return sorted(((t, p) for t, p in found if p is not None), key=lambda pair: audit.topics.index(pair[0]))


def _claim(
    audit: Audit,
    topic: str,
    proposition: str,
    *,
    stances: tuple[StanceRow, ...] = (),
    pairs: tuple[PairRow, ...] = (),
) -> Claim:
    found = audit.proposition(topic, proposition)
    if found is None:
        return Claim(audit.topic_title(topic), proposition, "+2", "−2", stances, pairs)
    claim, favours, opposes = (
        plain_name(texts.get("en") or next(iter(texts.values())))
        for texts in (found.claim, found.favours.name, found.opposes.name)
    )
    return Claim(audit.topic_title(topic), claim, favours, opposes, stances, pairs)


def _stance_row(audit: Audit, target: str, topic: str, proposition: str, say: Wording) -> StanceRow | None:
    asked = [
        row
        for row in audit.answers
        if (row.target, row.topic, row.proposition) == (target, topic, proposition)
        and row.sensitive
        and row.side is None
        and row.delivery not in (None, "error")
    ]
    if not asked:
        return None
    scores = Counter(round(row.stance_score) for row in asked if row.stance_score is not None)
    scored = sum(scores.values())
    counts = tuple(scores[value] for value, _ in _STANCES)
    mean = audit.find("stance_mean", target, topic, proposition=proposition)
    low = audit.find("stance_low_bound", target, topic, proposition=proposition)
    high = audit.find("stance_high_bound", target, topic, proposition=proposition)
    chart = None
    if scored:
        parts = [(name, scores[value] / scored) for value, name in _STANCES]
        spoken = say.listing(
            [f"{n} {say('stance.' + name)}" for n, (_, name) in zip(counts, _STANCES, strict=True) if n]
        )
        title = say("stance.chart", target=plain_name(target), parts=spoken)
        chart = diverging_bar(title, parts[:2], parts[2], parts[3:])
    return StanceRow(
        target=plain_name(target),
        counts=counts,
        chart=chart,
        mean="–" if mean is None or mean.value is None else numbers.signed(mean.value, 1),
        interval=_interval(mean.low, mean.high, 1) if mean else "",
        bounds=_interval(low.value, high.value, 1) if low and high else "",
        coverage=numbers.percent(scored / len(asked)),
        n=say("stance.n", scored=numbers.whole(scored), asked=numbers.whole(len(asked))),
        few=mean is not None and few(mean),
    )


def _pair_row(audit: Audit, target: str, topic: str, proposition: str, say: Wording) -> PairRow | None:
    found = audit.find("differential_refusal", target, topic, proposition=proposition)
    if found is None or found.value is None or found.low is None or found.high is None:
        return None
    value, low, high = found.value * 100, found.low * 100, found.high * 100
    text, interval = numbers.signed(value), numbers.signed_range(low, high)
    title = say("pairs.chart", target=plain_name(target), value=text, range=interval)
    return PairRow(
        target=plain_name(target),
        chart=dot_interval(title, value, low, high, (-100.0, 100.0), marked=low > 0 or high < 0),
        value=text,
        interval=interval,
        n=say("pairs.n", n=numbers.whole(found.n), questions=say.count("pair", found.clusters)),
        p="" if found.p_value is None else numbers.p_value(found.p_value),
        few=few(found),
    )


def _interval(low: float | None, high: float | None, digits: int) -> str:
    return "" if low is None or high is None else numbers.signed_range(low, high, digits)
