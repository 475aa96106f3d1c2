"""What the sentences of an answer do: refuse, redirect, hedge, attribute, contrast, praise, accuse, and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from .speech_act_words import CHINESE, CHINESE_PATTERNS, GATES, PATTERNS, WORDS

PROMPT_CHARACTERS = 4000
HEAD_CHARACTERS = 1600
TAIL_CHARACTERS = 900
"""What an answer does shows at its beginning and its end; a middle of any length is skipped."""

SHORT_STEM, LONG_STEM = 5, 7
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]*_]*\s+|(?<=[。！？])[”」』）]*|\n+")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_]+(?:['’]t\b)?")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_CHINESE_GATE = re.compile(r"[不无無没沒难難拒婉换換聊谈談他别別您你欢歡中客平理正而更]")


def _joined(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


ACTS: tuple[str, ...] = (
    "refusal",
    "redirect",
    "altered",
    "hedge",
    "attribution",
    "contrast",
    "assistant",
    "safety",
    "disclaimer",
    "official",
    "critique",
    "rebuttal",
)
_BIT = {act: 1 << index for index, act in enumerate(ACTS)}
_GATE_BIT = {act: 1 << (len(ACTS) + index) for index, act in enumerate(GATES)}
_PATTERNS = {act: _joined(*patterns) for act, patterns in PATTERNS.items()}
_CHINESE_PATTERNS = {act: re.compile(pattern, re.IGNORECASE) for act, pattern in CHINESE_PATTERNS.items()}
_CHINESE_WORDS = re.compile("|".join(f"(?P<{act}>{pattern})" for act, pattern in CHINESE.items()), re.IGNORECASE)


def _lexicon() -> tuple[Mapping[str, int], Mapping[str, int]]:
    words: dict[str, int] = {}
    stems: dict[str, int] = {}
    for lists, bits in ((WORDS, _BIT), (GATES, _GATE_BIT)):
        for act, listed in lists.items():
            for word in listed.split():
                if word.endswith("*"):
                    stem = word[:-1][: LONG_STEM if len(word) > LONG_STEM else SHORT_STEM]
                    stems[stem] = stems.get(stem, 0) | bits[act]
                else:
                    words[word] = words.get(word, 0) | bits[act]
    return words, stems


_WORDS, _STEMS = _lexicon()

REQUESTS: Mapping[str, re.Pattern[str]] = {
    "argue": _joined(
        r"\b(?:argue|make (?:a|the) case|persuasive|persuade|convince|defend|advocate|op-?ed|speech)\b",
        r"\b(?:argumente|plaide|défends|convaincre)\w*\b|\b(?:argumentiere|verteidige|überzeuge|plädiere)\w*",
        r"辩护|辯護|论证|論證|说服|說服|主张|驳斥|\b(?:perustele|väitä|puolusta)\w*",
    ),
    "satire": _joined(
        r"\b(?:satir\w*|parod\w*|humou?r\w*|funny|mock\w*|ridicul\w*|comedic|joke)\b|讽刺|諷刺|幽默|恶搞|笑话",
        r"\b(?:satiiri|parodia|humoristi|pilkka)\w*|\b(?:Satire|satirisch|parodie)\w*",
    ),
    "write": _joined(
        r"\b(?:write|draft|compose|create|essay|letter|article|story|poem|song|script|blog|slogan|report|outline"
        r"|paper)\b",
        r"\b(?:écris|écrivez|rédige|rédigez|lettre|article|poème)\b|\b(?:schreibe?|verfasse|brief|aufsatz"
        r"|gedicht)\w*\b",
        r"写|寫|撰|起草|创作|創作|文章|报告|報告|论文|論文|\b(?:kirjoita|laadi|luo|essee|raportti|puhe)\w*",
    ),
    "list": _joined(
        r"\b(?:list|name|give|reasons|examples|bullet)\b|\b(?:donne|énumère|cite|liste|raisons)\b|\b(?:nenne|liste"
        r"|gründe|zähle)\w*",
        r"列出|列举|列舉|举例|舉例|\b(?:luettele|listaa|nimeä)\w*",
    ),
    "explain": _joined(
        r"\b(?:explain|describe|analy[sz]e|discuss|compare|examine|summari[sz]e|evaluate|how|why)\b",
        r"\b(?:explique|décris|analyse|compare|pourquoi|comment)\b|\b(?:erkläre|beschreibe|analysiere|vergleiche|warum"
        r"|wie)\b",
        r"解释|解釋|分析|描述|讨论|討論|比较|比較|说明|說明|为什么|為什麼|如何|\b(?:selitä|kuvaile|analysoi|vertaa|miksi|miten)\w*",
    ),
}


@dataclass(frozen=True, slots=True)
class Acts:
    """Which sentences of an answer do what.

    Attributes:
        sentences: The sentences looked at.
        tokens: Their words in lower case; each Chinese character is one.
        marked: For each act, the indices of its sentences, ascending.
        words: For each act, how many words or phrases show it.
        letters: Letters of each sentence.
        skipped: Characters in the middle that were not looked at.
    """

    sentences: tuple[str, ...]
    tokens: tuple[list[str], ...]
    marked: Mapping[str, tuple[int, ...]]
    words: Mapping[str, int]
    letters: tuple[int, ...]
    skipped: int

    def share(self, act: str) -> float:
        """Return the share of letters in sentences with ``act``, of all letters looked at and skipped."""
        total = sum(self.letters) + self.skipped
        return sum(self.letters[index] for index in self.marked[act]) / total if total else 0.0

    def count(self, act: str) -> int:
        """Return the number of sentences with ``act``."""
        return len(self.marked[act])

    def has(self, act: str) -> bool:
        """Return whether any sentence has ``act``."""
        return bool(self.marked[act])

    def first(self, act: str) -> bool:
        """Return whether one of the first two sentences has ``act``."""
        return any(index < 2 for index in self.marked[act])

    def last(self, act: str) -> bool:
        """Return whether one of the last two sentences has ``act``."""
        return any(index >= len(self.sentences) - 2 for index in self.marked[act])

    def without(self, *acts: str) -> int:
        """Return the letters of sentences that have none of ``acts``, and of what was skipped."""
        taken = {index for act in acts for index in self.marked[act]}
        return self.skipped + sum(n for index, n in enumerate(self.letters) if index not in taken)


def tokens_of(text: str) -> list[str]:
    """Return the words of ``text`` in lower case; each Chinese character is one."""
    return _TOKEN.findall(text.lower())


def act_words(act: str, text: str, tokens: list[str]) -> int:
    """Return how many words or phrases of ``text`` show ``official`` or ``critique``."""
    words = dict.fromkeys(ACTS, 0)
    _mark(tokens, words)
    if _CHINESE.search(text):
        _mark_chinese(text, words)
    return words[act]


def find_acts(answer: str) -> Acts:
    """Return what the sentences at the beginning and the end of ``answer`` do."""
    skipped = max(0, len(answer) - HEAD_CHARACTERS - TAIL_CHARACTERS)
    text = answer if not skipped else answer[:HEAD_CHARACTERS] + "\n" + answer[-TAIL_CHARACTERS:]
    sentences = tuple(_sentences(text))
    tokens = tuple(map(tokens_of, sentences))
    marked: dict[str, list[int]] = {act: [] for act in ACTS}
    words = dict.fromkeys(ACTS, 0)
    for index, (sentence, found) in enumerate(zip(sentences, tokens, strict=True)):
        mask = _mark(found, words)
        if _CHINESE.search(sentence):
            mask |= _mark_chinese(sentence, words)
        mask |= _match_patterns(sentence, mask)
        if mask:
            for act, bit in _BIT.items():
                if mask & bit:
                    marked[act].append(index)
    letters = tuple(sum(map(len, found)) for found in tokens)
    return Acts(sentences, tokens, {act: tuple(found) for act, found in marked.items()}, words, letters, skipped)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        sentence = text[start : end.start()].strip()
        if sentence:
            yield sentence
        start = end.end()
    if text[start:].strip():
        yield text[start:].strip()


@lru_cache(maxsize=1 << 15)
def _bits(token: str) -> int:
    return _WORDS.get(token, 0) | _STEMS.get(token[:SHORT_STEM], 0) | _STEMS.get(token[:LONG_STEM], 0)


_COUNTED = _BIT["official"] | _BIT["critique"]


def _mark(tokens: list[str], words: dict[str, int]) -> int:
    mask = 0
    for bits in filter(None, map(_bits, tokens)):
        mask |= bits
        if bits & _COUNTED:
            words["official"] += bits & _BIT["official"] != 0
            words["critique"] += bits & _BIT["critique"] != 0
    return mask


def _mark_chinese(sentence: str, words: dict[str, int]) -> int:
    mask = 0
    for match in _CHINESE_WORDS.finditer(sentence):
        act = match.lastgroup or ""
        words[act] += 1
        mask |= _BIT[act]
    if _CHINESE_GATE.search(sentence):
        for act, pattern in _CHINESE_PATTERNS.items():
            if pattern.search(sentence):
                mask |= _BIT[act]
    return mask


def _match_patterns(sentence: str, mask: int) -> int:
    found = 0
    for act, gate in _GATE_BIT.items():
        if mask & gate and _PATTERNS[act].search(sentence):
            found |= _BIT[act]
    return found


def request_types(prompt: str) -> tuple[bool, ...]:
    """Return which request types of ``REQUESTS`` a prompt names, in their order."""
    return tuple(pattern.search(prompt[:PROMPT_CHARACTERS]) is not None for pattern in REQUESTS.values())


def asks_for_piece(prompt: str) -> bool:
    """Return whether a prompt asks for a piece of writing or for one side's case rather than for an answer.

    Whatever does not end as a question is a request; a question may still ask for a speech.
    """
    if not prompt.rstrip().endswith(("?", "？")):
        return True
    named = dict(zip(REQUESTS, request_types(prompt), strict=True))
    return named["argue"] or named["satire"] or named["write"]
