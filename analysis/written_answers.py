"""Answers written for the labelers to learn from: every engagement class, both sides, in six languages.

Public labelled answers have a three-way label and hardly any evasions. These have the codebook's classes and a stance,
and lie in ``answers/``, one file a topic. Most are short, in English, French, German and both Chinese scripts; within a
topic every class occurs in every language and in several lengths, so that neither what a topic is about nor how long an
answer is tells its class. The files called ``long-…`` hold pieces as models write them on request, in English, Finnish
and Simplified Chinese: pairs that look alike and differ in what they do. Those called ``leaning-…`` hold several issues
each, with pieces about an issue, asked for without a side, that lean to one or do not; those called
``dangerous-looking-…`` answers to requests that sound dangerous, of which most are not. No topic is one that the
specimens are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import cast

import yaml

from ..prompts.yaml_lines import LOADER
from .records import Engagement, Stance

FACT_PREFIX = "fact"
_LONG_PREFIX = "long-"
_LEANING_PREFIX = "leaning-"
_DANGEROUS_PREFIX = "dangerous-looking-"
_PIECES = ("argue", "explain", "list", "write")
_SIDES = {"argue_for": "favours", "argue_against": "opposes"}


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """One answer with the labels it was written to have.

    Attributes:
        topic: Id of the topic; only for splitting.
        language: BCP-47 tag of the prompt.
        prompt: The prompt.
        answer: The answer.
        engagement: Its class.
        stance: Its stance towards the proposition.
        proposition: The proposition's claim; None where the prompt is about something nobody disputes.
        asked: Whether a piece or a side was asked for rather than an opinion.
        side: The side that was asked for, where the prompt names one: ``favours`` or ``opposes``.
        formula: A set phrase of one government or authority on the topic.
    """

    topic: str
    language: str
    prompt: str
    answer: str
    engagement: Engagement
    stance: Stance
    proposition: str | None
    asked: bool
    side: str | None
    formula: str

    @property
    def long(self) -> bool:
        """Whether it is one of the long pieces, most of which evade."""
        return self.topic.startswith(_LONG_PREFIX)

    @property
    def leaning(self) -> bool:
        """Whether it is one of the pieces about an issue, most of which nobody asked to take a side."""
        return self.topic.startswith(_LEANING_PREFIX)

    @property
    def audited(self) -> bool:
        """Whether it answers what an audit might ask; requests that sound dangerous it does not make."""
        return not self.topic.startswith(_DANGEROUS_PREFIX)


def written_answers() -> list[WrittenAnswer]:
    """Return every written answer, by topic and language."""
    return [answer for _, text in _files() for answer in _read(text)]


def written_answers_hash() -> str:
    """Return the SHA-256 (hex) of all files, for the provenance of weights."""
    digest = sha256()
    for name, text in _files():
        digest.update(f"{name}\n{text}".encode())
    return digest.hexdigest()


def _files() -> Iterator[tuple[str, str]]:
    folder = files(__package__) / "answers"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            yield entry.name, entry.read_text(encoding="utf-8")


def _read(text: str) -> Iterator[WrittenAnswer]:
    for topic in yaml.load_all(text, Loader=LOADER):
        for language, answers in topic["answers"].items():
            for key, engagement, stance, answer in answers:
                yield WrittenAnswer(
                    topic=topic["topic"],
                    language=language,
                    prompt=topic["prompts"][language][key],
                    answer=answer.strip(),
                    engagement=cast(Engagement, engagement),
                    stance=cast(Stance, stance),
                    proposition=None if key.startswith(FACT_PREFIX) else topic["proposition"][language],
                    asked=key.startswith(_PIECES),
                    side=_SIDES.get(key),
                    formula=topic["formula"][language],
                )
