"""What a prompt asks for, seen from a proposition: an opinion, or a piece for one side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .request_types import PROMPT_CHARACTERS, REQUESTS, request_types
from .stance_clauses import NEGATION, Clause, clauses_of, has_han, word_key, word_mask
from .stance_text import Claim, predicate_polarity
from .stance_words import ADVOCACY, LINKS, OPINION_REQUEST, PIECE_REQUEST, PREPOSITIONS, REVERSING, TITLING

_WINDOW = 6
"""Words around a subject in which its predicate is looked for."""

_ADVOCACY = re.compile(ADVOCACY)
_OPINION = re.compile(OPINION_REQUEST.lower())
_PIECE = re.compile(PIECE_REQUEST.lower())
_REVERSING = {language: re.compile(pattern) for language, pattern in REVERSING.items()}
_PIECES = frozenset({"argue", "list", "write", "explain"})


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
        lean = _leaning(prompt, claim)
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


# One prompt has many answers.
_request_before = lru_cache(maxsize=256)(Request.of)


def request_of(prompt: str, claim: Claim, request: str | None, side: str | None) -> Request:
    """Return what ``Request.of`` does, sooner where it was asked for before."""
    return (_request_before if len(prompt) <= PROMPT_CHARACTERS else Request.of)(prompt, claim, request, side)


def _leaning(text: str, claim: Claim) -> float:
    """Return whether a prompt's own words put it for (1) or against (-1) a claim, or neither (0)."""
    if _ADVOCACY.search(text.lower()):
        return 1.0 if _reversals(text) % 2 == _reversals(claim.clause.text) % 2 else -1.0
    for clause in clauses_of(text):
        if len(clause.keys & claim.subject) >= 0.5 * len(claim.subject) and (found := _clause_leaning(clause, claim)):
            return found
    return 0.0


def _reversals(text: str) -> int:
    """Return how many words of a text oppose, deny, end or forbid; a claim and its opposite differ by an odd number."""
    lowered = text.lower()
    if has_han(lowered):
        return len(_REVERSING["zh"].findall(lowered))
    return max(len(pattern.findall(lowered)) for language, pattern in _REVERSING.items() if language != "zh")


def _clause_leaning(clause: Clause, claim: Claim) -> float:
    near, direction = _near(clause, claim)
    if direction:
        return direction * (claim.polarity or 1.0)
    if claim.predicate and len(claim.predicate & near.keys) >= 0.8 * len(claim.predicate):
        return 1.0 if near.negated == claim.clause.negated else -1.0
    own = predicate_polarity(near, claim.subject)
    if own and claim.polarity:
        return float(own * claim.polarity)
    if not claim.predicate and claim.clause.keys <= near.keys:
        return 1.0 if near.negated == claim.clause.negated else -1.0
    # "X being one thing" asks for the other side of "X being another thing".
    other = "being" in near.words and "being" in claim.clause.words and claim.predicate
    return -1.0 if other and not claim.predicate & near.keys else 0.0


def _near(clause: Clause, claim: Claim) -> tuple[Clause, float]:
    """Return the part of a clause around the claim's subject, where its predicate would stand.

    Also returns 1 where a preposition such as "for" stands before the subject, -1 where one such as "against".
    """
    if clause.chinese or not clause.words:
        return clause, 0.0
    keys = [word_key(word) for word in clause.words]
    places = [index for index, key in enumerate(keys) if key in claim.subject]
    if not places:
        return clause, 0.0
    start = max(places, key=lambda place: (len(claim.subject & set(keys[place : place + _WINDOW])), -place))
    stop = max(place for place in places if place < start + _WINDOW) + 1
    before = clause.words[max(0, start - _WINDOW) : start]
    for index, word in enumerate(before):
        if word in TITLING:
            before = before[index + 1 :]
            break
    direction = next((PREPOSITIONS[word] for word in before[-2:] if word in PREPOSITIONS), 0.0)
    follow = stop
    if any(word in LINKS or word_mask(word) & NEGATION for word in clause.words[stop : stop + 3]):
        follow += _WINDOW + 2
    return Clause.of(" ".join([*before, *clause.words[start:follow]])), direction
