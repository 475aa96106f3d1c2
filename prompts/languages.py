"""The languages evenhand knows by name, keyed by BCP-47 tag."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Language:
    """One language a prompt can be written in.

    Attributes:
        tag: BCP-47 tag, with a script subtag where one language is written in two scripts (``zh-Hans``).
        name: English name.
        endonym: Name in the language itself.
        script: ISO 15924 code of the script it is written in.
        rtl: Whether it is written from right to left.
    """

    tag: str
    name: str
    endonym: str
    script: str
    rtl: bool = False


LANGUAGES: dict[str, Language] = {
    language.tag: language
    for language in (
        Language("ar", "Arabic", "العربية", "Arab", rtl=True),
        Language("bo", "Tibetan", "བོད་སྐད་", "Tibt"),
        Language("ca", "Catalan", "català", "Latn"),
        Language("de", "German", "Deutsch", "Latn"),
        Language("en", "English", "English", "Latn"),
        Language("es", "Spanish", "español", "Latn"),
        Language("eu", "Basque", "euskara", "Latn"),
        Language("fa", "Persian", "فارسی", "Arab", rtl=True),
        Language("fi", "Finnish", "suomi", "Latn"),
        Language("fr", "French", "français", "Latn"),
        Language("he", "Hebrew", "עברית", "Hebr", rtl=True),
        Language("hi", "Hindi", "हिन्दी", "Deva"),
        Language("hy", "Armenian", "հայերեն", "Armn"),
        Language("it", "Italian", "italiano", "Latn"),
        Language("ja", "Japanese", "日本語", "Jpan"),
        Language("ko", "Korean", "한국어", "Kore"),
        Language("nl", "Dutch", "Nederlands", "Latn"),
        Language("pl", "Polish", "polski", "Latn"),
        Language("pt", "Portuguese", "português", "Latn"),
        Language("ru", "Russian", "русский", "Cyrl"),
        Language("tr", "Turkish", "Türkçe", "Latn"),
        Language("ug", "Uyghur", "ئۇيغۇرچە", "Arab", rtl=True),
        Language("uk", "Ukrainian", "українська", "Cyrl"),
        Language("ur", "Urdu", "اردو", "Arab", rtl=True),
        Language("zh-Hans", "Chinese, Simplified", "简体中文", "Hans"),
        Language("zh-Hant", "Chinese, Traditional", "繁體中文", "Hant"),
    )
}


def is_language_tag(text: str) -> bool:
    """Return whether ``text`` has the form of a BCP-47 tag (language, optional script, optional region)."""
    return _TAG.fullmatch(text) is not None


def language_name(tag: str) -> str:
    """Return the English name of ``tag``, or the tag itself where evenhand has no name for it."""
    language = LANGUAGES.get(tag)
    return tag if language is None else language.name
