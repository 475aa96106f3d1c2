"""How a text stands to a proposition, word by word: what it evaluates, restates, affirms and denies.

Everything is a count over word lists that know no topic, so that it means the same in every language of the lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .stance_words import CHINESE, FUNCTION_WORDS, LINKS, PREPOSITIONS, TITLING, WORDS

HEAD_CHARACTERS, TAIL_CHARACTERS = 2200, 900
"""What is read of an answer; the middle of a longer one is skipped."""

CATEGORIES: tuple[str, ...] = tuple(WORDS)
_BIT = {category: 1 << index for index, category in enumerate(CATEGORIES)}
PRAISE, BLAME, WEIGHING, VOICE, NEGATION, FAVOURABLE, UNFAVOURABLE, AGREE, DISAGREE = (
    _BIT[name]
    for name in (
        "praise", "blame", "weighing", "voice", "negation", "favourable", "unfavourable", "agree", "disagree",
    )
)  # fmt: skip
_TOKEN = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+(?:['’][^\W\d_]+)?")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_CLAUSE = re.compile(r"[.!?;:\n。！？；：\"“”«»]+\s*")
_CHINESE = {category: re.compile(pattern) for category, pattern in CHINESE.items()}
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
            table[word] = table.get(word, 0) | _BIT[category]
    return exact, stems, tuple(sorted({len(stem) for stem in stems}))


_EXACT, _STEMS, _STEM_LENGTHS = _lexicon()


@lru_cache(maxsize=65_536)
def word_mask(word: str) -> int:
    """Return the categories of a lower-case word as a bit mask."""
    mask = _EXACT.get(word, 0)
    for length in _STEM_LENGTHS:
        if length > len(word):
            break
        mask |= _STEMS.get(word[:length], 0)
    if word.endswith(("n't", "n’t")):
        mask |= NEGATION
    return mask


@lru_cache(maxsize=65_536)
def _key(word: str) -> str:
    for ending in ("'s", "’s"):
        word = word.removesuffix(ending)
    for elided in ("l'", "d'", "l’", "d’", "qu'", "qu’", "n'", "s'"):
        word = word.removeprefix(elided)
    return "" if word in FUNCTION_WORDS or len(word) < 2 else word[:STEM]


def folded(text: str) -> str:
    """Return ``text`` in one case, width and spacing, with plain apostrophes, for finding set phrases."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split()).casefold()


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
        text: As it stands.
        words: Its words in an alphabet.
        masks: Their categories.
        keys: What it is about.
        chinese: Categories of its Chinese parts, with the number of each.
    """

    text: str
    words: Sequence[str]
    masks: Sequence[int]
    keys: frozenset[str]
    chinese: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Clause:
        """Return the clause that ``text`` is."""
        words = words_of(text)
        keys = {key for word in words if (key := _key(word))}
        chinese: dict[str, int] = {}
        if _HAN.search(text):
            for run in _HAN_RUN.findall(text):
                keys.update(run[index : index + 2] for index in range(len(run) - 1))
            for category, pattern in _CHINESE.items():
                if count := len(pattern.findall(text)):
                    chinese[category] = count
        return cls(text, words, [word_mask(word) for word in words], frozenset(keys), chinese)

    def count(self, category: str) -> int:
        """Return how many words or phrases of a category the clause has."""
        bit = _BIT[category]
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


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposition made ready for comparison.

    Attributes:
        clause: The whole proposition.
        subject: What it is about.
        predicate: What it says of it: the keys that are not in the subject.
        polarity: 1 where it speaks well of its subject, -1 where badly, 0 where neither.
        poles: Keys of the texts for and against it, where a topic set names them.
    """

    clause: Clause
    subject: frozenset[str]
    predicate: frozenset[str]
    polarity: int
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
        return cls(clause, subject, clause.keys - subject, predicate_polarity(clause), poles)


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
    for clause in clauses_of(text):
        if len(clause.keys & claim.subject) >= 0.5 * len(claim.subject) and (found := _clause_leaning(clause, claim)):
            return found
    return 0.0


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
