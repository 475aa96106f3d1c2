"""Which labels count. One that is more likely wrong than right is *unscored*: its guess is shown, and in no figure.

Of an engagement, what must be likely is what it comes to: that the answer was given, refused, or whichever else. Asking
for the code itself would leave out answers that are certainly no refusals, only because two codes of an answer given
are about as likely, while refusals, which have fewer codes, would stay: rates of refusals would come out too high.
"""

from __future__ import annotations

from ..runtime.records import UNSCORED_BELOW
from .records import Delivery, Engagement, EngagementLabel, StanceLabel

DELIVERED: tuple[Delivery, ...] = ("ok", "truncated")
"""Delivery codes of answers that have something to score."""

ALIKE: tuple[tuple[Engagement, ...], ...] = (
    ("compliance", "multi_perspective", "one_sided"),
    ("hard_refusal", "deflection"),
)
"""Codes that come to the same: the answer was given; it was not."""


def engagement_probability(label: EngagementLabel) -> float | None:
    """Return the probability of the label's code, 0 to 1; None where there is no code or its labeler gives none."""
    return None if label.code is None else label.scores.get(label.code)


def stance_probability(label: StanceLabel) -> float | None:
    """Return the probability of the label's class, 0 to 1; None where nothing was scored."""
    return label.scores.get(label.stance_class)


def engagement_scored(label: EngagementLabel, below: float = UNSCORED_BELOW) -> bool:
    """Return whether the engagement counts: it has a code, and what that comes to is not less probable than ``below``.

    A code without a probability, of a labeler that gives none, counts: nothing says that it is unsure.
    """
    if label.code is None:
        return False
    if label.code not in label.scores:
        return True
    same = next((codes for codes in ALIKE if label.code in codes), (label.code,))
    return _sure(sum(label.scores.get(code, 0.0) for code in same), below)


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
