"""Texts of which it is known what language each part is in, to measure the language label on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..prompts.languages import LANGUAGES
from .data import read_rows
from .language_identification import primary_subtag
from .language_scripts import SENTENCE_ENDS

MIN_CHARACTERS = 20
"""Shorter paragraphs are left out: the name of an article alone is in no language for sure."""

_HOST_PARAGRAPHS, _HOSTS = 9, 6
_SENTENCE, _LONGEST = {"zh": 25, "ja": 25, "ko": 25}, 300
_SENTENCE_DEFAULT = 60
"""Characters of a sentence that is put into a text of another language, at least."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of known language.

    Attributes:
        language: BCP-47 tag.
        text: The paragraph.
    """

    language: str
    text: str

    def cut(self, size: int | None) -> Paragraph:
        """Return its first ``size`` characters, or all of it."""
        return self if size is None else Paragraph(self.language, self.text[:size])


@dataclass(frozen=True, slots=True)
class Hidden:
    """Paragraphs of one language with a sentence of another between them.

    Attributes:
        language: BCP-47 tag of the paragraphs.
        before: Paragraphs before the sentence.
        sentence: The sentence.
        after: Paragraphs after it.
    """

    language: str
    before: tuple[str, ...]
    sentence: Paragraph
    after: tuple[str, ...]

    def text(self) -> str:
        """Return all of it as one line."""
        return " ".join([*self.before, self.sentence.text, *self.after])

    def without(self) -> str:
        """Return it without the sentence."""
        return " ".join([*self.before, *self.after])


def paragraphs(data: Path) -> list[Paragraph]:
    """Return the paragraphs in ``data`` that are in a shipped language.

    Raises:
        UserError: The file is missing or damaged.
    """
    rows = [Paragraph(str(row["lang"]), str(row["text"]).strip()) for row in read_rows(data, "lang_udhr")]
    return [row for row in rows if row.language in LANGUAGES and len(row.text) >= MIN_CHARACTERS]


def hidden_sentences(rows: Sequence[Paragraph]) -> Iterator[Hidden]:
    """Yield six texts in each language for each other language, with one of its sentences in the middle.

    Only paragraphs that end as sentences do are used, so that what is put between them stands alone.
    """
    whole: dict[str, list[str]] = {}
    for row in rows:
        if row.text.endswith(tuple(SENTENCE_ENDS)):
            whole.setdefault(row.language, []).append(row.text)
    for place, host in enumerate(sorted(whole)):
        for other in sorted(whole):
            if primary_subtag(other) != primary_subtag(host):
                yield from _hidden(whole, host, other, place)


def _hidden(whole: Mapping[str, Sequence[str]], host: str, other: str, place: int) -> Iterator[Hidden]:
    shortest = _SENTENCE.get(primary_subtag(other), _SENTENCE_DEFAULT)
    sentences = [text for text in whole[other] if shortest <= len(text) <= _LONGEST]
    for number in range(_HOSTS if sentences else 0):
        texts = [whole[host][(number * 7 + step) % len(whole[host])] for step in range(_HOST_PARAGRAPHS)]
        sentence = sentences[(number * 5 + place * 3) % len(sentences)]
        yield Hidden(host, tuple(texts[:4]), Paragraph(other, sentence), tuple(texts[4:]))
