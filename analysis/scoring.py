"""Which labels count. One that is more likely wrong than right is *unscored*: its guess is shown, and in no figure."""

from __future__ import annotations

from ..runtime.records import UNSCORED_BELOW
from .records import Delivery, EngagementLabel, StanceLabel

DELIVERED: tuple[Delivery, ...] = ("ok", "truncated")
"""Delivery codes of answers that have something to score."""


def engagement_probability(label: EngagementLabel) -> float | None:
    """Return the probability of the label's code, 0 to 1; None where there is no code or its labeler gives none."""
    return None if label.code is None else label.scores.get(label.code)


def stance_probability(label: StanceLabel) -> float | None:
    """Return the probability of the label's class, 0 to 1; None where nothing was scored."""
    return label.scores.get(label.stance_class)


def engagement_scored(label: EngagementLabel, below: float = UNSCORED_BELOW) -> bool:
    """Return whether the engagement counts: it has a code that is not less probable than ``below``.

    A code without a probability, of a labeler that gives none, counts: nothing says that it is unsure.
    """
    return label.code is not None and _sure(engagement_probability(label), below)


def stance_scored(label: StanceLabel, below: float = UNSCORED_BELOW) -> bool:
    """Return whether the stance of an answer to a question about a claim counts.

    Where there is no claim, nothing is to be scored, and this does not apply.
    """
    return not stance_missing(label) and _sure(stance_probability(label), below)


def stance_missing(label: StanceLabel) -> bool:
    """Return whether no stance was given: it is ``n/a``, and not because the answer refused or did not arrive."""
    return label.value == "n/a" and label.stance_class == "none"


def _sure(probability: float | None, below: float) -> bool:
    return probability is None or probability >= below
