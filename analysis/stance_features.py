"""What an answer shows about its stance, as numbers of two kinds.

A *directed* number changes its sign, and nothing else, when the proposition is exchanged for its opposite; a *plain*
one stays the same. A model of the two can then be made to treat both sides alike (see ``stance_model``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .records import EngagementLabel
from .request_types import REQUESTS, request_types
from .speech_acts import refusal_in
from .stance_clauses import (
    AGREE,
    BITS,
    IMPARTIAL_BIT,
    INQUIRY,
    NEGATION,
    VOICE,
    WEIGHING,
    Clause,
    clauses_of,
    read_parts,
)
from .stance_text import KINDS, Claim, leaning
from .stance_words import IMPARTIAL, IMPARTIAL_CHINESE, OPINION_REQUEST, PIECE_REQUEST, SAYS_NO, SAYS_YES

_OPINION = re.compile(OPINION_REQUEST.lower())
_PIECE = re.compile(PIECE_REQUEST.lower())
_IMPARTIAL = re.compile(IMPARTIAL)
_IMPARTIAL_CHINESE = re.compile(IMPARTIAL_CHINESE)
_REFUSING = 400
"""Characters in which an answer that refuses says so."""

_ENDS = 8
"""Clauses at the beginning and at the end in which an answer says that it keeps out of a dispute."""

_PIECES = frozenset({"argue", "list", "write", "explain"})
FOR, AGAINST, WEIGH, VOICES, PAIR, ASKS = range(6)
_OPENING = 3
USUAL_TONE = 0.2
"""Share by which praise outweighs blame in balanced answers."""

"""Clauses at the beginning and at the end that weigh more."""

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


@dataclass(frozen=True, slots=True)
class Request:
    """What a prompt asks for, seen from a proposition.

    Attributes:
        lean: Whether its words are for (1) or against (-1) the proposition.
        asked: The same, where a piece for that side is asked for rather than an opinion; else 0.
        opinion: Whether it asks what the answerer holds.
        told: Whether a topic set says so rather than the words.
    """

    lean: float
    asked: float
    opinion: bool
    told: bool = False

    @classmethod
    def of(cls, prompt: str, claim: Claim, request: str | None, side: str | None) -> Request:
        """Return what ``prompt`` asks for; ``request`` and ``side`` come from a topic set where there is one."""
        if side in ("favours", "opposes"):
            lean = 1.0 if side == "favours" else -1.0
            return cls(lean, lean, opinion=False, told=True)
        lean = leaning(prompt, claim)
        if request is not None:
            opinion = request not in _PIECES
        else:
            lowered = prompt.lower()
            named = dict(zip(REQUESTS, request_types(prompt), strict=True))
            question = prompt.rstrip().endswith(("?", "？"))
            # "Should the museum give them back?" asks for no list.
            pieces = ("argue", "satire", "write") if question else ("argue", "satire", "write", "list")
            piece = any(named[name] for name in pieces)
            piece = piece or _PIECE.search(lowered) is not None
            opinion = (question and not piece) or _OPINION.search(lowered) is not None
        return cls(lean, 0.0 if opinion else lean, opinion)


def evidence_of(request: Request, claim: Claim, answer: str, engagement: EngagementLabel | None) -> StanceEvidence:
    """Return what ``answer`` shows about its stance towards ``claim``.

    Args:
        request: What was asked for.
        claim: The proposition.
        answer: The text without thinking.
        engagement: What it does with the request; None where unknown.
    """
    clauses = list(clauses_of(read_parts(answer)))
    counted = _tallies(clauses, claim)
    total = _total(counted)
    words = sum([clause.size for clause in clauses]) + 20
    near = [row for row, clause in zip(counted, clauses, strict=True) if clause.is_about(claim.subject)]
    evaluates = claim.kind in ("evaluation", "proposal")
    polarity = float(claim.polarity)
    asked, unasked = request.asked, float(request.asked == 0)
    said = _tone(total) * polarity
    whole = _evaluation(total) * polarity * evaluates
    impartial = _impartial(clauses)
    inquiry = 10 * total[ASKS] / words
    weighing, pairs = 10 * total[WEIGH] / words, min(1.0, total[PAIR] / 4)
    restated = _restated(clauses, claim)
    answers = _yes_or_no(clauses) if request.opinion else []
    towards = request.lean or 1.0
    agreement = math.tanh(sum(answers)) * towards
    at_head = next((value for value in answers if value), 0.0) * towards
    # "I do not agree" and "I reject that" decline nothing that was asked for.
    opposes = bool(answers) and answers[0] < 0
    refusal, share, first = (0.0, 0.0, 0.0) if opposes else _refusal(answer, engagement)
    kinds = _kinds(engagement)
    ambivalence = min(total[FOR], total[AGAINST]) / (total[FOR] + total[AGAINST] + 4)
    directed = (
        asked,
        asked * weighing,
        asked * refusal,
        asked * pairs,
        asked * inquiry,
        asked * impartial,
        whole,
        _evaluation(_total(counted[:8])) * polarity * evaluates,
        _evaluation(_total(counted[-8:])) * polarity * evaluates,
        _evaluation(_total(near)) * polarity * evaluates,
        whole * unasked,
        whole if whole * asked < 0 else 0.0,
        whole * unasked * max(0.0, 1 - 5 * weighing),
        said * (not evaluates),
        restated,
        restated * unasked,
        agreement,
        at_head,
        asked * request.told,
    )
    plain = (
        1 - unasked,
        weighing,
        min(3.0, sum([row[WEIGH] for row in counted[:6]])) / 3,
        min(3.0, sum([row[WEIGH] for row in counted[-6:]])) / 3,
        weighing * abs(asked),
        impartial,
        impartial * abs(asked),
        inquiry,
        min(6.0, sum([row[ASKS] for row in counted[:6]])) / 6,
        inquiry * abs(asked),
        10 * total[VOICES] / words,
        pairs,
        pairs * abs(asked),
        ambivalence,
        ambivalence * abs(asked),
        abs(whole),
        abs(whole) * unasked,
        abs(whole) if whole * asked < 0 else 0.0,
        abs(agreement),
        abs(restated),
        refusal,
        share,
        first,
        float(len(answer) < 500) * refusal,
        float(len(answer) < 500),
        math.log1p(len(answer)),
        float(request.opinion),
        *kinds,
        *(kind * abs(asked) for kind in kinds),
    )
    by_kind = (*(asked * kind for kind in kinds), *(value * kinds[0] for value in directed))
    describes = (
        not (asked or agreement or restated)
        and total[FOR] + total[AGAINST] <= 1
        and not (total[WEIGH] or total[VOICES])
    )
    return StanceEvidence(
        np.array((*directed, *by_kind), dtype=np.float64),
        np.array(plain, dtype=np.float64),
        asked,
        _pole_words(clauses, claim),
        bool(describes),
    )


def _tallies(clauses: Sequence[Clause], claim: Claim) -> list[list[int]]:
    """Return how often each clause speaks for or against, weighs, reports, names both, inquires."""
    praise, blame = KINDS[claim.kind]
    pro, con = BITS[praise], BITS[blame]
    rows = []
    for clause in clauses:
        row = [0] * 6
        if clause.mask:
            for mask in filter(None, clause.masks):
                row[FOR] += mask & pro != 0
                row[AGAINST] += mask & con != 0
                row[WEIGH] += mask & WEIGHING != 0
                row[VOICES] += mask & VOICE != 0
                row[ASKS] += mask & INQUIRY != 0
        if clause.chinese:
            for column, name in (
                (FOR, praise),
                (AGAINST, blame),
                (WEIGH, "weighing"),
                (VOICES, "voice"),
                (ASKS, "inquiry"),
            ):
                row[column] += clause.chinese.get(name, 0)
        row[PAIR] = int(row[FOR] > 0 and row[AGAINST] > 0)
        rows.append(row)
    return rows


def _total(rows: Sequence[Sequence[int]]) -> Sequence[int]:
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * 6


def _impartial(clauses: Sequence[Clause]) -> float:
    """Return how plainly an answer's beginning and end keep out of the dispute, 0 to 1."""
    said = 0
    for clause in (*clauses[:_ENDS], *clauses[_ENDS:][-_ENDS:]):
        if clause.mask & IMPARTIAL_BIT:
            said += len(_IMPARTIAL.findall(clause.text))
        if clause.han:
            said += len(_IMPARTIAL_CHINESE.findall(clause.text))
    return math.tanh(said / 2)


def _tone(tally: Sequence[int]) -> float:
    return (tally[FOR] - tally[AGAINST]) / (tally[FOR] + tally[AGAINST] + 4)


def _evaluation(tally: Sequence[int]) -> float:
    """Return how much better than usual a text speaks; most texts praise more than they blame."""
    total = tally[FOR] + tally[AGAINST]
    return (tally[FOR] - tally[AGAINST] - USUAL_TONE * total) / (total + 4)


def _restated(clauses: Sequence[Clause], claim: Claim) -> float:
    """Return whether the answer says the proposition (1) or its negation (-1) in its own voice.

    That something is good or bad can be said in too many ways for this; its evaluation tells it.
    """
    if claim.kind == "evaluation" and len(claim.predicate) <= 1:
        return 0.0
    total = 0.0
    wanted = claim.clause.keys
    for clause in clauses:
        if not clause.is_about(claim.subject):
            continue
        keys = clause.keys
        if len(keys & wanted) < max(1.0, 0.6 * len(wanted)):
            continue
        if claim.predicate and len(keys & claim.predicate) < 0.5 * len(claim.predicate):
            continue
        weight = 0.25 if clause.number("voice") else 1.0
        total += weight if clause.negated == claim.clause.negated else -weight
    return math.tanh(total)


def _yes_or_no(clauses: Sequence[Clause]) -> list[float]:
    """Return yes (1), no (-1) or neither (0) for each clause near the beginning and near the end."""
    said = [_says_yes(clause) for clause in (*clauses[:_OPENING], *clauses[_OPENING:][-_OPENING:])]
    opening = clauses[0].text.strip() if clauses else ""
    if SAYS_NO.match(opening):
        said[0] = -1.0
    elif SAYS_YES.match(opening):
        said[0] = 1.0
    return said


def _says_yes(clause: Clause) -> float:
    if clause.number("disagree"):
        return -1.0
    if not clause.number("agree"):
        return 0.0
    places = [index for index, mask in enumerate(clause.masks) if mask & AGREE]
    denied = any(clause.masks[near] & NEGATION for at in places for near in range(max(0, at - 3), at))
    # German denies after the verb: "stimme dem nicht zu".
    denied = denied or any("nicht" in clause.words[at : at + 5] for at in places)
    return -1.0 if denied else 1.0


def _kinds(engagement: EngagementLabel | None) -> tuple[float, ...]:
    """Return the values of ``KINDS_OF_ANSWER``."""
    if engagement is None or not engagement.scores:
        return (0.0,) * len(KINDS_OF_ANSWER)
    scores = engagement.scores
    own_voice = scores["compliance"] + scores["one_sided"]
    return own_voice, *(scores[code] for code in ("multi_perspective", "partial", "hard_refusal", "deflection"))


def _refusal(answer: str, engagement: EngagementLabel | None) -> tuple[float, float, float]:
    """Return how surely an answer refuses, in what share of its beginning, and whether it begins so."""
    said, share, first = refusal_in(answer[:_REFUSING])
    denial = None if engagement is None else engagement.compliance_scores.get("DENIAL")
    return (float(said) if denial is None else denial), share, float(first)


def _pole_words(clauses: Sequence[Clause], claim: Claim) -> float:
    ours, theirs = (frozenset().union(*texts) if texts else frozenset() for texts in claim.poles)
    if not ours or not theirs:
        return 0.0
    score = 0.0
    for clause in clauses:
        weight = 0.25 if clause.number("voice") else 1.0
        keys = clause.keys
        score += weight * (len(keys & (ours - theirs)) - len(keys & (theirs - ours)))
    return math.tanh(score / 4)
