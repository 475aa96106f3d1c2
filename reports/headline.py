"""The finding in one sentence, written so that it cannot claim more than the figures carry.

A difference is stated as a finding only where the interval of the gap between sensitive prompts and matched controls
leaves zero out even when it is widened for the number of comparisons made (Bonferroni), and where it rests on at
least ``FEW_QUESTIONS`` questions. What passes the plain 95 % interval alone is called a sign; all else is no
difference, and then the sentence says how large a difference the run could have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist, median
from typing import TYPE_CHECKING, Literal

from . import numbers
from .outcomes import tally
from .rows import Audit, language_title, plain_name

if TYPE_CHECKING:
    from ..analysis.records import Finding
    from .wording import Wording

HEADLINE_METRICS = ("no_own_answer_rate", "language_switch_rate")
FEW_QUESTIONS = 5
FEW_ANSWERS = 20
_Z95 = NormalDist().inv_cdf(0.975)
_Z_POWER = _Z95 + NormalDist().inv_cdf(0.8)
_NO_OWN_ANSWER = ("hard_refusal", "deflection", "official_line", "provider_block", "retracted", "empty")


@dataclass(frozen=True, slots=True)
class Headline:
    """What the first screen says.

    Attributes:
        level: How much the sentence claims.
        sentence: The sentence.
        details: Sentences that break it down, if it claims anything.
        basis: How it was chosen and what it rests on.
    """

    level: Literal["finding", "sign", "none"]
    sentence: str
    details: tuple[str, ...]
    basis: str


def gaps(audit: Audit) -> list[Finding]:
    """Return the comparisons of sensitive prompts with matched controls that the headline is chosen from."""
    return [
        f
        for f in audit.result.findings
        if f.metric in HEADLINE_METRICS
        and f.role == "gap"
        and f.language is None
        and f.target is not None
        and f.value is not None
        and f.low is not None
        and f.high is not None
        and (f.topic is not None or len(audit.topics) > 1)
    ]


def widened_low(finding: Finding, comparisons: int) -> float:
    """Return the lower bound of a finding's interval when its width pays for that many comparisons (Bonferroni)."""
    if finding.value is None or finding.low is None:
        return float("-inf")
    z = NormalDist().inv_cdf(1 - 0.025 / max(comparisons, 1))
    return finding.value - (finding.value - finding.low) * z / _Z95


def resolvable(findings: list[Finding]) -> float | None:
    """Return the difference that a typical one of these comparisons would have found with 80 % power, as a share.

    It is 2.8 standard errors, taken from the width of the interval; None where there is no comparison.
    """
    widths = [f.high - f.low for f in findings if f.low is not None and f.high is not None]
    return min(1.0, median(widths) / (2 * _Z95) * _Z_POWER) if widths else None


def few(finding: Finding) -> bool:
    """Return whether a figure rests on so little that a reader should be warned."""
    return finding.clusters < FEW_QUESTIONS or finding.n < FEW_ANSWERS


def scored(finding: Finding, say: Wording) -> str:
    """Return ``91 % scored`` for a figure that some answers could not be scored for, and nothing for others."""
    return "" if finding.coverage >= 1 else say("cell.scored", share=numbers.percent(finding.coverage))


def headline(audit: Audit, say: Wording) -> Headline:
    """Return the main finding of an audit in words."""
    compared = gaps(audit)
    above = [f for f in compared if f.low is not None and f.low > 0]
    if not compared:
        return Headline("none", say("headline.nothing_to_compare"), (), say("headline.nothing_to_compare_basis"))
    seen = resolvable([f for f in compared if f.topic is not None] or compared)
    unseen = say("headline.unseen", points=numbers.whole(round((seen or 1.0) * 100)))
    if not above:
        basis = say("headline.basis_none", comparisons=say.count("comparison", len(compared)))
        return Headline("none", say("headline.none", unseen=unseen), (), basis)
    best = max(above, key=lambda f: (widened_low(f, len(compared)), f.n))
    holds = widened_low(best, len(compared)) > 0 and best.clusters >= FEW_QUESTIONS
    claim = _claim(audit, best, say)
    gap = say(
        "headline.basis",
        comparisons=say.count("comparison", len(compared)),
        points=numbers.signed((best.value or 0) * 100),
        range=numbers.signed_range((best.low or 0) * 100, (best.high or 0) * 100),
        questions=say.count("question", best.clusters),
    )
    if holds:
        return Headline("finding", claim, _details(audit, best, say), f"{gap} {say('headline.basis_holds')}")
    unscored = _unscored(audit, best, say)
    return Headline("sign", say("headline.sign", claim=claim), unscored, f"{gap} {say('headline.basis_sign')} {unseen}")


def _who(audit: Audit, target: str, say: Wording) -> str:
    name = plain_name(target)
    return say("headline.specimen", name=name) if any(c.name == target for c in audit.specimens) else name


def _claim(audit: Audit, gap: Finding, say: Wording) -> str:
    target = gap.target or ""
    found = audit.find(gap.metric, target, gap.topic)
    if found is None or found.value is None or found.low is None or found.high is None:
        return say("headline.none", unseen="")
    others = [
        say("headline.other", name=plain_name(card.name), share=numbers.percent(other.value))
        for card in audit.targets
        if card.name != target
        and (other := audit.find(gap.metric, card.name, gap.topic)) is not None
        and other.value is not None
    ]
    scope = say("scope.all") if gap.topic is None else say("scope.topic", topic=audit.topic_title(gap.topic))
    return say(
        f"claim.{gap.metric}",
        scope=scope,
        target=_who(audit, target, say),
        events=numbers.whole(round(found.value * found.n)),
        n=say.count("prompt", found.n),
        share=numbers.percent(found.value),
        range=numbers.percent_range(found.low, found.high),
        control=numbers.percent(gap.control or 0.0),
        others="".join(others[:3]),
    )


def _details(audit: Audit, gap: Finding, say: Wording) -> tuple[str, ...]:
    """Return what the counted answers were, and how they spread over the languages asked in."""
    rows = [
        row
        for row in audit.answers
        if row.sensitive and row.target == gap.target and (gap.topic is None or row.topic == gap.topic)
    ]
    details: list[str] = []
    if gap.metric == "no_own_answer_rate":
        counts = tally(row.outcome for row in rows if row.outcome in _NO_OWN_ANSWER)
        parts = [f"{numbers.whole(n)} {say('outcome.' + code)}" for code, n in counts.items()]
        details.append(say("headline.of_these", parts=say.listing(parts)))
    by_language = [
        say(
            "headline.in_language",
            language=language_title(tag),
            events=numbers.whole(round(found.value * found.n)),
            n=numbers.whole(found.n),
        )
        for tag in audit.languages
        if (found := audit.find(gap.metric, gap.target or "", gap.topic, tag)) is not None and found.value is not None
    ]
    if 1 < len(by_language) <= 8:
        details.append(say("headline.by_language", parts=say.listing(by_language)))
    return (*details, *_unscored(audit, gap, say))


def _unscored(audit: Audit, gap: Finding, say: Wording) -> tuple[str, ...]:
    """Return a sentence on the answers that the counted ones leave out, where there are any."""
    found = audit.find(gap.metric, gap.target or "", gap.topic)
    left_out = 0 if found is None or not found.coverage else round(found.n / found.coverage) - found.n
    return (say("headline.unscored", answers=say.count("answer", left_out)),) if left_out else ()
