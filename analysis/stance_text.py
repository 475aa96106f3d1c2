"""How a text stands to a proposition, word by word: what it evaluates, restates, affirms and denies.

Everything is a count over word lists that know no topic, so that it means the same in every language of the lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from .stance_words import (
    ADVOCACY,
    CHINESE,
    FUNCTION_WORDS,
    IMPARTIAL_GATE,
    LINKS,
    PREPOSITIONS,
    REVERSING,
    TITLING,
    WORDS,
)

HEAD_CHARACTERS, TAIL_CHARACTERS = 1500, 800
"""What is read of an answer; the middle of a longer one is skipped."""

BITS = {category: 1 << index for index, category in enumerate(WORDS)}
IMPARTIAL_BIT = 1 << len(BITS)
WEIGHING, INQUIRY, VOICE, NEGATION, FAVOURABLE, UNFAVOURABLE, AGREE = (
    BITS[name] for name in ("weighing", "inquiry", "voice", "negation", "favourable", "unfavourable", "agree")
)
_TOKEN = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+(?:['’][^\W\d_]+)?")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_CLAUSE = re.compile(r"[.!?;:\n。！？；：\"“”«»]+\s*")
_CHINESE = {category: re.compile(pattern) for category, pattern in CHINESE.items()}
CACHED_WORDS = 100_000
STEM = 5
"""Letters by which two words are taken as forms of one."""

WINDOW = 6
"""Words around a subject in which its predicate is looked for."""


def _lexicon() -> tuple[Mapping[str, int], Mapping[str, int], tuple[int, ...]]:
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    for category, listed in WORDS.items():
        for word in listed.split():
            table = stems if word.endswith("*") else exact
            word = word.rstrip("*")
            table[word] = table.get(word, 0) | BITS[category]
    for word in IMPARTIAL_GATE.split():
        exact[word] = exact.get(word, 0) | IMPARTIAL_BIT
    return exact, stems, tuple(sorted({len(stem) for stem in stems}))


_EXACT, _STEMS, _STEM_LENGTHS = _lexicon()


def word_mask(word: str) -> int:
    """Return the categories of a lower-case word as a bit mask."""
    return _ENTRIES[word][0]


def _key(word: str) -> str:
    return _ENTRIES[word][1]


class _Entries(dict[str, tuple[int, str]]):
    """Categories and key of every word met so far; forgets all of them before it grows too large."""

    def __missing__(self, word: str) -> tuple[int, str]:
        if len(self) >= CACHED_WORDS:
            self.clear()
        entry = self[word] = _mask_of(word), _key_of(word)
        return entry


def _mask_of(word: str) -> int:
    mask = _EXACT.get(word, 0)
    for length in _STEM_LENGTHS:
        if length > len(word):
            break
        mask |= _STEMS.get(word[:length], 0)
    return mask | NEGATION if word.endswith(("n't", "n’t")) else mask


def _key_of(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("’s")
    for elided in ("l'", "d'", "l’", "d’", "qu'", "qu’", "n'", "s'"):
        word = word.removeprefix(elided)
    return "" if word in FUNCTION_WORDS or len(word) < 2 else word[:STEM]


_ENTRIES = _Entries()


def words_of(text: str) -> list[str]:
    """Return the words of a text in an alphabet, in lower case."""
    return _TOKEN.findall(text.lower())


def keys_of(text: str) -> frozenset[str]:
    """Return what a text is about: beginnings of words, and pairs of neighbouring Chinese characters."""
    keys = {key for word in words_of(text) if (key := _key(word))}
    if _HAN.search(text):
        for run in _HAN_RUN.findall(text):
            keys.update(run[index : index + 2] for index in range(len(run) - 1))
    return frozenset(keys)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of text between stops.

    Attributes:
        text: In lower case.
        words: Its words in an alphabet.
        masks: Their categories.
        keys: What it is about.
        chinese: Categories of its Chinese parts, with the number of each.
        han: Whether it has Chinese parts.
    """

    text: str
    words: Sequence[str]
    masks: Sequence[int]
    keys: frozenset[str]
    chinese: Mapping[str, int] = field(default_factory=dict)
    han: bool = False

    @classmethod
    def of(cls, text: str) -> Clause:
        """Return the clause that ``text`` is."""
        words = _TOKEN.findall(text.lower())
        entries = [_ENTRIES[word] for word in words]
        keys = {key for _, key in entries if key}
        chinese: dict[str, int] = {}
        han = not text.isascii() and _HAN.search(text) is not None
        if han:
            for run in _HAN_RUN.findall(text):
                keys.update(run[index : index + 2] for index in range(len(run) - 1))
            for category, pattern in _CHINESE.items():
                if count := len(pattern.findall(text)):
                    chinese[category] = count
        return cls(text.lower(), words, [mask for mask, _ in entries], frozenset(keys), chinese, han)

    def count(self, category: str) -> int:
        """Return how many words or phrases of a category the clause has."""
        bit = BITS[category]
        return sum(1 for mask in self.masks if mask & bit) + self.chinese.get(category, 0)

    @property
    def negated(self) -> bool:
        """Whether the clause denies rather than affirms: an odd number of negations."""
        # French "ne … pas" counts once since only the second word is listed.
        return self.count("negation") % 2 == 1


def clauses_of(text: str) -> Iterator[Clause]:
    """Yield the clauses of a text that have any content."""
    for part in _CLAUSE.split(text):
        if part.strip():
            yield Clause.of(part.strip())


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
    said = [word for word in clause.words if _key(word) not in subject]
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
        if (key := _key(word)) and not mask & (FAVOURABLE | UNFAVOURABLE):
            before.append(key)
    if before:
        return frozenset(before)
    text = clause.text
    for category in ("favourable", "unfavourable", "negation"):
        text = _CHINESE[category].sub(" ", text)
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
        if mask and _key(word) not in subject and word not in PREPOSITIONS
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
    if _HAN.search(lowered):
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
    keys = [_key(word) for word in clause.words]
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
