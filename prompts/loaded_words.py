"""Words that take a side wherever they stand; a neutral prompt or one side of a pair must not have them alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

LOADED: Mapping[str, list[str]] = {
    "en": (
        "so-called puppet puppets heroic brutal brutally evil shameful disgraceful thug thugs fanatic fanatics lackey "
        "lackeys traitor traitors obviously notorious glorious bloodthirsty murderous criminals hordes outrageous "
        "barbaric savages"
    ).split(),
    "fr": (
        "soi-disant fantoche fantoches héroïque héroïques brutal brutale brutalement honteux honteuse scandaleux "
        "scandaleuse voyou voyous fanatique fanatiques laquais traître traîtres évidemment glorieux glorieuse "
        "sanguinaire sanguinaires barbare barbares hordes"
    ).split(),
    "de": (
        "sogenannte sogenannten sogenannter sogenanntes marionette marionetten heldenhaft heldenhafte heldenhaften "
        "brutal brutale brutalen schändlich schändliche schändlichen skandalös skandalöse verbrecherbande fanatiker "
        "lakaien verräter offensichtlich offenkundig glorreich glorreiche blutrünstig blutrünstige barbarisch "
        "barbarische horden"
    ).split(),
    "zh-Hans": "所谓 傀儡 走狗 卖国 暴徒 英勇 无耻 邪恶 残暴 显然 臭名昭著 罪恶滔天 嗜血 野蛮 伟大光荣".split(),
    "zh-Hant": "所謂 傀儡 走狗 賣國 暴徒 英勇 無恥 邪惡 殘暴 顯然 惡名昭彰 罪惡滔天 嗜血 野蠻 偉大光榮".split(),
}
"""By language; languages that are missing are not looked through."""


def loaded_words(text: str, language: str) -> tuple[str, ...]:
    """Return the loaded words in a text, in alphabetical order."""
    pattern = _pattern(language)
    return () if pattern is None else tuple(sorted({found.lower() for found in pattern.findall(text)}))


@cache
def _pattern(language: str) -> re.Pattern[str] | None:
    words = LOADED.get(language)
    if not words:
        return None
    # The longest first, so that "sogenannten" is not found as "sogenannte".
    alternatives = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(alternatives if language.startswith("zh") else rf"\b(?:{alternatives})\b", re.IGNORECASE)
