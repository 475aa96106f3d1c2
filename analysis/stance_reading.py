"""What the clauses of an answer do about a proposition: speak for or against it, weigh, keep out, agree, restate."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from .stance_clauses import AGREE, BITS, IMPARTIAL_BIT, INQUIRY, NEGATION, VOICE, WEIGHING, Clause, Clauses
from .stance_text import KINDS, Claim
from .stance_words import IMPARTIAL, IMPARTIAL_CHINESE, SAYS_NO, SAYS_YES

_IMPARTIAL = re.compile(IMPARTIAL)
_IMPARTIAL_CHINESE = re.compile(IMPARTIAL_CHINESE)

_ENDS = 8
"""Clauses at the beginning and at the end in which an answer says that it keeps out of a dispute."""

_OPENING = 3
"""Clauses at the beginning and at the end in which an answer says yes or no."""

_VOICED = 0.25
"""What a clause in someone else's voice counts, against one in the answer's own."""

_FIELD_BITS = 16
"""Of a tally, those that count one thing: more than there are words in what is read of an answer."""

_FIELD = (1 << _FIELD_BITS) - 1
FOR, AGAINST, WEIGH, VOICES, ASKS, _HINTS = (_FIELD_BITS * index for index in range(6))
"""What a tally counts. It is one number with a field for each, so that tallies of clauses are added up fast."""


class _Worth(dict[int, int]):
    """The tally of a word by its categories, of which words have a few hundred sets; for one kind of proposition."""

    def __init__(self, praise: str, blame: str):
        super().__init__()
        self._counted = {
            FOR: BITS[praise],
            AGAINST: BITS[blame],
            WEIGH: WEIGHING,
            VOICES: VOICE,
            ASKS: INQUIRY,
            _HINTS: IMPARTIAL_BIT,
        }
        self._chinese = {praise: FOR, blame: AGAINST, "weighing": WEIGH, "voice": VOICES, "inquiry": ASKS}

    def __missing__(self, mask: int) -> int:
        value = self[mask] = sum(1 << field for field, bit in self._counted.items() if mask & bit)
        return value

    def of_chinese(self, counts: Mapping[str, int]) -> int:
        """Return the tally of Chinese words whose number is given by category."""
        return sum(count << self._chinese[name] for name, count in counts.items() if name in self._chinese)


_WORTH = {words: _Worth(*words) for words in set(KINDS.values())}


def tallies(clauses: Clauses, claim: Claim) -> list[int]:
    """Return how often each clause speaks for or against, weighs, reports and inquires, as numbers that add up."""
    worth = _WORTH[KINDS[claim.kind]]
    word_worth = worth.__getitem__
    return [
        sum(map(word_worth, telling)) + (worth.of_chinese(chinese) if chinese else 0)
        for telling, chinese in zip(clauses.telling, clauses.chinese, strict=True)
    ]


def counted(tally: int, what: int) -> int:
    """Return how often a tally has ``FOR``, ``AGAINST``, ``WEIGH``, ``VOICES`` or ``ASKS``."""
    return tally >> what & _FIELD


def pairs(each: Sequence[int]) -> int:
    """Return how many of the tallies of clauses have both ``FOR`` and ``AGAINST``."""
    good, bad = _FIELD << FOR, _FIELD << AGAINST
    return sum([1 for tally in each if tally & good and tally & bad])


def impartial(clauses: Clauses, each: Sequence[int]) -> float:
    """Return how plainly an answer's beginning and end keep out of the dispute, 0 to 1.

    Args:
        clauses: The clauses of the answer.
        each: Their ``tallies``.
    """
    said = 0
    for place in clauses.ends(_ENDS):
        if each[place] >> _HINTS:
            said += len(_IMPARTIAL.findall(clauses.texts[place]))
        if clauses.han[place]:
            said += len(_IMPARTIAL_CHINESE.findall(clauses.texts[place]))
    return math.tanh(said / 2)


def restated(about: Sequence[Clause], claim: Claim) -> float:
    """Return whether the answer says the proposition (1) or its negation (-1) in its own voice.

    That something is good or bad can be said in too many ways for this; its evaluation tells it.

    Args:
        about: The clauses of the answer that are about the claim's subject.
        claim: The proposition.
    """
    if claim.kind == "evaluation" and len(claim.predicate) <= 1:
        return 0.0
    total = 0.0
    wanted = claim.clause.keys
    for clause in about:
        keys = clause.keys
        if len(keys & wanted) < max(1.0, 0.6 * len(wanted)):
            continue
        if claim.predicate and len(keys & claim.predicate) < 0.5 * len(claim.predicate):
            continue
        weight = _own_voice(clause)
        total += weight if clause.negated == claim.clause.negated else -weight
    return math.tanh(total)


def yes_or_no(clauses: Clauses) -> list[float]:
    """Return yes (1), no (-1) or neither (0) for each clause near the beginning and near the end."""
    said = [_says_yes(clauses[place]) for place in clauses.ends(_OPENING)]
    opening = clauses.texts[0].strip() if clauses else ""
    if SAYS_NO.match(opening):
        said[0] = -1.0
    elif SAYS_YES.match(opening):
        said[0] = 1.0
    return said


def pole_words(clauses: Clauses, claim: Claim) -> float:
    """Return how far the clauses use words of the texts for the claim (1) or of those against it (-1)."""
    ours, theirs = claim.poles
    if not ours and not theirs:
        return 0.0
    score = 0.0
    for clause in clauses:
        keys = clause.keys
        if balance := len(keys & ours) - len(keys & theirs):
            score += _own_voice(clause) * balance
    return math.tanh(score / 4)


def _own_voice(clause: Clause) -> float:
    return _VOICED if clause.number("voice") else 1.0


def _says_yes(clause: Clause) -> float:
    if clause.number("disagree"):
        return -1.0
    if not clause.number("agree"):
        return 0.0
    masks = clause.masks
    places = [index for index, mask in enumerate(masks) if mask & AGREE]
    denied = any(masks[near] & NEGATION for at in places for near in range(max(0, at - 3), at))
    # German denies after the verb: "stimme dem nicht zu".
    denied = denied or any("nicht" in clause.words[at : at + 5] for at in places)
    return -1.0 if denied else 1.0
