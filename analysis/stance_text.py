"""How a text stands to a proposition: what it evaluates, restates, affirms and denies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from .stance_clauses import (
    CHINESE_REGEX,
    FAVOURABLE,
    NEGATION,
    UNFAVOURABLE,
    Clause,
    clauses_of,
    has_han,
    keys_of,
    word_key,
    word_mask,
)
from .stance_words import ADVOCACY, LINKS, PREPOSITIONS, REVERSING, TITLING

WINDOW = 6
"""Words around a subject in which its predicate is looked for."""

_ADVOCACY = re.compile(ADVOCACY)
_REVERSING = {language: re.compile(pattern) for language, pattern in REVERSING.items()}

Kind = Literal["evaluation", "mattering", "actual", "proposal", "other"]
"""What a proposition says of its subject: that it is good or bad, that it matters, that it is so, that it should be, or
something else."""

KINDS: Mapping[Kind, tuple[str, str]] = {
    "evaluation": ("praise", "blame"),
    "mattering": ("mattering", "trifling"),
    "actual": ("actual", "fabricated"),
    "proposal": ("praise", "blame"),
    "other": ("praise", "blame"),
}
"""Categories of words that speak for and against a proposition of each kind."""

_PROPOSES = re.compile(
    r"\b(?:should|must|ought|need|devrai\w+|doit|doivent|faut|soll\w*|muss|müssen)\b|应该|應該|应当|應當|必须|必須|应|應"
)
_MATTERING = frozenset(
    "important unimportant relevant irrelevant significant insignificant crucial importante wichtig unwichtig".split()
)
_OPPOSITE = frozenset("unimportant irrelevant insignificant unwichtig fake false hoax faux falsch".split())
_COMPARING = frozenset({"than", "als"})
_ACTUAL = frozenset("real fake true false hoax réel réelle faux fausse echt".split())


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposition made ready for comparison.

    Attributes:
        clause: The whole proposition.
        subject: What it is about.
        predicate: What it says of it: the keys that are not in the subject.
        polarity: 1 where it speaks well of its subject, -1 where badly, 0 where neither.
        kind: What it says of its subject.
        poles: Keys of the texts for and against it, where a topic set names them.
    """

    clause: Clause
    subject: frozenset[str]
    predicate: frozenset[str]
    polarity: int
    kind: Kind
    poles: tuple[tuple[frozenset[str], ...], tuple[frozenset[str], ...]] = ((), ())

    @classmethod
    def of(
        cls, proposition: str, target: str | None = None, favours: Sequence[str] = (), opposes: Sequence[str] = ()
    ) -> Claim:
        """Return the claim that ``proposition`` makes about ``target``."""
        clause = Clause.of(proposition)
        subject = keys_of(target) & clause.keys if target else frozenset()
        if not subject:
            subject = _subject(clause)
        poles = tuple(map(keys_of, favours)), tuple(map(keys_of, opposes))
        kind, polarity = _kind(clause, subject)
        return cls(clause, subject, clause.keys - subject, polarity, kind, poles)


def _kind(clause: Clause, subject: frozenset[str]) -> tuple[Kind, int]:
    """Return what a proposition says of its subject, and whether it affirms (1) or denies (-1) that."""
    said = [word for word in clause.words if word_key(word) not in subject]
    negated = -1 if any(word_mask(word) & NEGATION and not word_mask(word) & UNFAVOURABLE for word in said) else 1
    for kind, words in (("mattering", _MATTERING), ("actual", _ACTUAL)):
        if found := words & set(said):
            return cast(Kind, kind), -1 if found & _OPPOSITE else negated
    if "too" in said:
        return "evaluation", -negated
    if set(said) & _COMPARING or "比" in clause.text:
        return "other", 0
    if polarity := predicate_polarity(clause, subject):
        return "evaluation", polarity
    if _PROPOSES.search(clause.text):
        return "proposal", negated
    return "other", 0


def _subject(clause: Clause) -> frozenset[str]:
    """Return the keys before the first linking word, or all that do not evaluate."""
    before: list[str] = []
    for word, mask in zip(clause.words, clause.masks, strict=True):
        if word in LINKS and before:
            return frozenset(before)
        if (key := word_key(word)) and not mask & (FAVOURABLE | UNFAVOURABLE):
            before.append(key)
    if before:
        return frozenset(before)
    text = clause.text
    for category in ("favourable", "unfavourable", "negation"):
        text = CHINESE_REGEX[category].sub(" ", text)
    return keys_of(text) or clause.keys


def predicate_polarity(clause: Clause, subject: frozenset[str] = frozenset()) -> int:
    """Return 1 where a clause calls something good, -1 where bad, 0 where neither or both.

    Args:
        clause: What is said.
        subject: Keys of what it is said of, which say nothing themselves.
    """
    masks = [
        mask
        for word, mask in zip(clause.words, clause.masks, strict=True)
        if mask and word_key(word) not in subject and word not in PREPOSITIONS
    ]
    good = any(mask & FAVOURABLE for mask in masks) or "favourable" in clause.chinese
    bad = any(mask & UNFAVOURABLE for mask in masks) or "unfavourable" in clause.chinese
    if good == bad:
        return 0
    negated = any(mask & NEGATION and not mask & UNFAVOURABLE for mask in masks)
    return (1 if good else -1) * (-1 if negated else 1)


def leaning(text: str, claim: Claim) -> float:
    """Return whether a prompt's own words put it for (1) or against (-1) a claim, or neither (0)."""
    if _ADVOCACY.search(text.lower()):
        return 1.0 if reversals(text) % 2 == reversals(claim.clause.text) % 2 else -1.0
    for clause in clauses_of(text):
        if len(clause.keys & claim.subject) >= 0.5 * len(claim.subject) and (found := _clause_leaning(clause, claim)):
            return found
    return 0.0


def reversals(text: str) -> int:
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
    start = max(places, key=lambda place: (len(claim.subject & set(keys[place : place + WINDOW])), -place))
    stop = max(place for place in places if place < start + WINDOW) + 1
    before = clause.words[max(0, start - WINDOW) : start]
    for index, word in enumerate(before):
        if word in TITLING:
            before = before[index + 1 :]
            break
    direction = next((PREPOSITIONS[word] for word in before[-2:] if word in PREPOSITIONS), 0.0)
    follow = stop
    if any(word in LINKS or word_mask(word) & NEGATION for word in clause.words[stop : stop + 3]):
        follow += WINDOW + 2
    return Clause.of(" ".join([*before, *clause.words[start:follow]])), direction
