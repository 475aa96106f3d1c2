"""What each family of signs buys: the labelers fitted anew without it, and measured like the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from .data import refusal_rows
from .engagement import EngagementLabeler
from .engagement_evaluation import DEV, DEV_NOTE, agreement_figures, judged_by
from .engagement_model import STACKED_NAMES, EngagementModel
from .engagement_training import Lessons
from .records import Figure
from .stance_evaluation import cross_validated, stance_figures
from .stance_model import CLASSES, INPUT_NAMES
from .stance_training import training_material

ENGAGEMENT_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "the words of the answer": ("text_",),
    "how the answer is built": ("discourse_", "built_"),
    "coherence": ("incoherence", "word_variety"),
    "what was asked for": ("request_", "prompt_critique", "contested", "asked", "prompt_letters"),
    "the prompt's words in the answer": ("prompt_words_found", "sentences_on_topic", "first_sentence_on_topic"),
    "refusing and redirecting": ("refusal_", "redirect_", "assistant_", "safety_", "hedge_", "disclaimer_"),
    "praise and reproach": ("official_", "critique_", "rebuttal_", "altered_"),
    "views and contrasts": ("attribution_", "contrast_"),
    "length and form": (
        "letters",
        "word_length",
        "sentences=",
        "headings",
        "list_",
        "cut_",
        "ends_",
        "questions_",
        "short",
    ),
    "language mismatch": ("other_script", "latin_mixed"),
}
"""Beginnings of the names of the columns that each family has."""

STANCE_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "the side asked for": ("asked_side", "told_side"),
    "evaluation": ("evaluation", "mattering"),
    "restating and agreeing": ("restated", "agreement"),
    "weighing": ("weighing", "pairs", "voices", "ambivalence", "impartial", "inquiry"),
    "the engagement label": ("own_voice", "several_views", "partial", "hard_refusal", "deflection", "by_kind_"),
    "refusing": ("refusal",),
}


def ablate(data: Path) -> Iterator[Figure]:
    """Yield the figures of both trained labelers without each family of signs, then without the written answers.

    Fits a dozen models, which takes minutes.

    Args:
        data: The folder of labelled data.

    Raises:
        UserError: A file is missing or damaged.
    """
    yield from _engagement(data)
    yield from _stance(data)


def columns(names: tuple[str, ...], beginnings: tuple[str, ...]) -> tuple[int, ...]:
    """Return the indices of those of ``names`` that begin with one of ``beginnings``; a whole name ends in ``=``."""
    return tuple(index for index, name in enumerate(names) if f"{name}=".startswith(beginnings))


def _engagement(data: Path) -> Iterator[Figure]:
    rows = refusal_rows(data)
    dev = [row for row in rows if row.data == DEV]
    lessons = Lessons.of([row for row in rows if row.data != DEV])

    def measured(model: EngagementModel, name: str) -> Iterator[Figure]:
        for figure in agreement_figures(name, judged_by(EngagementLabeler(model), dev), DEV_NOTE):
            if figure.metric != "accuracy":
                yield figure

    yield from measured(lessons.model(), "evenhand, whole")
    for family, beginnings in ENGAGEMENT_FAMILIES.items():
        unseen = columns(STACKED_NAMES, beginnings)
        yield from measured(lessons.model(unseen), f"without {family}")
    unwritten = replace(lessons, written=lessons.written.part([]))
    yield from measured(unwritten.model(), "without written answers in the stack")


def _stance(data: Path) -> Iterator[Figure]:
    material = training_material(data, EngagementModel.load())
    rows, evidence = material.rows, material.evidence

    def measured(unseen: tuple[int, ...], name: str) -> Iterator[Figure]:
        given = [CLASSES[index] for index in cross_validated(rows, evidence, unseen).argmax(axis=1)]
        yield from stance_figures(rows, given, name, "by cross-validation, no issue in both parts")

    yield from measured((), "evenhand, whole")
    for family, beginnings in STANCE_FAMILIES.items():
        yield from measured(columns(INPUT_NAMES, beginnings), f"without {family}")
