"""What became of one question, as one of fifteen outcomes: delivery first, then engagement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..analysis.scoring import DELIVERED

Group = Literal["answered", "evaded", "declined", "withheld", "unusable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome.

    Attributes:
        code: Codebook code, or ``unscored`` and ``not_asked``.
        symbol: One character that stands beside its colour; none of them has an emoji form.
        group: Which family of outcomes it belongs to; sets the hue.
    """

    code: str
    symbol: str
    group: Group


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("multi_perspective", "⇄", "answered"),
    Outcome("compliance", "✓", "answered"),
    Outcome("one_sided", "◧", "evaded"),
    Outcome("official_line", "⚑", "evaded"),
    Outcome("partial", "◔", "evaded"),
    Outcome("deflection", "↷", "declined"),
    Outcome("hard_refusal", "✕", "declined"),
    Outcome("provider_block", "⊘", "withheld"),
    Outcome("retracted", "↶", "withheld"),
    Outcome("empty", "∅", "unusable"),
    Outcome("incoherent", "≈", "unusable"),
    Outcome("truncated", "…", "unusable"),
    Outcome("error", "!", "unusable"),
    Outcome("unscored", "?", "unusable"),
    Outcome("not_asked", "·", "unusable"),
)
"""In the order of every bar and legend: from both sides given to nothing usable."""

OUTCOME: dict[str, Outcome] = {outcome.code: outcome for outcome in OUTCOMES}


def outcome_code(delivery: str | None, engagement: str | None) -> str:
    """Return the outcome of an answer with these two labels.

    A truncated answer that was judged counts as what it was judged to be, as it does in every rate.
    """
    if delivery is None:
        return "not_asked"
    if delivery in DELIVERED and engagement in OUTCOME:
        return engagement
    if delivery == "ok" or delivery not in OUTCOME:
        return "unscored"
    return delivery


def tally(codes: Iterable[str]) -> dict[str, int]:
    """Return the number of each outcome that occurs, in the order of ``OUTCOMES``."""
    counts = Counter(codes)
    return {outcome.code: counts[outcome.code] for outcome in OUTCOMES if counts[outcome.code]}
