"""What an answer shows about its stance, as numbers of two kinds.

A *directed* number changes its sign, and nothing else, when the proposition is exchanged for its opposite; a *plain* one
stays the same. A model of the two can then be made to treat both sides alike (see ``stance_model``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .speech_acts import REQUESTS, find_acts, request_types
from .stance_text import (
    BLAME,
    HEAD_CHARACTERS,
    PRAISE,
    TAIL_CHARACTERS,
    VOICE,
    WEIGHING,
    Claim,
    Clause,
    clauses_of,
    leaning,
)
from .stance_words import OPINION_REQUEST

_OPINION = re.compile(OPINION_REQUEST, re.IGNORECASE)
_PIECES = frozenset({"argue", "list", "write", "explain"})
_OPENING = 3
"""Clauses at the beginning and at the end that weigh more."""

DIRECTED: tuple[str, ...] = (
    "asked_side",
    "asked_side_and_weighing",
    "asked_side_and_refusal",
    "evaluation",
    "evaluation_at_head",
    "evaluation_at_end",
    "evaluation_near_subject",
    "evaluation_unasked",
    "evaluation_against_asked",
    "restated",
    "agreement",
)
PLAIN: tuple[str, ...] = (
    "is_asked",
    "weighing",
    "weighing_when_asked",
    "voices",
    "ambivalence",
    "evaluation_size",
    "evaluation_size_unasked",
    "agreement_size",
    "restated_size",
    "refusal",
    "refusal_share",
    "refusal_first",
    "brief",
    "letters",
    "opinion_request",
)


@dataclass(frozen=True, slots=True)
class StanceEvidence:
    """What one answer shows.

    Attributes:
        directed: Values of ``DIRECTED``.
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
    """

    lean: float
    asked: float
    opinion: bool

    @classmethod
    def of(cls, prompt: str, claim: Claim, request: str | None, side: str | None) -> Request:
        """Return what ``prompt`` asks for; ``request`` and ``side`` come from a topic set where there is one."""
        if side in ("favours", "opposes"):
            lean = 1.0 if side == "favours" else -1.0
            return cls(lean, lean, opinion=False)
        lean = leaning(prompt, claim)
        if request is not None:
            opinion = request not in _PIECES
        else:
            named = dict(zip(REQUESTS, request_types(prompt), strict=True))
            piece = any(named[name] for name in ("argue", "satire", "write", "list"))
            question = prompt.rstrip().endswith(("?", "？"))
            opinion = (question and not piece) or _OPINION.search(prompt) is not None
        return cls(lean, 0.0 if opinion else lean, opinion)


def read_parts(answer: str) -> str:
    """Return the beginning and the end of an answer, which is what is read of it."""
    if len(answer) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return answer
    return answer[:HEAD_CHARACTERS] + "\n" + answer[-TAIL_CHARACTERS:]


def evidence_of(request: Request, claim: Claim, answer: str, denial: float | None) -> StanceEvidence:
    """Return what ``answer`` shows about its stance towards ``claim``.

    Args:
        request: What was asked for.
        claim: The proposition.
        answer: The text without thinking.
        denial: Probability that it refuses, from the engagement label, where there is one.
    """
    clauses = list(clauses_of(read_parts(answer)))
    tallies = np.array([_tally(clause) for clause in clauses]) if clauses else np.zeros((1, 4))
    total = tallies.sum(axis=0)
    words = sum(len(clause.words) + len(clause.keys) * bool(clause.chinese) for clause in clauses) + 20
    near = np.array([bool(clause.keys & claim.subject) for clause in clauses] or [False])
    polarity = float(claim.polarity)
    asked = request.asked
    whole = _tone(total) * polarity
    weighing = 10 * total[2] / words
    restated = _restated(clauses, claim)
    agreement = _agreement(clauses, request)
    refusal, share, first = _refusal(answer, denial)
    directed = (
        asked,
        asked * weighing,
        asked * refusal,
        whole,
        _tone(tallies[:8].sum(axis=0)) * polarity,
        _tone(tallies[-8:].sum(axis=0)) * polarity,
        _tone(tallies[near].sum(axis=0)) * polarity,
        whole * (asked == 0),
        whole if whole * asked < 0 else 0.0,
        restated,
        agreement,
    )
    plain = (
        abs(asked),
        weighing,
        weighing * abs(asked),
        10 * total[3] / words,
        min(total[0], total[1]) / (total[0] + total[1] + 4),
        abs(whole),
        abs(whole) * (asked == 0),
        abs(agreement),
        abs(restated),
        refusal,
        share,
        first,
        float(len(answer) < 500),
        math.log1p(len(answer)),
        float(request.opinion),
    )
    describes = not (asked or agreement or restated) and total[0] + total[1] <= 1 and total[2] + total[3] == 0
    return StanceEvidence(
        np.array(directed), np.array(plain), asked, _pole_words(clauses, claim), describes
    )


def _tally(clause: Clause) -> tuple[int, int, int, int]:
    """Return how often a clause praises, blames, weighs and reports what others say."""
    praise = blame = weighing = voice = 0
    for mask in clause.masks:
        if mask:
            praise += bool(mask & PRAISE)
            blame += bool(mask & BLAME)
            weighing += bool(mask & WEIGHING)
            voice += bool(mask & VOICE)
    if clause.chinese:
        found = clause.chinese.get
        praise, blame = praise + found("praise", 0), blame + found("blame", 0)
        weighing, voice = weighing + found("weighing", 0), voice + found("voice", 0)
    return praise, blame, weighing, voice


def _tone(tally: NDArray[np.float64]) -> float:
    return float((tally[0] - tally[1]) / (tally[0] + tally[1] + 4))


def _restated(clauses: Sequence[Clause], claim: Claim) -> float:
    """Return whether the answer says the proposition (1) or its negation (-1) in its own voice."""
    total = 0.0
    wanted = claim.clause.keys
    for clause in clauses:
        if len(clause.keys & wanted) < max(1.0, 0.6 * len(wanted)) or not clause.keys & claim.subject:
            continue
        weight = 0.25 if clause.count("voice") else 1.0
        total += weight if clause.negated == claim.clause.negated else -weight
    return math.tanh(total)


def _agreement(clauses: Sequence[Clause], request: Request) -> float:
    """Return whether the answer says yes (1) or no (-1) to the proposition at its beginning or end."""
    if not request.opinion:
        return 0.0
    total = 0.0
    for clause in (*clauses[:_OPENING], *clauses[_OPENING:][-_OPENING:]):
        said = clause.count("agree") - 2 * clause.count("disagree")
        total += max(-1, min(1, said))
    return math.tanh(total) * (request.lean or 1.0)


def _refusal(answer: str, denial: float | None) -> tuple[float, float, float]:
    """Return how surely an answer refuses, in what share of its beginning, and whether it begins so."""
    acts = find_acts(answer[:700])
    said = float(acts.has("refusal"))
    return (said if denial is None else denial), acts.share("refusal"), float(acts.first("refusal"))


def _pole_words(clauses: Sequence[Clause], claim: Claim) -> float:
    ours, theirs = (frozenset().union(*texts) if texts else frozenset() for texts in claim.poles)
    if not ours or not theirs:
        return 0.0
    score = 0.0
    for clause in clauses:
        weight = 0.25 if clause.count("voice") else 1.0
        score += weight * (len(clause.keys & (ours - theirs)) - len(clause.keys & (theirs - ours)))
    return math.tanh(score / 4)


