"""What a proposition says, and of what."""

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
    keys_of,
    word_key,
    word_mask,
)
from .stance_words import LINKS, PREPOSITIONS

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


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A proposition made ready for comparison; the same only as itself, so that it can be looked up fast.

    Attributes:
        clause: The whole proposition.
        subject: What it is about.
        predicate: What it says of it: the keys that are not in the subject.
        polarity: 1 where it speaks well of its subject, -1 where badly, 0 where neither.
        kind: What it says of its subject.
        poles: Keys that only the texts for it have, and that only those against it have, where a topic set names both.
    """

    clause: Clause
    subject: frozenset[str]
    predicate: frozenset[str]
    polarity: int
    kind: Kind
    poles: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    @classmethod
    def of(
        cls, proposition: str, target: str | None = None, favours: Sequence[str] = (), opposes: Sequence[str] = ()
    ) -> Claim:
        """Return the claim that ``proposition`` makes about ``target``."""
        clause = Clause.of(proposition)
        subject = keys_of(target) & clause.keys if target else frozenset()
        if not subject:
            subject = _subject(clause)
        kind, polarity = _kind(clause, subject)
        return cls(clause, subject, clause.keys - subject, polarity, kind, _poles(favours, opposes))


def _poles(favours: Sequence[str], opposes: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    ours, theirs = (frozenset[str]().union(*map(keys_of, texts)) for texts in (favours, opposes))
    return (ours - theirs, theirs - ours) if ours and theirs else (frozenset(), frozenset())


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
