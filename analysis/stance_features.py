"""What an answer shows about its stance, as numbers of two kinds.

A *directed* number changes its sign, and nothing else, when the proposition is exchanged for its opposite; a *plain*
one stays the same. A model of the two can then be made to treat both sides alike (see ``stance_model``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .records import EngagementLabel
from .speech_acts import Acts, refusal_at_head, refusal_in
from .stance_clauses import clauses_of, read_parts
from .stance_reading import (
    AGAINST,
    ASKS,
    FOR,
    VOICES,
    WEIGH,
    counted,
    impartial,
    pairs,
    pole_words,
    restated,
    tallies,
    yes_or_no,
)
from .stance_request import Request
from .stance_text import Claim

_REFUSING = 400
"""Characters in which an answer that refuses says so."""

USUAL_TONE = 0.2
"""Share by which praise outweighs blame in balanced answers."""

DIRECTED: tuple[str, ...] = (
    "asked_side",
    "asked_side_and_weighing",
    "asked_side_and_refusal",
    "asked_side_and_pairs",
    "asked_side_and_inquiry",
    "asked_side_and_impartial",
    "evaluation",
    "evaluation_at_head",
    "evaluation_at_end",
    "evaluation_near_subject",
    "evaluation_unasked",
    "evaluation_against_asked",
    "evaluation_unweighed",
    "mattering_or_actual",
    "restated",
    "restated_unasked",
    "agreement",
    "agreement_at_head",
    "told_side",
)
KINDS_OF_ANSWER: tuple[str, ...] = ("own_voice", "several_views", "partial", "hard_refusal", "deflection")
"""What the engagement label says, as probabilities."""

BY_KIND: tuple[str, ...] = (
    *(f"asked_side_and_{kind}" for kind in KINDS_OF_ANSWER),
    *(f"{name}_in_own_voice" for name in DIRECTED),
)
"""Directed numbers that the engagement label weighs."""

PLAIN: tuple[str, ...] = (
    "is_asked",
    "weighing",
    "weighing_at_head",
    "weighing_at_end",
    "weighing_when_asked",
    "impartial",
    "impartial_when_asked",
    "inquiry",
    "inquiry_at_head",
    "inquiry_when_asked",
    "voices",
    "pairs",
    "pairs_when_asked",
    "ambivalence",
    "ambivalence_when_asked",
    "evaluation_size",
    "evaluation_size_unasked",
    "evaluation_size_against_asked",
    "agreement_size",
    "restated_size",
    "refusal",
    "refusal_share",
    "refusal_first",
    "refusal_and_brief",
    "brief",
    "letters",
    "opinion_request",
    *KINDS_OF_ANSWER,
    *(f"{kind}_when_asked" for kind in KINDS_OF_ANSWER),
)
SHARED = frozenset(
    "refusal refusal_share refusal_first refusal_and_brief asked_side_and_refusal brief letters opinion_request".split()
)
"""What means the same in an opinion and in a piece of writing."""


@dataclass(frozen=True, slots=True)
class StanceEvidence:
    """What one answer shows.

    Attributes:
        directed: Values of ``DIRECTED``, then of ``BY_KIND``.
        plain: Values of ``PLAIN``.
        asked: Side that the prompt asks a piece for: 1 for the proposition, -1 against it, 0 neither.
        poles: How far the answer uses words of the one pole's texts (1) or the other's (-1).
        describes: Whether it neither evaluates, nor weighs, nor takes up the proposition.
    """

    directed: NDArray[np.float64]
    plain: NDArray[np.float64]
    asked: float
    poles: float
    describes: bool

    def plain_value(self, name: str) -> float:
        """Return one of the ``PLAIN`` values."""
        return float(self.plain[PLAIN.index(name)])


def evidence_of(
    request: Request, claim: Claim, answer: str, engagement: EngagementLabel | None, acts: Acts | None = None
) -> StanceEvidence:
    """Return what ``answer`` shows about its stance towards ``claim``.

    Args:
        request: What was asked for.
        claim: The proposition.
        answer: The text without thinking.
        engagement: What it does with the request; None where unknown.
        acts: What its sentences do; None where that has not been read, which takes a little longer.
    """
    clauses = clauses_of(read_parts(answer))
    each = tallies(clauses, claim)
    total = sum(each)
    words = clauses.size + 20
    about = clauses.places_about(claim.subject)
    evaluates = claim.kind in ("evaluation", "proposal")
    polarity = float(claim.polarity)
    asked, unasked = request.asked, float(request.asked == 0)
    said = _tone(total) * polarity
    whole = _evaluation(total) * polarity * evaluates
    inquiry = 10 * counted(total, ASKS) / words
    weighing, voices = 10 * counted(total, WEIGH) / words, 10 * counted(total, VOICES) / words
    both = min(1.0, pairs(each) / 4)
    aloof = impartial(clauses, each)
    repeated = restated([clauses[place] for place in about], claim)
    answers = yes_or_no(clauses) if request.opinion else []
    towards = request.lean or 1.0
    agreement = math.tanh(sum(answers)) * towards
    at_head = next((value for value in answers if value), 0.0) * towards
    # "I do not agree" and "I reject that" decline nothing that was asked for.
    opposes = bool(answers) and answers[0] < 0
    refusal, share, first = (0.0, 0.0, 0.0) if opposes else _refusal(answer, engagement, acts)
    kinds = _kinds(engagement)
    good, bad = counted(total, FOR), counted(total, AGAINST)
    ambivalence = min(good, bad) / (good + bad + 4)
    directed = (
        asked,
        asked * weighing,
        asked * refusal,
        asked * both,
        asked * inquiry,
        asked * aloof,
        whole,
        _evaluation(sum(each[:8])) * polarity * evaluates,
        _evaluation(sum(each[-8:])) * polarity * evaluates,
        _evaluation(sum([each[place] for place in about])) * polarity * evaluates,
        whole * unasked,
        whole if whole * asked < 0 else 0.0,
        whole * unasked * max(0.0, 1 - 5 * weighing),
        said * (not evaluates),
        repeated,
        repeated * unasked,
        agreement,
        at_head,
        asked * request.told,
    )
    plain = (
        1 - unasked,
        weighing,
        min(3.0, counted(sum(each[:6]), WEIGH)) / 3,
        min(3.0, counted(sum(each[-6:]), WEIGH)) / 3,
        weighing * abs(asked),
        aloof,
        aloof * abs(asked),
        inquiry,
        min(6.0, counted(sum(each[:6]), ASKS)) / 6,
        inquiry * abs(asked),
        voices,
        both,
        both * abs(asked),
        ambivalence,
        ambivalence * abs(asked),
        abs(whole),
        abs(whole) * unasked,
        abs(whole) if whole * asked < 0 else 0.0,
        abs(agreement),
        abs(repeated),
        refusal,
        share,
        first,
        float(len(answer) < 500) * refusal,
        float(len(answer) < 500),
        math.log1p(len(answer)),
        float(request.opinion),
        *kinds,
        *[kind * abs(asked) for kind in kinds],
    )
    by_kind = [*[asked * kind for kind in kinds], *[value * kinds[0] for value in directed]]
    describes = not (asked or agreement or repeated) and good + bad <= 1 and not (weighing or voices)
    return StanceEvidence(
        np.array((*directed, *by_kind), dtype=np.float64),
        np.array(plain, dtype=np.float64),
        asked,
        pole_words(clauses, claim),
        bool(describes),
    )


def _tone(tally: int) -> float:
    good, bad = counted(tally, FOR), counted(tally, AGAINST)
    return (good - bad) / (good + bad + 4)


def _evaluation(tally: int) -> float:
    """Return how much better than usual a text speaks; most texts praise more than they blame."""
    good, bad = counted(tally, FOR), counted(tally, AGAINST)
    total = good + bad
    return (good - bad - USUAL_TONE * total) / (total + 4)


def _kinds(engagement: EngagementLabel | None) -> tuple[float, ...]:
    """Return the values of ``KINDS_OF_ANSWER``."""
    if engagement is None or not engagement.scores:
        return (0.0,) * len(KINDS_OF_ANSWER)
    scores = engagement.scores
    own_voice = scores["compliance"] + scores["one_sided"]
    return own_voice, scores["multi_perspective"], scores["partial"], scores["hard_refusal"], scores["deflection"]


def _refusal(answer: str, engagement: EngagementLabel | None, acts: Acts | None) -> tuple[float, float, float]:
    """Return how surely an answer refuses, in what share of its beginning, and whether it begins so."""
    head = answer[:_REFUSING]
    said, share, first = refusal_in(head) if acts is None else refusal_at_head(head, acts)
    denial = None if engagement is None else engagement.compliance_scores.get("DENIAL")
    return (float(said) if denial is None else denial), share, float(first)
