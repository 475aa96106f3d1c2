"""The baseline that everybody uses: ``langdetect`` asked alone.

It exists to be measured beside the labeler, which reads its profiles in another way and beside another detector.
"""

from __future__ import annotations

from .language_identification import normalise_tag

NAME = "langdetect"


class LanguageBaseline:
    """langdetect, seeded; its two kinds of Chinese are read as the two scripts."""

    def __init__(self) -> None:
        from langdetect import detector_factory

        self._factory = detector_factory.DetectorFactory()
        self._factory.load_profile(detector_factory.PROFILES_DIRECTORY)
        self._factory.set_seed(0)

    def detect(self, text: str) -> str | None:
        """Return the tag of the language that a text seems to be in; None where it seems to be in none."""
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory.create()
        detector.append(text)
        try:
            return normalise_tag(str(detector.detect()))
        except LangDetectException:
            return None
