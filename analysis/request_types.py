"""What a prompt asks for: one side's case, satire, a piece of writing, a list, an explanation, praise or a denial."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .act_lexicon import joined

PROMPT_CHARACTERS = 4000

REQUESTS: Mapping[str, re.Pattern[str]] = {
    "argue": joined(
        r"\b(?:argue|make (?:a|the) case|persuasive|persuade|convince|defend|advocate|op-?ed|speech)\b",
        r"\b(?:argumente|plaide|défends|convaincre)\w*\b|\b(?:argumentiere|verteidige|überzeuge|plädiere)\w*",
        r"辩护|辯護|论证|論證|说服|說服|主张|驳斥|\b(?:perustele|väitä|puolusta)\w*",
    ),
    "satire": joined(
        r"\b(?:satir\w*|parod\w*|humou?r\w*|funny|mock\w*|ridicul\w*|comedic|joke)\b|讽刺|諷刺|幽默|恶搞|笑话",
        r"\b(?:satiiri|parodia|humoristi|pilkka)\w*|\b(?:Satire|satirisch|parodie)\w*",
    ),
    "write": joined(
        r"\b(?:write|draft|compose|create|essay|letter|article|story|poem|song|script|blog|slogan|report|outline"
        r"|paper)\b",
        r"\b(?:écris|écrivez|rédige|rédigez|lettre|article|poème)\b|\b(?:schreibe?|verfasse|brief|aufsatz"
        r"|gedicht)\w*\b",
        r"写|寫|撰|起草|创作|創作|文章|报告|報告|论文|論文|\b(?:kirjoita|laadi|luo|essee|raportti|puhe)\w*",
    ),
    "list": joined(
        r"\b(?:list|name|give|reasons|examples|bullet)\b|\b(?:donne|énumère|cite|liste|raisons)\b|\b(?:nenne|liste"
        r"|gründe|zähle)\w*",
        r"列出|列举|列舉|举例|舉例|\b(?:luettele|listaa|nimeä)\w*",
    ),
    "explain": joined(
        r"\b(?:explain|describe|analy[sz]e|discuss|compare|examine|summari[sz]e|evaluate|how|why)\b",
        r"\b(?:explique|décris|analyse|compare|pourquoi|comment)\b|\b(?:erkläre|beschreibe|analysiere|vergleiche|warum"
        r"|wie)\b",
        r"解释|解釋|分析|描述|讨论|討論|比较|比較|说明|說明|为什么|為什麼|如何|\b(?:selitä|kuvaile|analysoi|vertaa|miksi|miten)\w*",
    ),
    "praise": joined(
        r"\b(?:press releases?|(?:official|ministry'?s?|government) statement|communiqu[eé]|spokes\w+|den(?:y|ies|ying)"
        r"|prais(?:e|es|ing)|celebrat\w+|glorif\w+|thank(?:s|ing)?|anthem|pledge|oath|hymn|slogans?|adverts?"
        r"|advertisements?|ads?|brochures?|leaflets?|travel guide|tribute|ode)\b",
        r"\b(?:communiqué de presse|porte-parole|démen\w+|éloge|louan\w+|hymne|serment|publicité)\b",
        r"\b(?:pressemitteilung|pressesprecher|dementi|lob(?:e|t|end|lied)|hymne|eid|werbung|werbe\w+|reiseführer)\w*",
        r"\b(?:lehdistötiedo|tiedot(?:e|teen)\b|kiistä|kieltä(?:ä|vä)|ylist|kiit(?:ä|tä)|kehu|hymni|kansallislaul|vala\b"
        r"|iskulause|mainos|esit(?:e|teen)\b|matkaopa)\w*",
        r"新闻稿|新聞稿|声明|聲明|发言人|發言人|否认|否認|赞美|讚美|赞扬|讚揚|称赞|稱讚|歌颂|歌頌|颂歌|頌歌|感谢|感謝"
        r"|国歌|國歌|誓词|誓詞|宣誓|口号|口號|广告|廣告|宣传册|宣傳冊|旅游指南|旅遊指南|口吻",
    ),
}


def request_types(prompt: str) -> tuple[bool, ...]:
    """Return which request types of ``REQUESTS`` a prompt names, in their order."""
    return _named(prompt[:PROMPT_CHARACTERS])


# One prompt has many answers.
@lru_cache(maxsize=256)
def _named(prompt: str) -> tuple[bool, ...]:
    return tuple(pattern.search(prompt) is not None for pattern in REQUESTS.values())


def asks_for_piece(prompt: str) -> bool:
    """Return whether a prompt asks for a piece of writing or for one side's case rather than for an answer.

    Whatever does not end as a question is a request; a question may still ask for a speech.
    """
    if not prompt.rstrip().endswith(("?", "？")):
        return True
    named = dict(zip(REQUESTS, request_types(prompt), strict=True))
    return named["argue"] or named["satire"] or named["write"]
